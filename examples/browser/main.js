// A personal model in a page: knobs -> latents of the base -> music.
//
// The folder `models` (or `?models=FOLDER`) is what `export_magenta_js --model=...` writes: base/ and personal/.
// Roll, player and style are the studio's (scripts/studio/page/shared).

import {Player} from './shared/player.js';
import {Roll} from './shared/roll.js';
import {slider} from './shared/slider.js';
import {Synth} from './shared/synth.js';

const {tf, MusicVAE, NoteSequence, sequences, sequenceProtoToMidi} = window.mm; // @magenta/music
const QPM = 120; // of what the model decodes; notes are kept in quarters, and played at any tempo
const MOST_SEGMENTS = 8;
const models = new URLSearchParams(location.search).get('models') || 'models';
const element = (id) => document.getElementById(id);

let base, decoder, variety, about, vectors = {};
let knobs = [], spice, attributes = [];
let noise; // what the variety is made of, the same until another place is drawn
let music; // {notes, quarters}, see shared/roll.js
let wanted = 0, busy = false;

const player = new Player((context) => new Synth(context, context.destination), (at) => roll.playhead(at));
const roll = new Roll(element('roll'), (at) => player.seek(at));

async function json(path) {
  const response = await fetch(path);
  if (!response.ok) {
    throw new Error(`${path} is not there`);
  }
  return response.json();
}

async function load() {
  about = await json(`${models}/personal/personal.json`);
  base = new MusicVAE(`${models}/base`);
  const layers = (name) => tf.loadLayersModel(`${models}/personal/${name}/model.json`);
  [decoder, variety] = await Promise.all([layers('decoder'), layers('variety'), base.initialize()]);
  if (base.spec.chordEncoder || base.spec.extraControls || base.spec.conditionOnKey) {
    throw new Error('this page has no way to tell a model chords, keys or hits');
  }
  if (about.attributes.length) {
    vectors = await json(`${models}/base/attribute_vectors.json`);
  }
}

/** Makes the music of what the sliders say; while that takes its time, only their last places count. */
async function change() {
  wanted += 1;
  if (busy) {
    return;
  }
  busy = true;
  element('roll').setAttribute('aria-busy', true);
  for (let done = 0; done !== wanted;) {
    done = wanted;
    await compose();
  }
  busy = false;
  element('roll').setAttribute('aria-busy', false);
}

const segments = () => Number(element('bars').value) || 1;

/** Latents of the base, [1 + segments, z]: of the knobs alone, then with variety, each segment its own. */
function latents() {
  return tf.tidy(() => {
    const n = segments(), place = [knobs.map((knob) => knob.get())];
    let z = decoder.predict(tf.tensor2d(place));
    attributes.forEach((attribute, i) => {
      const amount = attribute.get(), way = vectors[about.attributes[i]][amount > 0 ? 'more' : 'less'];
      if (amount) {
        z = z.add(tf.tensor2d([way]).mul(Math.abs(amount)));
      }
    });
    // What is drawn takes the place of what the decoder adds to the knobs: that of a typical tune.
    const share = spice.get(), typical = tf.tensor2d([about.typical]).mul(Math.sqrt(1 - share ** 2) - 1);
    const added = variety.predict(tf.tensor2d(noise.slice(0, n))).mul(share).add(typical);
    return tf.concat([z, z.tile([n, 1]).add(added)]);
  });
}

async function compose() {
  const z = latents(), stepsPerQuarter = base.dataConverter.stepsPerQuarter || 4;
  const [plain, ...pieces] = await base.decode(z, undefined, undefined, stepsPerQuarter, QPM);
  z.dispose();
  const ends = [plain, ...pieces].map((piece) => inSeconds(piece).totalTime || 0);
  const quarters = 4 * Math.max(1, Math.ceil((Math.max(...ends) * QPM) / 60 / 4 - 1e-6)); // whole bars
  const notes = pieces.flatMap((piece, i) => rows(piece).map(([pitch, start, end, ...rest]) => [
    pitch, start + i * quarters, end + i * quarters, ...rest]));
  music = {notes, quarters: quarters * pieces.length};
  player.load(music);
  roll.show(music);
  const others = differences(rows(pieces[0]), rows(plain));
  element('status').textContent = `${notes.length} notes, from ${knobs.length} numbers`;
  element('changed').textContent = others
    ? `${others} of its first ${rows(pieces[0]).length} notes come from here, not from the knobs.`
    : 'Every note comes from the knobs. Turn it up for another tune of the same kind.';
}

