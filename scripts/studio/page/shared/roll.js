// A piano roll as SVG. Music is {notes, quarters, beats}: rows of pitch, start, end, velocity, program, drum, with
// times in quarter notes; its length, and the quarters in a bar (4).

const MARGIN = 36; // room for the names of the notes
const DRUM_ROW = 9; // pixels for each drum under a tune
const BLACK = new Set([1, 3, 6, 8, 10]);
const NAMES = ['C', 'C♯', 'D', 'E♭', 'E', 'F', 'F♯', 'G', 'A♭', 'A', 'B♭', 'B'];

/** The name of a pitch, C4 for middle C. */
export const pitchName = (pitch) => `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

/** What a roll shows, for those who do not see it. */
export function describe({notes, quarters, beats = 4}) {
  const bars = Math.ceil(quarters / beats), length = `${bars} ${bars === 1 ? 'bar' : 'bars'}`;
  const pitches = notes.filter((note) => !note[5]).map(([pitch]) => pitch);
  if (!notes.length) {
    return `Piano roll: silence for ${length}`;
  }
  const range = pitches.length ? `, ${pitchName(Math.min(...pitches))} to ${pitchName(Math.max(...pitches))}` : '';
  return `Piano roll: ${notes.length} ${notes.length === 1 ? 'note' : 'notes'} in ${length}${range}`;
}

export class Roll {
  /** Draws into `svg`; `seek(quarters)` is called where it is clicked. */
  constructor(svg, seek) {
    this.svg = svg;
    this.music = {notes: [], quarters: 8};
    new ResizeObserver(() => this.show(this.music)).observe(svg);
    if (seek) {
      svg.addEventListener('pointerdown', (event) => {
        const at = event.clientX - svg.getBoundingClientRect().left;
        seek(Math.max(0, (at - MARGIN) / (this.width - MARGIN)) * this.music.quarters);
      });
    }
  }

  show(music) {
    this.music = music;
    const {notes, quarters, beats = 4} = music;
    this.width = this.svg.clientWidth || 1000;
    const height = this.svg.clientHeight || 340;
    this.svg.setAttribute('viewBox', `0 0 ${this.width} ${height}`);
    this.svg.setAttribute('aria-label', describe(music));
    const tune = notes.filter((note) => !note[5]), pitches = tune.map(([pitch]) => pitch);
    const low = Math.min(57, ...pitches) - 1, high = Math.max(76, ...pitches) + 1; // shown at least
    const sounds = [...new Set(notes.filter((note) => note[5]).map(([pitch]) => pitch))].sort((a, b) => b - a);
    const onlyDrums = sounds.length > 0 && !tune.length;
    const kit = onlyDrums ? height : sounds.length * DRUM_ROW; // what drums take of it, at the bottom
    const row = (height - kit) / (high - low + 1), drumRow = onlyDrums ? height / Math.max(sounds.length, 9) : DRUM_ROW;
    this.x = (at) => MARGIN + ((this.width - MARGIN) * at) / quarters;
    const y = (pitch, drum) => (drum ? height - (sounds.length - sounds.indexOf(pitch)) * drumRow : (high - pitch) * row);

    const parts = [];
    if (kit && !onlyDrums) {
      parts.push(shape('line', {class: 'bar', x1: 0, x2: this.width, y1: height - kit, y2: height - kit}));
    }
    for (let pitch = low; pitch <= high && !onlyDrums; ++pitch) {
      if (BLACK.has(pitch % 12)) {
        parts.push(shape('rect', {class: 'black', x: 0, y: y(pitch), width: this.width, height: row}));
      }
      if (pitch % 12 === 0) {
        const name = shape('text', {x: 8, y: y(pitch) + row / 2 + 4});
        name.textContent = pitchName(pitch);
        parts.push(name);
      }
    }
    const everyBeat = quarters <= 64; // beats of longer music would be a grey mist
    for (let beat = 0; beat < quarters; beat += everyBeat ? 1 : beats) {
      const x = this.x(beat);
      parts.push(shape('line', {class: beat % beats ? 'beat' : 'bar', x1: x, x2: x, y1: 0, y2: height}));
    }
    const voices = [...new Set(notes.map((note) => `${note[4]} ${note[5]}`))];
    this.rects = notes.map(([pitch, start, end, , program, drum]) => shape('rect', {
      class: `note voice${voices.indexOf(`${program} ${drum}`) % 4}`,
      x: this.x(start), y: y(pitch, drum) + 0.5,
      width: Math.max(this.x(end) - this.x(start) - 2, 3), height: Math.max((drum ? drumRow : row) - 1, 1),
      rx: Math.min((drum ? drumRow : row) / 3, 4), 'data-pitch': pitch, 'data-start': start, 'data-end': end,
    }));
    this.line = shape('line', {class: 'playhead', y1: 0, y2: height, visibility: 'hidden'});
    this.svg.replaceChildren(...parts, ...this.rects, this.line);
  }

  /** Moves the playhead and marks what sounds there; null takes it away. */
  playhead(at) {
    this.line.setAttribute('visibility', at === null ? 'hidden' : 'visible');
    if (at !== null) {
      this.line.setAttribute('x1', this.x(at));
      this.line.setAttribute('x2', this.x(at));
    }
    this.music.notes.forEach(([, start, end], i) => {
      this.rects[i].classList.toggle('sounding', at !== null && start <= at && at < end);
    });
  }
}

/** An SVG element with these attributes. */
export function shape(kind, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', kind);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  return element;
}
