// A small synthesizer on WebAudio: a voice for each family of General MIDI, and drums.

// Of each family of eight programs: waveform, seconds to its peak, seconds to fall to half, brightness.
const FAMILIES = [
  ['triangle', 0.004, 0.5, 5], // piano
  ['sine', 0.002, 0.4, 8], // chromatic percussion
  ['square', 0.01, 9, 3], // organ
  ['triangle', 0.003, 0.35, 6], // guitar
  ['triangle', 0.006, 0.5, 3], // bass
  ['sawtooth', 0.06, 9, 4], // strings
  ['sawtooth', 0.09, 9, 3], // ensemble
  ['sawtooth', 0.03, 4, 4], // brass
  ['square', 0.02, 9, 3], // reed
  ['sine', 0.03, 9, 8], // pipe
  ['square', 0.005, 9, 5], // lead
  ['sawtooth', 0.25, 9, 3], // pad
  ['sawtooth', 0.1, 3, 4], // effects
  ['triangle', 0.003, 0.3, 6], // plucked, of the world
  ['sine', 0.002, 0.2, 6], // percussive
  ['sine', 0.01, 1, 6], // sound effects
];
const RELEASE = 0.08;

/** Hertz of a pitch. */
const hertz = (pitch) => 440 * 2 ** ((pitch - 69) / 12);

export class Synth {
  constructor(context, output) {
    this.context = context;
    this.output = output;
    this.noise = context.createBuffer(1, context.sampleRate, context.sampleRate);
    const samples = this.noise.getChannelData(0);
    for (let i = 0, state = 1; i < samples.length; ++i) { // the same noise each time
      state = (state * 48271) % 2147483647;
      samples[i] = (2 * state) / 2147483647 - 1;
    }
  }

  /** Begins a note; returns what ends it early. */
  start([pitch, , , velocity, program, drum], when, seconds) {
    const loud = (velocity / 127) ** 1.5;
    return drum ? this.drum(pitch, when, loud) : this.tone(pitch, when, seconds, loud, program);
  }

  tone(pitch, when, seconds, loud, program) {
    const [wave, attack, half, bright] = FAMILIES[program >> 3];
    const source = this.context.createOscillator(), filter = this.context.createBiquadFilter();
    source.type = wave;
    source.frequency.value = hertz(pitch);
    filter.type = 'lowpass';
    filter.frequency.value = Math.min(hertz(pitch) * bright, 12000);
    const gain = this.envelope(when, loud * (wave === 'sine' || wave === 'triangle' ? 0.5 : 0.22), attack, half);
    source.connect(filter).connect(gain).connect(this.output);
    source.start(when);
    const end = Math.max(seconds, attack + 0.03);
    gain.gain.setTargetAtTime(0, when + end, RELEASE / 3);
    source.stop(when + end + RELEASE * 2);
    return ending(this.context, source, gain);
  }

  drum(pitch, when, loud) {
    if (pitch === 35 || pitch === 36) {
      return this.drop(when, 150, 45, 0.28, loud);
    }
    if ([41, 43, 45, 47, 48, 50].includes(pitch)) {
      return this.drop(when, 60 + (pitch - 38) * 14, 50 + (pitch - 40) * 8, 0.3, loud * 0.8);
    }
    if ([37, 38, 39, 40].includes(pitch)) {
      return this.hiss(when, 'bandpass', 1900, 0.14, loud * 0.8);
    }
    const [frequency, half] = {42: [9000, 0.03], 44: [9000, 0.03], 46: [8500, 0.18], 49: [5000, 0.6], 57: [5000, 0.6],
      51: [7000, 0.25], 59: [7000, 0.25], 54: [9000, 0.06], 70: [9000, 0.04]}[pitch] || [3000, 0.05];
    return this.hiss(when, 'highpass', frequency, half, loud * 0.5);
  }

  drop(when, from, to, half, loud) {
    const source = this.context.createOscillator(), gain = this.envelope(when, loud, 0.002, half / 2);
    source.frequency.setValueAtTime(from, when);
    source.frequency.exponentialRampToValueAtTime(to, when + half / 2);
    source.connect(gain).connect(this.output);
    source.start(when);
    source.stop(when + half * 4);
    return ending(this.context, source, gain);
  }

  hiss(when, type, frequency, half, loud) {
    const source = this.context.createBufferSource(), filter = this.context.createBiquadFilter();
    source.buffer = this.noise;
    filter.type = type;
    filter.frequency.value = frequency;
    const gain = this.envelope(when, loud, 0.001, half);
    source.connect(filter).connect(gain).connect(this.output);
    source.start(when);
    source.stop(when + Math.min(half * 6, 1));
    return ending(this.context, source, gain);
  }

  /** A gain that rises to `peak` and falls to half of it in `half` seconds. */
  envelope(when, peak, attack, half) {
    const gain = this.context.createGain();
    gain.gain.setValueAtTime(0, when);
    gain.gain.linearRampToValueAtTime(peak, when + attack);
    gain.gain.setTargetAtTime(0, when + attack, half / Math.LN2);
    return gain;
  }
}

/** What ends a source early without a click. */
export function ending(context, source, gain) {
  return (at = context.currentTime) => {
    gain.gain.cancelScheduledValues(at);
    gain.gain.setTargetAtTime(0, at, 0.01);
    source.stop(at + 0.08);
  };
}
