// Small things that every part of the page needs.

export const $ = (id) => document.getElementById(id);

/** An element with properties and children; texts become text, never markup. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** A slider with its name, a note under that, and its value beside it. */
export function slider({title, more = '', low, high, value, step = 0.05, moved}) {
  const output = make('output'), input = make('input', {type: 'range', min: low, max: high, step});
  const words = make('span', {}, make('span', {className: 'title', textContent: title}));
  if (more) {
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
  $('problem').querySelector('p').textContent = text || '';
}

/** Runs a function; what it throws is shown. */
export async function trying(work) {
  try {
    await work();
  } catch (error) {
    showProblem(error.message);
  }
}
