// The map of the user's music: two knobs against each other. A click goes to a place, a drag from one piece to
// another goes all the way between them.

import {$, fill} from './dom.js';
import {shape} from './shared/roll.js';

const REACH = 3.2, NEAR = 13; // of the knobs; pixels within which a piece is meant
const SONGS = 10; // colours

export class PlaceMap {
  constructor(knobs, desk) {
    this.knobs = knobs;
    this.desk = desk;
    this.svg = $('map');
    this.here = null;
    for (const id of ['map-x', 'map-y']) {
      $(id).addEventListener('change', () => this.draw());
    }
    new ResizeObserver(() => this.draw()).observe(this.svg);
    this.svg.addEventListener('pointerdown', (event) => this.down(event));
    this.svg.addEventListener('pointermove', (event) => this.move(event));
    this.svg.addEventListener('pointerup', (event) => this.up(event));
    this.svg.addEventListener('pointercancel', () => this.cancel());
    this.svg.addEventListener('keydown', (event) => this.key(event));
    $('morph-go').addEventListener('click', () => this.morph(Number($('morph-start').value), Number($('morph-end').value)));
  }

  use(model) {
    this.model = model;
    this.places = model.places.map((row) => ({knobs: row.slice(0, -1), song: row.at(-1)}));
    this.drawn = this.places.every(({song}) => song < 0);
    $('map-help').textContent = this.drawn
      ? 'Where your music lies, as the model remembers it. Click a place to play it.'
      : 'Each dot is a passage of a song: click it and turn its knobs, or drag to another to go there. Click beside them for new music.';
    const names = model.knobs.map((words, i) => [i, words[0] || `knob ${i + 1}`]);
    fill($('map-x'), names);
    fill($('map-y'), names);
    if ($('map-x').value === $('map-y').value) {
      $('map-y').value = Math.min(1, names.length - 1);
    }
    const firsts = new Map();
    this.places.forEach(({song}, i) => song >= 0 && !firsts.has(song) && firsts.set(song, i));
    const songs = [...firsts].map(([song, place]) => [place, shortName(model.songs[song])]);
    $('morph').hidden = songs.length < 2;
    fill($('morph-start'), songs);
    fill($('morph-end'), songs);
    $('morph-end').selectedIndex = Math.min(1, songs.length - 1);
    this.draw();
  }

  get axes() {
    return [Number($('map-x').value), Number($('map-y').value)];
  }

  /** Pixels of a value across and up. */
  point([x, y]) {
    return [((x + REACH) / (2 * REACH)) * this.width, ((REACH - y) / (2 * REACH)) * this.height];
  }

  draw() {
    if (!this.model) {
      return;
    }
    this.width = this.svg.clientWidth || 300;
    this.height = this.svg.clientHeight || 260;
    this.svg.setAttribute('viewBox', `0 0 ${this.width} ${this.height}`);
    const [x, y] = this.axes, [middleX, middleY] = this.point([0, 0]);
    const across = shape('text', {x: this.width - 6, y: middleY - 5, 'text-anchor': 'end'});
    const up = shape('text', {x: middleX + 5, y: 13});
    across.textContent = `${this.model.knobs[x][0] || `knob ${x + 1}`} →`;
    up.textContent = `↑ ${this.model.knobs[y][0] || `knob ${y + 1}`}`;
    this.dots = this.places.map(({knobs, song}) => {
      const [cx, cy] = this.point([knobs[x], knobs[y]]);
      return shape('circle', {class: song < 0 ? 'dot' : `dot song${song % SONGS}`, cx, cy, r: song < 0 ? 3 : 5});
    });
    this.path = shape('line', {class: 'path', visibility: 'hidden'});
    this.marker = shape('circle', {class: 'here', r: 9, visibility: 'hidden'});
    this.svg.replaceChildren(
      shape('line', {class: 'axis', x1: 0, x2: this.width, y1: middleY, y2: middleY}),
      shape('line', {class: 'axis', x1: middleX, x2: middleX, y1: 0, y2: this.height}),
      ...this.dots, this.path, this.marker, across, up);
    this.show(this.here);
  }

