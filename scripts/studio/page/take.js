// Taking music away: files, a link, the command that makes it, and what was kept for later.

import {address, download, post, postForBlob} from './api.js';
import {$, make, trying} from './dom.js';
import {drumNotes} from './drums.js';

const KEPT = 'midime-studio-kept';
const MOST = 100;
const LABELS = {wav: 'WAV', abc: 'ABC'};
const fileName = (title) => title.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_|_$/g, '').toLowerCase() || 'piece';

export class Take {
  constructor(desk) {
    this.desk = desk;
    this.kept = stored();
    const drag = $('drag');
    drag.addEventListener('click', (event) => {
      event.preventDefault();
      trying(() => this.save('mid'));
    });
    for (const event of ['pointerenter', 'focus']) { // a drag begins at once, so its file is made before
      drag.addEventListener(event, () => this.prepareDrag().catch(() => {}));
    }
    drag.addEventListener('dragstart', (event) => {
      if (this.dragPath) {
        const name = `${fileName(desk.piece.title)}.mid`;
        event.dataTransfer.setData('DownloadURL', `audio/midi:${name}:${address(this.dragPath)}`);
        event.dataTransfer.effectAllowed = 'copy';
      }
    });
    $('favourite').addEventListener('click', () => this.keep());
    $('zip').addEventListener('click', () => trying(async () => {
      const pieces = this.kept.map((snapshot) => asFields(snapshot));
      download(await postForBlob('/api/favourites', {pieces}), 'kept.zip');
    }));
    $('link').addEventListener('click', () => trying(() => this.copyLink()));
    $('command').addEventListener('click', () => trying(() => this.showCommand()));
    this.list();
  }

  showFormats(formats, sound) {
    const some = formats.filter((format) => format in LABELS && (format !== 'wav' || sound.fluidsynth));
    $('formats').replaceChildren(...some.map((format) => {
      const button = make('button', {type: 'button', textContent: LABELS[format]});
      button.addEventListener('click', () => trying(() => this.save(format)));
      return button;
    }));
  }

  async save(format) {
    const blob = await postForBlob(`/api/take/${format}`, asFields(this.desk.history.now));
    download(blob, `${fileName(this.desk.piece.title)}.${format}`);
  }

  async prepareDrag() {
    if (this.desk.history.now) {
      this.dragPath = (await post('/api/drag', asFields(this.desk.history.now))).path;
    }
  }

  keep() {
    const now = this.desk.history.now;
    if (now && !this.kept.some(({piece}) => piece === now.piece)) {
      this.kept = [...this.kept, now].slice(-MOST);
      this.store();
    }
  }

  store() {
    try {
      localStorage.setItem(KEPT, JSON.stringify(this.kept));
    } catch {
      this.say('This browser has no room to keep it longer than this page is open.');
    }
    this.list();
  }

  list() {
    const now = this.desk.history.now;
    $('zip').hidden = !this.kept.length;
    $('none-kept').hidden = this.kept.length > 0;
    $('kept').replaceChildren(...this.kept.map((snapshot, i) => {
      const {title} = snapshot.piece;
      const play = make('button', {type: 'button', textContent: '▶', ariaLabel: `Play ${title}`});
      play.addEventListener('click', () => {
        this.desk.put(snapshot.piece, snapshot.settings);
        this.desk.play();
      });
      const remove = make('button', {type: 'button', textContent: '✕', ariaLabel: `Remove ${title}`});
      remove.addEventListener('click', () => {
        this.kept = this.kept.filter((_, j) => j !== i);
        this.store();
      });
      const row = make('li', {}, play, make('span', {className: 'name', textContent: title}), remove);
      row.classList.toggle('playing', snapshot.piece === now?.piece);
      return row;
    }));
  }

  /** A link to the recipe: it makes the same piece again, with the same model. */
  async copyLink() {
    const {piece: {recipe, model}, settings: {drums, ...settings}} = this.desk.history.now;
    const fields = {model, ...settings, ...(drums && {drums: drums.seed}), steps: JSON.stringify(recipe)};
    const link = `${location.origin}/#${new URLSearchParams(fields)}`;
    history.replaceState(null, '', link);
    await navigator.clipboard.writeText(link).catch(() => {});
    this.say('The link is in the address bar and on the clipboard. It needs the same model: save that too.');
  }

  async showCommand() {
    const text = $('command-text');
    if (!text.hidden) {
      text.hidden = true;
      return;
    }
    const {piece: {recipe}, settings} = this.desk.history.now;
    const {shell, python} = await post('/api/command', {steps: recipe, ...settings, drums: settings.drums?.seed});
    text.textContent = `# after "Save the model", unpacked as my_model/\n${shell}\n\n# or in Python\n${python}`;
    text.hidden = false;
  }

  show({piece}) {
    $('command-text').hidden = true;
    $('copied').textContent = '';
    this.dragPath = null;
    $('favourite').textContent = this.kept.some((snapshot) => snapshot.piece === piece) ? '★ Kept' : '☆ Keep';
    const [made] = piece.recipe; // nothing makes a song of the user's again
    $('link').hidden = !made;
    const isWay = made?.verb === 'interpolate' && piece.recipe.length > 1; // it is several pieces there
    $('command').hidden = !made || isWay || piece.model !== this.model?.id;
    this.list();
  }

  say(text) {
    $('copied').textContent = text;
  }
}

/** What was kept in this browser before. */
function stored() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) || '[]');
    return Array.isArray(kept) ? kept.filter((each) => each?.piece?.notes && each.piece.recipe?.length >= 0 && each.settings) : [];
  } catch {
    return [];
  }
}

/** A snapshot as the server takes it. */
export function asFields({piece: {title, notes, quarters, beats}, settings: {drums, ...settings}}) {
  return {title, notes: [...notes, ...drumNotes(drums, quarters)], quarters, beats, ...settings};
}
