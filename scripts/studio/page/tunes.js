// What can be done with the tune on the desk: fade it; where the base has a model of tunes, vary it, go on with it,
// make bars anew.

import {$, fill} from './dom.js';
import {newSeed} from './knobs.js';

const LITTLE = 0.15, LOT = 0.5; // 0 gives the tune back, 1 another one
const MORE_BARS = 8;
const FADE = 0.5; // standard deviations

export class Tunes {
  constructor(desk, knobs) {
    this.desk = desk;
    this.knobs = knobs;
    $('vary-little').addEventListener('click', () => this.ask('vary', {amount: LITTLE}));
    $('vary-lot').addEventListener('click', () => this.ask('vary', {amount: LOT}));
    $('fade-go').addEventListener('click', () => this.fade());
    $('go-on').addEventListener('click', () => this.ask('go_on', {bars: MORE_BARS}));
    $('fill').addEventListener('click', () => this.ask('fill', {
      first: $('fill-first').valueAsNumber || 1, last: $('fill-last').valueAsNumber || 1}));
  }

  /** Offers the attributes of a model's music. */
  use(model) {
    fill($('fade'), model.attributes.flatMap(({name, more, less}) => [[`${name} ${FADE}`, more], [`${name} ${-FADE}`, less]]));
  }

  fade() {
    const [attribute, amount] = $('fade').value.split(' ');
    this.ask('fade', {attribute, amount: Number(amount)});
  }

  /** Asks for something that is made of the piece on the desk. */
  ask(verb, fields) {
    const {temperature} = this.knobs.request();
    this.desk.ask(verb, {seed: newSeed(), temperature, ...fields}, {sound: $('audition').checked, of: this.desk.piece});
  }
}
