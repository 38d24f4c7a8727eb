// The user's files: dropped or chosen, listed with what became of them.

import {get, post, upload} from './api.js';
import {$, make, showProblem, trying} from './dom.js';
import {shape} from './shared/roll.js';

const SUFFIXES = $('file-input').accept.split(',');
const SONGS = 10; // colours
const isMusic = (name) => SUFFIXES.some((suffix) => name.toLowerCase().endsWith(suffix));

export class Bring {
  constructor(desk) {
    this.desk = desk;
    this.drawing = Promise.resolve();
    this.rolls = new IntersectionObserver((entries) => entries.filter((entry) => entry.isIntersecting).forEach(({target}) => {
      this.rolls.unobserve(target);
      this.drawing = this.drawing.then(() => drawMini(target)).catch(() => {}); // one by one
    }));
    $('choose').addEventListener('click', () => $('file-input').click());
    $('choose-folder').addEventListener('click', () => $('folder-input').click());
    $('file-input').addEventListener('change', ({target}) => this.chosen(target, false));
    $('folder-input').addEventListener('change', ({target}) => this.chosen(target, true));
    $('only-left-out').addEventListener('change', () => this.list());
    document.addEventListener('dragover', (event) => {
      if (event.dataTransfer.types.includes('Files')) {
        event.preventDefault();
        document.body.classList.add('dropping');
      }
    });
    document.addEventListener('dragleave', (event) => event.relatedTarget || document.body.classList.remove('dropping'));
    document.addEventListener('drop', (event) => {
      event.preventDefault();
      document.body.classList.remove('dropping');
      const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
      trying(async () => this.send((await Promise.all(entries.map((entry) => inside(entry)))).flat()));
    });
  }

  chosen(input, folder) {
    const files = [...input.files].map((file) => ({file, name: file.webkitRelativePath || file.name}));
    input.value = '';
    trying(() => this.send(folder ? files.filter(({name}) => isMusic(name)) : files));
  }

  async send(files) {
    if (!files.length) {
      throw new Error(`There is no music in that: files are needed that end in ${SUFFIXES.join(', ')}.`);
    }
    showProblem(null);
    await upload('/api/music', files, {keep: String($('add').checked && this.files.some(({reason}) => !reason))});
  }

  showExamples(names) {
    $('examples').replaceChildren(...(names.length ? [make('span', {className: 'soft', textContent: 'or try'})] : []),
      ...names.map((name) => {
        const button = make('button', {type: 'button', textContent: `the ${name}`});
        button.addEventListener('click', () => trying(() => post('/api/example', {name})));
        return button;
      }));
  }

  use({files, summary}) {
    $('summary').textContent = summary;
    $('file-tools').hidden = files.every(({reason}) => reason);
    document.body.classList.toggle('has-files', files.length > 0);
    $('more-songs').textContent = files.length ? 'Drop more songs anywhere on the page.'
      : 'Drop songs anywhere on the page: a model of them takes the place of this one.';
    if (JSON.stringify(files) !== JSON.stringify(this.files)) {
      this.files = files;
      this.list();
    }
  }

  list() {
    const rows = this.files.map((file, i) => this.row(file, i));
    $('files').replaceChildren(...rows.filter((_, i) => !$('only-left-out').checked || this.files[i].reason));
    this.rolls.disconnect();
    $('files').querySelectorAll('.mini').forEach((mini) => this.rolls.observe(mini));
  }

  row({name, about: music, examples, reason, lost}, number) {
    const short = name.split('/').at(-1), words = music || `${examples} ${examples === 1 ? 'passage' : 'passages'}`;
    const about = reason ? `Left out: ${reason}` : `${words}${lost.length ? `. Left out of it: ${lost.join(', ')}` : ''}`;
    const button = make('button', {type: 'button', textContent: '▶', ariaLabel: `Play ${name}`, hidden: Boolean(reason)});
    button.addEventListener('click', () => trying(() => this.play(number, short)));
    const mini = shape('svg', {class: 'mini', 'data-number': number, 'aria-hidden': true});
    return make('li', {className: reason ? 'left-out' : `song${number % SONGS}`},
      make('span', {className: 'dot', ariaHidden: 'true'}),
      make('span', {className: 'name', textContent: short, title: name}), button,
      make('span', {className: 'about', textContent: about}), ...(reason ? [] : [mini]));
  }

  /** Shows and plays a file as the model reads it. */
  async play(number, title) {
    const music = await get(`/api/files/${number}`);
    this.desk.stop();
    this.desk.put({title, ...music, knobs: null, recipe: []});
    await this.desk.play();
  }
}

/** Draws what the model reads of a file, small. */
async function drawMini(svg) {
  const {notes, quarters} = await get(`/api/files/${svg.dataset.number}`);
  const pitches = notes.map(([pitch]) => pitch), low = Math.min(...pitches), high = Math.max(...pitches);
  svg.setAttribute('viewBox', `0 0 ${quarters} ${high - low + 1}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.replaceChildren(...notes.map(([pitch, start, end]) => shape('rect', {
    x: start, y: high - pitch, width: Math.max(end - start, 0.25), height: 1})));
}

/** All files in what was dropped, folders and what is in them included. */
async function inside(entry) {
  if (entry.isFile) {
    const file = await new Promise((found, failed) => entry.file(found, failed));
    return [{file, name: entry.fullPath.replace(/^\//, '')}];
  }
  const reader = entry.createReader(), found = [];
  for (let some = [null]; some.length;) { // it gives a hundred at a time
    some = await new Promise((good, failed) => reader.readEntries(good, failed));
    found.push(...some);
  }
  const files = (await Promise.all(found.map(inside))).flat();
  return files.filter(({name}) => isMusic(name));
}
