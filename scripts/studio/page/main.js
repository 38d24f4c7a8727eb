// The studio's page: puts its parts together and follows what the server says.

import {download, get, getBytes, listen, post, token, upload} from './api.js';
import {Bring} from './bring.js';
import {Desk, showTransport, wireTransport} from './desk.js';
import {$, showProblem, trying} from './dom.js';
import {Drums} from './drums.js';
import {Knobs} from './knobs.js';
import {PlaceMap} from './map.js';
import {Take} from './take.js';
import {Tunes} from './tunes.js';

const desk = new Desk(changed);
const knobs = new Knobs(desk);
const map = new PlaceMap(knobs, desk);
const bring = new Bring(desk);
const take = new Take(desk);
const tunes = new Tunes(desk, knobs);
const drums = new Drums(desk);
let model = null, problem = null; // as the server had them last

function changed(snapshot) {
  document.body.classList.add('has-music');
  showTransport(desk, snapshot);
  if (model) {
    knobs.show(snapshot.piece);
    map.show(snapshot.piece.knobs);
  }
  drums.show(snapshot.settings);
  take.show(snapshot);
  $('place').textContent = words(snapshot.piece);
  desk.showPlaying();
  remember(snapshot);
}

/** A piece's length and form: the one that was asked for, or what came of it, a letter for two bars. */
function words({notes, quarters, beats = 4, form, recipe}) {
  const asked = recipe.length === 1 && recipe[0].form, letters = asked || form?.replace(/....(?=.)/g, '$& ');
  return `${notes.length} notes, ${Math.ceil(quarters / beats)} bars${letters ? `, ${letters}` : ''}`;
}

/** Follows the server: what it holds, and what it works on. */
function follow(state) {
  showWorking(state.working);
  if (state.problem !== problem) {
    problem = state.problem;
    showProblem(problem);
  }
  bring.use(state);
  $('status').textContent = statusOf(state);
  document.body.classList.toggle('starting', !state.ready);
  document.body.classList.toggle('has-model', Boolean(state.model));
  if (state.model && state.model.id !== model?.id) {
    model = take.model = state.model;
    knobs.use(model);
    map.use(model);
    tunes.use(model);
    drums.use(model);
    desk.qpm = model.qpm;
    fromLink() || fromBefore() || knobs.first();
  }
}

function statusOf({ready, working, model: held, files}) {
  if (held) {
    return files.length ? `A model of ${held.name}` : `The model ${held.name}`;
  }
  return !ready ? 'Starting…' : working ? 'Reading and learning takes a few seconds.' : 'Bring a few songs of yours.';
}

function showWorking(working) {
  $('working').hidden = !working;
  if (working) {
    const [stage, done, total] = working;
    $('stage').textContent = total ? `${stage}: ${Math.round((100 * done) / total)}%` : `${stage}…`;
    total ? Object.assign($('progress'), {max: total, value: done}) : $('progress').removeAttribute('value');
  }
}

/** Makes the piece that a link describes, step by step. */
function fromLink() {
  const {steps, model: made, drums: beat, ...settings} = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  if (!steps || !model) {
    return false;
  }
  if (made !== model.id) {
    showProblem('This link was made with another model: open that one, and then the link again.');
    return false;
  }
  trying(async () => {
    for (const [i, {verb, ...request}] of JSON.parse(steps).entries()) {
      await desk.ask(verb, request, {of: i ? desk.piece : undefined});
      if (desk.piece?.recipe.length !== i + 1) {
        return; // what went wrong is shown
      }
    }
    desk.set({...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, Number(value)])), drums: null});
    await (beat && drums.play(Number(beat)));
  });
  return true;
}

const DESK = 'midime-studio-desk';

/** Keeps what is on the desk for this tab: loading the page again costs nothing. */
function remember(snapshot) {
  try {
    sessionStorage.setItem(DESK, JSON.stringify(snapshot));
  } catch {
    sessionStorage.removeItem(DESK); // it is too long
  }
}

/** Puts back what was on the desk before the page was loaded again, if this model made it. */
function fromBefore() {
  const before = JSON.parse(sessionStorage.getItem(DESK) || 'null');
  if (before?.piece?.model !== model.id || desk.piece) {
    return false;
  }
  desk.put(before.piece, before.settings);
  return true;
}

const SHORTCUTS = {
  ',': () => desk.seek(-1), '.': () => desk.seek(1), ' ': () => desk.toggle(), n: () => model && knobs.another(), m: () => model && knobs.samePlace(),
  f: () => take.keep(), d: () => drums.toggle(), 1: () => desk.history.choose(0), 2: () => desk.history.choose(1),
};

document.addEventListener('keydown', (event) => {
  const typing = event.target.closest('input:not([type=range]):not([type=checkbox]), select, pre');
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z' && !typing) {
    event.preventDefault();
    event.shiftKey ? desk.history.redo() : desk.history.undo();
  } else if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey && SHORTCUTS[event.key]
      && !(event.key === ' ' && event.target.closest('button, a, summary, input[type=checkbox]'))) {
    event.preventDefault();
    SHORTCUTS[event.key]();
  }
});

async function start() {
  if (!token) {
    throw new Error('Open the address that the studio printed in its terminal: it holds a token, and this one does not.');
  }
  const state = await get('/api/state');
  desk.sound = state.sound;
  wireTransport(desk, state.instruments);
  bring.showExamples(state.examples);
  take.showFormats(state.formats, state.sound);
  $('sound').textContent = state.sound.fluidsynth
    ? 'FluidSynth makes the sound, with the sound font TimGM6mb.'
    : `A small synthesizer in this page makes the sound: ${state.sound.why}.`;
  listen({state: follow, working: showWorking}, () => {
    $('status').textContent = 'The studio does not answer: is it still running in its terminal?';
  });
}

$('problem').querySelector('button').addEventListener('click', () => showProblem(null));
$('cancel').addEventListener('click', () => trying(() => post('/api/cancel')));
$('open').addEventListener('click', () => $('model-input').click());
$('model-input').addEventListener('change', ({target}) => trying(async () => {
  const [file] = target.files;
  showProblem(null);
  await upload('/api/model', [{file, name: file.name}]);
  target.value = '';
}));
$('keep').addEventListener('click', () => trying(async () => {
  download(new Blob([await getBytes('/api/model')], {type: 'application/zip'}), 'my_model.zip');
}));
window.addEventListener('hashchange', fromLink);
trying(start);
