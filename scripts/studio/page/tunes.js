// What can be done with a whole tune, where the base has a model of tunes: vary it, go on with it, make bars anew.

import {$} from './dom.js';
import {asFields} from './take.js';

const LITTLE = 0.15, LOT = 0.5; // 0 gives the tune back, 1 another one
const MORE_BARS = 8;

export class Tunes {
  constructor(desk, knobs) {
    this.desk = desk;
    this.knobs = knobs;
    $('vary-little').addEventListener('click', () => this.ask('vary', {amount: LITTLE}));
    $('vary-lot').addEventListener('click', () => this.ask('vary', {amount: LOT}));
    $('go-on').addEventListener('click', () => this.ask('go_on', {bars: MORE_BARS}));
    $('fill').addEventListener('click', () => this.ask('fill', {
      first: $('fill-first').valueAsNumber || 1, last: $('fill-last').valueAsNumber || 1}));
  }

  /** Asks for something that is made of the piece on the desk, as it was before key and tempo. */
  ask(verb, fields) {
    const {piece} = this.desk, {temperature} = this.knobs.request();
    const asked = {piece: asFields({piece, settings: {}}), seed: Math.floor(Math.random() * 2 ** 31), temperature, ...fields};
    this.desk.ask(verb, asked, {sound: $('audition').checked, recipe: {}});
  }
}
