// A piano roll of a NoteSequence in seconds, as SVG.

const WIDTH = 1000, HEIGHT = 340, KEYS = 34; // KEYS: room for the names of the notes
const BLACK = new Set([1, 3, 6, 8, 10]);

/** Draws `sequence`, whose times are in seconds, into `svg`; `sounding(note)` then marks a note. */
export function drawRoll(svg, sequence, qpm) {
  const drums = sequence.notes.length > 0 && sequence.notes.every((note) => note.isDrum);
  const [lowest, highest] = drums ? [35, 52] : [55, 79]; // shown at least
  const pitches = sequence.notes.map((note) => note.pitch);
  const low = Math.min(lowest, ...pitches) - 1, high = Math.max(highest, ...pitches) + 1;
  const row = HEIGHT / (high - low + 1);
  const x = (seconds) => KEYS + ((WIDTH - KEYS) * seconds) / sequence.totalTime;
  const y = (pitch) => (high - pitch) * row;

  const parts = [];
  for (let pitch = low; pitch <= high && !drums; ++pitch) {
    if (BLACK.has(pitch % 12)) {
      parts.push(shape('rect', {class: 'black', x: 0, y: y(pitch), width: WIDTH, height: row}));
    }
    if (pitch % 12 === 0) {
      const name = shape('text', {x: 6, y: y(pitch) + row / 2 + 4});
      name.textContent = `C${pitch / 12 - 1}`;
      parts.push(name);
    }
  }
  const beats = Math.round((sequence.totalTime * qpm) / 60);
  for (let beat = 0; beat < beats; ++beat) {
    const at = x((beat * 60) / qpm);
    parts.push(shape('line', {class: beat % 4 ? 'beat' : 'bar', x1: at, x2: at, y1: 0, y2: HEIGHT}));
  }
  const rects = new Map();
  for (const note of sequence.notes) {
    const rect = shape('rect', {
      class: `note voice${(note.instrument || 0) % 4}`, x: x(note.startTime), y: y(note.pitch) + 0.5,
      width: Math.max(x(note.endTime) - x(note.startTime) - 2, 3), height: row - 1, rx: Math.min(row / 3, 4),
      'data-pitch': note.pitch, 'data-start': note.startTime, 'data-end': note.endTime,
    });
    rects.set(key(note), rect);
    parts.push(rect);
  }
  svg.replaceChildren(...parts);

  return (note) => {
    svg.querySelectorAll('.sounding').forEach((rect) => rect.classList.remove('sounding'));
    rects.get(note && key(note))?.classList.add('sounding');
  };
}

const key = (note) => `${note.pitch} ${note.startTime}`;

function shape(kind, attributes) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', kind);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  return element;
}
