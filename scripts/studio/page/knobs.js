// The knobs of the model, how freely it plays, and the verbs that ask it for music.

import {$, fill} from './dom.js';
import {slider} from './shared/slider.js';

const REACH = 3;
const LARGEST_SEED = 2 ** 31 - 1;
const LENGTHS = [2, 4, 8, 16, 24, 32, 48, 64];
const SECTION = 8, MOST_IN_SECTION = 32, LONGEST = 64; // bars

export class Knobs {
  constructor(desk) {
    this.desk = desk;
    this.seed = 1;
    this.place = null; // of a passage that the knobs move
    this.sliders = [];
    this.freedom = slider({title: 'Freedom', more: '0 plays safe, 1 is adventurous', low: 0, high: 1.5, value: 0.5,
      moved: (lasting) => this.play(lasting)});
    this.variety = slider({title: 'Variety', more: 'of what the knobs leave out', low: 0, high: 1.5, value: 1,
      moved: (lasting) => this.play(lasting)});
    $('settings').replaceChildren(this.freedom.element, this.variety.element);
    $('another').addEventListener('click', () => this.another());
    $('same-place').addEventListener('click', () => this.samePlace());
    $('centre').addEventListener('click', () => {
      this.sliders.forEach((each) => each.set(0));
      this.play(true);
    });
    $('bars').addEventListener('change', () => {
      this.place = null; // a passage has one length
      this.play(true);
    });
    $('form').addEventListener('keydown', ({key}) => key === 'Enter' && this.another());
  }

  /** Makes the controls of a model. */
  use(model) {
    this.model = model;
    this.place = null;
    this.sliders = model.knobs.map((words, i) => slider({
      title: words.length ? capital(words[0]) : `Knob ${i + 1}`,
      more: words.length > 1 ? `and ${words.slice(1).join(', ')}` : words.length ? '' : 'nothing that stands out',
      low: -REACH, high: REACH, value: 0, moved: (lasting) => this.play(lasting),
    }));
    $('knobs').replaceChildren(...this.sliders.map(({element}) => element));
    const lengths = [...new Set([model.bars, ...LENGTHS.filter((bars) => bars > model.bars)])];
    document.querySelectorAll('[data-verb]').forEach((each) => {
      each.hidden = !model.verbs.includes(each.dataset.verb);
    });
    fill($('bars'), lengths.map((bars) => [bars, `${bars} bars`]));
  }

  get values() {
    return this.sliders.map((each) => each.get());
  }

  request() {
    return {seed: this.seed, temperature: this.freedom.get(), variety: this.variety.get(), bars: Number($('bars').value)};
  }

  /** Plays the music of where the knobs are: of a passage of the user's, if it came from one. */
  play(lasting) {
    const sound = $('audition').checked, {seed, temperature} = this.request();
    if (this.place !== null) {
      return this.desk.ask('play', {seed, temperature, knobs: this.values, place: this.place}, {lasting, sound, title: this.song});
    }
    return this.desk.ask('play', {...this.request(), knobs: this.values}, {lasting, sound});
  }

  /** Goes to a passage of the user's: the knobs then move it. */
  from(place, knobs, song) {
    this.place = place;
    this.song = song;
    this.sliders.forEach((each, i) => each.set(knobs[i]));
    return this.play(true);
  }

  /** Turns the knobs to a place and plays what the model makes there. */
  go(place, lasting = true) {
    this.place = null;
    this.sliders.forEach((each, i) => each.set(place[i]));
    return this.play(lasting);
  }

  another() {
    this.place = null;
    this.seed = newSeed();
    const request = this.request(), options = {sound: $('audition').checked};
    const form = this.model.verbs.includes('compose') ? $('form').value.trim().toUpperCase() : '';
    const {seed, temperature, bars} = request, isShort = bars <= this.model.bars;
    if (form) {
      const letters = form.replaceAll("'", '').length, section = isShort ? SECTION : this.section(bars / letters);
      return this.desk.ask('compose', {seed, temperature, bars: Math.min(section * letters, LONGEST), form, section_bars: section}, options);
    }
    if (isShort || !this.model.verbs.includes('compose')) {
      return this.desk.ask('another', request, options);
    }
    return this.desk.ask('compose', {seed, temperature, bars, form}, options);
  }

  /** Bars of a section, nearest to a number of them: 2, 4, 8... */
  section(bars) {
    return Math.min(this.model.bars * 2 ** Math.max(0, Math.round(Math.log2(bars / this.model.bars))), MOST_IN_SECTION);
  }

  /** A first piece of a new model, on the desk and silent. */
  first() {
    this.seed = newSeed();
    return this.desk.ask('another', this.request());
  }

  samePlace() {
    this.place = null;
    this.seed = newSeed();
    return this.play(true);
  }

  /** Shows where a piece was made. */
  show({knobs, recipe}) {
    if (knobs && knobs.length === this.sliders.length) {
      this.sliders.forEach((each, i) => each.set(knobs[i]));
    }
    const [made] = recipe;
    if (recipe.length === 1 && ['play', 'another'].includes(made.verb)) {
      this.seed = made.seed;
      this.place = made.place ?? null;
      this.freedom.set(made.temperature);
      this.variety.set(made.variety ?? 1);
      $('bars').value = made.bars ?? this.model.bars;
    }
  }
}

export const newSeed = () => Math.floor(Math.random() * LARGEST_SEED);
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
