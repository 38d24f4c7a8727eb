// The piece on the desk: asked for from the model, drawn, and played.

import {post} from './api.js';
import {$, make, showProblem} from './dom.js';
import {drumNotes} from './drums.js';
import {History} from './history.js';
import {Sampler} from './sampler.js';
import {Player} from './shared/player.js';
import {Roll} from './shared/roll.js';
import {asFields} from './take.js';

const SLOW = 300; // milliseconds after which the page says that it waits
const SETTINGS = {qpm: 120, transpose: 0, program: -1, drums: null};

export class Desk {
  /** `changed(snapshot)` is called after every change of the piece or its settings. */
  constructor(changed) {
    this.changed = changed;
    this.history = new History((snapshot) => this.show(snapshot));
    this.roll = new Roll($('roll'), (at) => this.player.seek(at));
    this.player = new Player((context) => this.makeSound(context), (at) => this.follow(at));
    this.wanted = null;
    this.busy = false;
    this.count = 0;
    this.qpm = SETTINGS.qpm; // of the first piece
  }

  makeSound(context) {
    this.sampler = new Sampler(context, this.sound);
    this.loadInstruments();
    return this.sampler;
  }

  /** Follows the player. */
  follow(at) {
    this.roll.playhead(at);
    if (at === null) {
      this.showPlaying();
    }
  }

  get piece() {
    return this.history.now?.piece;
  }

  get settings() {
    return this.history.now?.settings || {...SETTINGS, qpm: this.qpm};
  }

  /**
   * Asks the model for music; while it works, only the last wish counts.
   *
   * @param verb of the server.
   * @param request its fields.
   * @param options lasting: a step to undo; title; sound: play it where nothing plays yet; of: the piece that it
   *   changes, as it was before key and tempo.
   */
  ask(verb, request, options = {}) {
    this.wanted = {verb, request, asked: performance.now(), lasting: true, ...options};
    return this.working ||= this.work().finally(() => {
      this.working = null;
    });
  }

  async work() {
    $('roll').setAttribute('aria-busy', 'true');
    const slow = setTimeout(() => { $('waiting').textContent = 'Making it…'; }, SLOW);
    while (this.wanted) {
      const {verb, request, asked, lasting, title, sound, of} = this.wanted;
      this.wanted = null;
      try {
        const before = of && {piece: asFields({piece: of, settings: {}})};
        const answer = await post(`/api/verbs/${verb}`, {...request, ...before});
        const step = {verb: answer.knobs ? 'play' : verb, ...request, ...(answer.knobs && {knobs: answer.knobs})};
        const recipe = recipeOf(step, of); // the steps that make it again
        const piece = {title: title || this.nextTitle(lasting), ...answer, recipe};
        if (sound && !this.player.playing) {
          await this.player.open();
        }
        this.measure = asked;
        this.history.set({piece, settings: this.settings}, lasting);
        if (sound) {
          await this.play();
        }
        this.measure = null;
      } catch (error) {
        showProblem(error.message);
      }
    }
    clearTimeout(slow);
    $('waiting').textContent = '';
    $('roll').setAttribute('aria-busy', 'false');
  }

  nextTitle(lasting) {
    this.count += lasting ? 1 : 0;
    return `Tune ${Math.max(this.count, 1)}`;
  }

  /** Puts music on the desk that the model was not asked for. */
  put(piece, settings = this.settings) {
    this.history.set({piece, settings});
  }

  set(changes) {
    if (this.piece) {
      this.history.set({piece: this.piece, settings: {...this.settings, ...changes}});
    }
  }

  /** The piece as it sounds: in its key, on its instrument, with its drums. */
  arranged() {
    const {transpose, program, drums} = this.settings, {notes, quarters, beats} = this.piece;
    return {
      quarters,
      beats,
      notes: [...notes.map(([pitch, start, end, velocity, own, drum]) => drum
        ? [pitch, start, end, velocity, own, drum]
        : [Math.min(Math.max(pitch + transpose, 0), 127), start, end, velocity, program < 0 ? own : program, drum]),
      ...drumNotes(drums, quarters)],
    };
  }