const inSeconds = (piece) => (sequences.isQuantizedSequence(piece) ? sequences.unquantizeSequence(piece, QPM) : piece);

/** Rows of pitch, start, end, velocity, program, drum; times in quarters. */
function rows(piece) {
  const beat = 60 / QPM;
  return inSeconds(piece).notes.map((note) => [ // melodies have no velocity; a groove may begin a little early
    note.pitch, Math.max(note.startTime, 0) / beat, note.endTime / beat, note.velocity || 80, note.program || 0,
    note.isDrum ? 1 : 0,
  ]);
}

/** How many notes are not among others. */
function differences(notes, others) {
  const known = new Set(others.map(([pitch, start]) => `${pitch} ${start}`));
  return notes.filter(([pitch, start]) => !known.has(`${pitch} ${start}`)).length;
}

const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
const normals = (n) => Array.from({length: n}, normal);
const newNoise = () => Array.from({length: MOST_SEGMENTS}, () => normals(variety.inputs[0].shape[1]));

/** Goes where the person's own music is, by the mixture of Gaussians that the model learned. */
function drawPlace() {
  const {weights, means, factors} = about.mixture;
  let left = Math.random();
  const found = weights.findIndex((weight) => (left -= weight) < 0);
  const which = found < 0 ? weights.length - 1 : found;
  const numbers = normals(about.knobs);
  knobs.forEach((knob, i) => {
    knob.set(factors[which][i].reduce((sum, factor, j) => sum + factor * numbers[j], means[which][i]));
  });
  noise = newNoise();
  return change();
}

function reset() {
  [...knobs, ...attributes, spice].forEach((each) => each.set(0));
  return change();
}

/** Plays round and round what the sliders say, until the button is pressed again. */
async function play() {
  await (player.playing ? player.stop() : player.play());
  element('play').textContent = player.playing ? '■ Stop' : '▶ Play';
}

function setTempo() {
  player.setTempo(Math.min(Math.max(element('qpm').valueAsNumber || QPM, 30), 300));
  element('qpm').value = player.qpm;
}

function save() {
  const beat = 60 / player.qpm;
  const notes = music.notes.map(([pitch, start, end, velocity, program, drum]) => ({
    pitch, startTime: start * beat, endTime: end * beat, velocity, program, isDrum: Boolean(drum),
  }));
  const sequence = NoteSequence.create({notes, totalTime: music.quarters * beat, tempos: [{time: 0, qpm: player.qpm}]});
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([sequenceProtoToMidi(sequence)], {type: 'audio/midi'}));
  link.download = 'song_like_mine.mid';
  link.click();
  URL.revokeObjectURL(link.href);
}

function makeControls() {
  const names = about.names || [];
  knobs = Array.from({length: about.knobs}, (_, i) => slider({
    title: names[i] || `Knob ${i + 1}`, low: -3, high: 3, value: 0, moved: change}));
  element('knobs').replaceChildren(...knobs.map((each) => each.element));
  spice = slider({title: 'Variety', low: 0, high: 1, value: 0, moved: change});
  element('variety').replaceChildren(spice.element);
  attributes = about.attributes.map((name) => slider({ // no further than there are vectors that leave the tune
    title: name.replaceAll('_', ' '), low: vectors[name].less ? -1 : 0, high: vectors[name].more ? 1 : 0, value: 0,
    moved: change}));
  element('attributes').replaceChildren(...attributes.map((each) => each.element));
  element('more').hidden = !attributes.length;
}

/** Lengths to choose from, once it is known how long a piece is. */
function makeLengths() {
  const bars = music.quarters / 4;
  element('bars').replaceChildren(...[1, 2, 4, MOST_SEGMENTS].map((n) => new Option(`${n * bars} bars`, n)));
}

async function main() {
  try {
    await load();
  } catch (error) {
    element('status').className = 'problem';
    element('status').textContent = `No model to play: ${error.message}. See "In the browser" in the README.`;
    return;
  }
  makeControls();
  noise = newNoise();
  await change();
  makeLengths();
  for (const [id, action] of Object.entries({play, draw: drawPlace, reset, save})) {
    element(id).addEventListener('click', action);
    element(id).disabled = false;
  }
  element('qpm').addEventListener('change', setTempo);
  element('bars').addEventListener('change', change);
}

main();
