// Real instruments: notes that FluidSynth played on the server, put together here.

import {getBytes} from './api.js';
import {ending, Synth} from './shared/synth.js';

const DRUMS = 128; // their number among the instruments

export class Sampler {
  /** `sound` says what the server has; until an instrument is there, and without FluidSynth, a synth plays. */
  constructor(context, sound) {
    this.context = context;
    this.output = context.createDynamicsCompressor();
    this.output.connect(context.destination);
    this.synth = new Synth(context, this.output);
    this.sound = sound;
    this.instruments = new Map();
  }

  /** Fetches an instrument, once. */
  async load(number) {
    if (!this.sound.fluidsynth || this.instruments.has(number)) {
      return;
    }
    this.instruments.set(number, null);
    try {
      const bytes = await getBytes(`/api/sound/${number}`);
      this.instruments.set(number, await this.context.decodeAudioData(bytes));
    } catch {
      this.instruments.delete(number); // the synth goes on
    }
  }

  start(note, when, seconds) {
    const [pitch, , , velocity, program, drum] = note, number = drum ? DRUMS : program;
    this.load(number);
    const buffer = this.instruments.get(number);
    const layout = this.sound[drum ? 'percussion' : 'keys'];
    if (!buffer || (drum && (pitch < layout.first || pitch >= layout.first + layout.count))) {
      return this.synth.start(note, when, seconds);
    }
    const key = Math.min(Math.max(Math.round((pitch - layout.first) / layout.step), 0), layout.count - 1);
    const source = this.context.createBufferSource(), gain = this.context.createGain();
    source.buffer = buffer;
    source.playbackRate.value = drum ? 1 : 2 ** ((pitch - layout.first - key * layout.step) / 12);
    gain.gain.setValueAtTime((velocity / 127) ** 1.5, when);
    source.connect(gain).connect(this.output);
    source.start(when, key * layout.seconds, layout.seconds);
    if (!drum) {
      gain.gain.setTargetAtTime(0, when + seconds, 0.06);
      source.stop(when + seconds + 0.5);
    }
    return ending(this.context, source, gain);
  }
}
