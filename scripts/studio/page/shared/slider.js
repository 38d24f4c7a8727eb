import {make} from './make.js';

/** A slider with its name, a note under that, and its value beside it. */
export function slider({title, more, low, high, value, step = 0.05, moved}) {
  const output = make('output'), input = make('input', {type: 'range', min: low, max: high, step});
  const words = make('span', {}, make('span', {className: 'title', textContent: title}));
  if (more !== undefined) { // an empty one keeps its room, beside others that have one
    words.append(make('span', {className: 'more', textContent: more}));
  }
  const set = (number) => {
    input.value = number;
    output.value = input.valueAsNumber.toFixed(2);
  };
  set(value);
  input.addEventListener('input', () => {
    set(input.valueAsNumber);
    moved(false);
  });
  input.addEventListener('change', () => moved(true));
  return {element: make('label', {}, words, output, input), input, set, get: () => input.valueAsNumber};
}