  show(snapshot) {
    const music = this.arranged();
    this.player.setTempo(snapshot.settings.qpm);
    const taken = this.player.load(music);
    this.roll.show(music);
    if (this.measure) {
      performance.measure('knob to roll', {start: this.measure});
      if (this.player.playing) {
        this.measureSound(taken);
      }
    }
    this.loadInstruments();
    $('play-title').textContent = snapshot.piece.title;
    this.changed(snapshot);
  }

  measureSound(when) {
    const {context} = this.player, late = (when - context.currentTime + (context.outputLatency || 0)) * 1000;
    performance.measure('knob to sound', {start: this.measure, end: performance.now() + Math.max(late, 0)});
    this.measure = null;
  }

  loadInstruments() {
    if (this.sampler && this.piece) {
      const numbers = this.arranged().notes.map((note) => (note[5] ? 128 : note[4]));
      new Set(numbers).forEach((number) => this.sampler.load(number));
    }
  }

  async play() {
    if (this.player.playing || !this.piece) {
      return;
    }
    await this.player.play();
    if (this.measure) {
      this.measureSound(this.player.since);
    }
    this.showPlaying();
  }

  stop() {
    this.player.stop();
  }

  /** Goes a few bars on, or back. */
  seek(bars) {
    if (this.piece) {
      const {quarters, beats = 4} = this.piece, bar = Math.floor(this.player.position / beats + 1e-6);
      this.player.seek(Math.min(Math.max((bar + bars) * beats, 0), quarters - beats));
    }
  }

  toggle() {
    return this.player.playing ? this.stop() : this.play();
  }

  showPlaying() {
    $('play-button').textContent = this.player.playing ? '■ Stop' : '▶ Play';
  }
}

/** The steps that make a piece again; none where it comes from a song of the user's. */
function recipeOf(step, of) {
  if (!of) {
    return [step];
  }
  return of.recipe.length ? [...of.recipe, step] : [];
}

/** Wires tempo, key, instrument, loop, undo and the two versions to the desk. */
export function wireTransport(desk, instruments) {
  const keys = Array.from({length: 25}, (_, i) => i - 12);
  $('transpose').replaceChildren(...keys.reverse().map((value) => make('option', {
    value, textContent: value ? `${value > 0 ? '+' : '−'}${Math.abs(value)}` : 'as written', selected: !value,
  })));
  $('program').replaceChildren(make('option', {value: -1, textContent: 'As written'}), ...instruments.map(({family, names}, i) => make(
    'optgroup', {label: family}, ...names.map((name, j) => make('option', {value: 8 * i + j, textContent: name})))));
  $('qpm').addEventListener('change', () => {
    const qpm = Math.min(Math.max($('qpm').valueAsNumber || SETTINGS.qpm, 30), 300);
    desk.set({qpm});
  });
  $('transpose').addEventListener('change', () => desk.set({transpose: Number($('transpose').value)}));
  $('program').addEventListener('change', () => desk.set({program: Number($('program').value)}));
  $('play-button').addEventListener('click', () => desk.toggle());
  $('loop').addEventListener('click', () => {
    desk.player.loop = !desk.player.loop;
    $('loop').setAttribute('aria-pressed', desk.player.loop);
  });
  $('undo').addEventListener('click', () => desk.history.undo());
  $('redo').addEventListener('click', () => desk.history.redo());
  ['slot-a', 'slot-b'].forEach((id, slot) => $(id).addEventListener('click', () => desk.history.choose(slot)));
}

/** Shows the settings of a snapshot, and what can be undone. */
export function showTransport(desk, {settings}) {
  $('qpm').value = settings.qpm;
  $('transpose').value = settings.transpose;
  $('program').value = settings.program;
  $('undo').disabled = !desk.history.version.past.length;
  $('redo').disabled = !desk.history.version.future.length;
  ['slot-a', 'slot-b'].forEach((id, slot) => $(id).setAttribute('aria-pressed', desk.history.slot === slot));
}
