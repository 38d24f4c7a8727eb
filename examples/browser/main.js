// A personal model in a page: knobs -> latents of the base -> music.
//
// The folder `models` (or `?models=FOLDER`) is what `export_magenta_js --model=...` writes: base/ and personal/.

import {drawRoll} from './piano_roll.js';

const {tf, MusicVAE, Player, sequences, sequenceProtoToMidi} = window.mm; // @magenta/music
const QPM = 120;
const models = new URLSearchParams(location.search).get('models') || 'models';
const element = (id) => document.getElementById(id);

let base, decoder, variety, about, vectors = {};
let noise; // what the variety is made of, the same until another place is drawn
let music, sounding = () => {};
let wanted = 0, busy = false;

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

/** A slider with its name and its value beside it. */
function slider(parent, name, range, value) {
  const label = document.createElement('label'), output = document.createElement('output');
  const input = Object.assign(document.createElement('input'), {type: 'range', step: 0.05, ...range});
  input.set = (number) => {
    input.value = number;
    output.value = input.valueAsNumber.toFixed(2);
  };
  input.set(value);
  input.addEventListener('input', () => {
    input.set(input.valueAsNumber);
    change();
  });
  label.append(name, output, input);
  parent.append(label);
  return input;
}

const values = (id) => [...element(id).querySelectorAll('input')].map((input) => input.valueAsNumber);

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

async function compose() {
  const z = tf.tidy(() => {
    let z = decoder.predict(tf.tensor2d([values('knobs')]));
    z = z.add(variety.predict(tf.tensor2d([noise])).mul(values('variety')[0]));
    values('attributes').forEach((amount, i) => {
      const way = vectors[about.attributes[i]][amount > 0 ? 'more' : 'less'];
      z = z.add(tf.tensor2d([way]).mul(Math.abs(amount)));
    });
    return z;
  });
  const stepsPerQuarter = base.dataConverter.stepsPerQuarter || 4;
  const [piece] = await base.decode(z, undefined, undefined, stepsPerQuarter, QPM);
  z.dispose();
  music = sequences.isQuantizedSequence(piece) ? sequences.unquantizeSequence(piece, QPM) : piece;
  music.tempos = [{time: 0, qpm: QPM}]; // grooves do not say when theirs begins
  for (const note of music.notes) {
    note.velocity ||= 80; // melodies have none, and MIDI takes 0 for silence
    note.startTime = Math.max(note.startTime, 0); // a groove may begin a little early
  }
  sounding = drawRoll(element('roll'), music, QPM);
  element('status').textContent = `${music.notes.length} notes, from ${values('knobs').length} numbers`;
}

const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
const normals = (n) => Array.from({length: n}, normal);

/** Goes where the person's own music is, by the mixture of Gaussians that the model learned. */
function drawPlace() {
  const {weights, means, factors} = about.mixture;
  let left = Math.random();
  const found = weights.findIndex((weight) => (left -= weight) < 0);
  const which = found < 0 ? weights.length - 1 : found;
  const numbers = normals(about.knobs);
  element('knobs').querySelectorAll('input').forEach((input, i) => {
    input.set(factors[which][i].reduce((sum, factor, j) => sum + factor * numbers[j], means[which][i]));
  });
  noise = normals(variety.inputs[0].shape[1]);
  return change();
}

let player, playing = false;

function makePlayer() {
  const made = new Player(false, {run: (note) => sounding(note), stop: () => sounding(null)});
  // Magenta.js 1.23.1 gives its cymbals the time in the place of the pitch, so that they sound once only.
  const cymbals = {2: ['closedHihat', 400, 0.1], 3: ['openHihat', 400, 0.4], 7: ['crash', 300, 1], 8: ['ride', 200, 0.5]};
  for (const [drum, [name, hertz, seconds]] of Object.entries(cymbals)) {
    made.drumKit.pitchPlayers[drum] = (time, velocity = 1) =>
      made.drumKit[name].triggerAttackRelease(hertz, seconds, time, velocity);
  }
  return made;
}

/** Plays round and round what the sliders say, until the button is pressed again. */
async function play() {
  // Made at the first click: a browser allows no sound before.
  player ||= makePlayer();
  playing = !playing;
  element('play').textContent = playing ? '■ Stop' : '▶ Play';
  if (!playing) {
    player.stop();
    return;
  }
  while (playing) {
    await player.start(music);
  }
}

function save() {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([sequenceProtoToMidi(music)], {type: 'audio/midi'}));
  link.download = 'song_like_mine.mid';
  link.click();
  URL.revokeObjectURL(link.href);
}

async function main() {
  try {
    await load();
  } catch (error) {
    element('status').className = 'problem';
    element('status').textContent = `No model to play: ${error.message}. See "In the browser" in the README.`;
    return;
  }
  for (let i = 1; i <= about.knobs; ++i) {
    slider(element('knobs'), `Knob ${i}`, {min: -3, max: 3}, 0);
  }
  slider(element('variety'), 'Variety', {min: 0, max: 1}, 0);
  for (const name of about.attributes) {
    slider(element('attributes'), name.replaceAll('_', ' '), {min: -1, max: 1}, 0);
  }
  element('more').hidden = !about.attributes.length;
  noise = normals(variety.inputs[0].shape[1]);
  await change();
  for (const [id, action] of Object.entries({play, draw: drawPlace, save})) {
    element(id).addEventListener('click', action);
    element(id).disabled = false;
  }
}

main();