  /** Marks where the knobs are; null for music that is at no one place. */
  show(knobs) {
    this.here = knobs;
    this.marker?.setAttribute('visibility', knobs ? 'visible' : 'hidden');
    if (knobs && this.marker) {
      const [cx, cy] = this.point(this.axes.map((axis) => knobs[axis]));
      this.marker.setAttribute('cx', cx);
      this.marker.setAttribute('cy', cy);
    }
  }

  /** The pixels of an event, and the piece that is meant there. */
  aim(event) {
    const box = this.svg.getBoundingClientRect(), at = [event.clientX - box.left, event.clientY - box.top];
    let place = -1, best = NEAR;
    this.places.forEach(({knobs}, i) => {
      const [x, y] = this.point(this.axes.map((axis) => knobs[axis])), far = Math.hypot(x - at[0], y - at[1]);
      if (far < best) {
        [place, best] = [i, far];
      }
    });
    return {at, place: this.drawn ? -1 : place};
  }

  /** Turns the two knobs of the map to some pixels. */
  goTo([x, y], lasting) {
    const place = this.knobs.values, [across, up] = this.axes;
    place[across] = clip((x / this.width) * 2 * REACH - REACH);
    place[up] = clip(REACH - (y / this.height) * 2 * REACH);
    this.show(place);
    return this.knobs.go(place, lasting);
  }

  down(event) {
    this.svg.setPointerCapture(event.pointerId);
    this.start = this.aim(event);
    if (this.start.place < 0) {
      this.goTo(this.start.at, false);
    }
  }

  move(event) {
    const {at, place} = this.aim(event);
    $('map-place').textContent = place < 0 ? '' : this.nameOf(place);
    this.dots.forEach((dot, i) => dot.classList.toggle('aim', i === place));
    if (!this.start) {
      return;
    }
    if (this.start.place < 0) {
      this.goTo(at, false);
    } else {
      const [x1, y1] = this.point(this.axes.map((axis) => this.places[this.start.place].knobs[axis]));
      Object.entries({x1, y1, x2: at[0], y2: at[1], visibility: 'visible'}).forEach(([name, value]) => this.path.setAttribute(name, value));
    }
  }

  up(event) {
    const from = this.start, {at, place} = this.aim(event);
    this.cancel();
    if (!from) {
      return;
    }
    if (from.place < 0) {
      this.goTo(at, true);
    } else if (place === from.place) {
      this.knobs.from(place, this.places[place].knobs, this.nameOf(place));
    } else if (place >= 0) {
      this.morph(from.place, place);
    }
  }

  cancel() {
    this.start = null;
    this.path?.setAttribute('visibility', 'hidden');
  }

  key(event) {
    const step = event.shiftKey ? 0.5 : 0.1, [across, up] = this.axes;
    const [axis, by] = {ArrowLeft: [across, -step], ArrowRight: [across, step], ArrowDown: [up, -step], ArrowUp: [up, step]}[event.key] || [];
    if (axis !== undefined) {
      event.preventDefault();
      const place = this.knobs.values;
      place[axis] = clip(place[axis] + by);
      this.knobs.go(place);
    } else if (event.key === 'Enter') {
      this.desk.toggle();
    } else if (['PageUp', 'PageDown'].includes(event.key) && !this.drawn) {
      event.preventDefault();
      this.next(event.key === 'PageDown' ? 1 : -1);
    }
  }

  /** Goes to the passage after the one that the knobs move, or before it. */
  next(by) {
    const count = this.places.length, last = this.knobs.place ?? (by > 0 ? -1 : count), place = (last + by + count) % count;
    $('map-place').textContent = this.nameOf(place);
    this.knobs.from(place, this.places[place].knobs, this.nameOf(place));
  }

  morph(start, end) {
    const title = `${this.nameOf(start)} to ${this.nameOf(end)}`;
    const {seed, temperature} = this.knobs.request();
    this.desk.ask('interpolate', {start, end, steps: 5, seed, temperature: Math.min(temperature, 0.3)}, {title, sound: $('audition').checked});
  }

  nameOf(place) {
    return shortName(this.model.songs[this.places[place].song]);
  }
}

const shortName = (name) => name.split('/').at(-1);
const clip = (value) => Math.round(Math.min(Math.max(value, -3), 3) * 100) / 100;
