// What @magenta/music makes of models and music, for test_magenta_js_in_node.py.
//
//   node ask_magenta_js.cjs FOLDER_WITH_NODE_MODULES QUESTIONS.json ANSWERS.json
//
// A question: {url, sequences, tensors, z, controls}; sequences are protobufs and tensors float32 arrays
// [steps, width], both in base64. An answer: the latents of the tensors, what Magenta.js makes of the
// sequences (tensors and latents), and what it decodes from z, as tensors and as notes.

const fs = require('fs');
const path = require('path');

const [, , packages, questions, answers] = process.argv;
const from = require('module').createRequire(path.resolve(packages, 'package.json'));
console.log = console.warn = () => {}; // greetings
const tf = from('@tensorflow/tfjs');
const {MusicVAE} = from('@magenta/music/node/music_vae');
const {NoteSequence} = from('@magenta/music/node/protobuf');

const bytes = (text) => Buffer.from(text, 'base64');
const packed = async (tensor) => {
  const data = Float32Array.from(await tensor.data());
  return {shape: tensor.shape, data: Buffer.from(data.buffer).toString('base64')};
};
const unpacked = ({shape, data}) => tf.tensor(new Float32Array(new Uint8Array(bytes(data)).buffer), shape);

async function answer({url, sequences, tensors, z, controls}) {
  const model = new MusicVAE(url);
  await model.initialize();
  const told = controls && {...controls};
  if (told && told.extraControls) {
    told.extraControls = {hits: unpacked(told.extraControls.hits)};
  }
  const out = {tensors: [], latentsOfTensors: [], latentsOfSequences: []};
  for (const tensor of tensors) { // one by one: segments of different lengths cannot be batched there
    out.latentsOfTensors.push(await packed(await model.encodeTensors(unpacked(tensor).expandDims(0), told)));
  }
  for (const sequence of sequences.map((text) => NoteSequence.decode(bytes(text)))) {
    out.tensors.push(await packed(model.dataConverter.toTensor(sequence)));
    out.latentsOfSequences.push(await packed(await model.encode([sequence], told)));
  }
  out.said = await packed(await model.decodeTensors(unpacked(z), undefined, told));
  const stepsPerQuarter = model.dataConverter.stepsPerQuarter || 4;
  const music = await model.decode(unpacked(z), undefined, told, stepsPerQuarter);
  out.music = music.map((piece) => Buffer.from(NoteSequence.encode(piece).finish()).toString('base64'));
  model.dispose();
  return out;
}

async function personal({url, knobs, z, noise}) {
  const load = (name) => tf.loadLayersModel(`${url}/${name}/model.json`);
  const [decoder, encoder, variety] = await Promise.all(['decoder', 'encoder', 'variety'].map(load));
  const [mu, sigma] = encoder.predict(unpacked(z));
  return {
    decoded: await packed(decoder.predict(unpacked(knobs))),
    mu: await packed(mu),
    sigma: await packed(sigma),
    varied: await packed(variety.predict(unpacked(noise))),
  };
}

async function main() {
  const results = [];
  for (const question of JSON.parse(fs.readFileSync(questions))) {
    results.push(await (question.knobs ? personal : answer)(question));
  }
  fs.writeFileSync(answers, JSON.stringify(results));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
