// Small things that every part of the page needs.

import {make} from './shared/make.js';

export {make};

export const $ = (id) => document.getElementById(id);

/** Fills a select with [value, text] pairs; keeps what was chosen where that is still there. */
export function fill(select, options) {
  const before = select.value;
  select.replaceChildren(...options.map(([value, text]) => make('option', {value, textContent: text})));
  if (options.some(([value]) => String(value) === before)) {
    select.value = before;
  }
}

/** Shows what went wrong, or nothing for null. */
export function showProblem(text) {
  $('problem').hidden = !text;
  $('problem').querySelector('p').textContent = text ? text.charAt(0).toUpperCase() + text.slice(1) : '';
}

/** Runs a function; what it throws is shown. */
export async function trying(work) {
  try {
    await work();
  } catch (error) {
    showProblem(error.message);
  }
}
