import { failure } from './errors.js';

/**
 * `given` over the defaults of `known`, where each option is `[default, legal]` and `legal` is one of the rules below. An option that is not
 * known is an error that names it, never ignored.
 */
export function settle(where, given, known) {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) {
    throw failure('config', `${where} takes an object of options, not ${shown(given)}.`);
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(known, name)) {
      const names = Object.keys(known);
      const near = names.find((other) => alike(name, other));
      const remedy = near ? `Did you mean "${near}"?` : `It takes: ${names.join(', ')}.`;
      throw failure('unknown-option', `${where} has no option "${name}".`, remedy);
    }
  }
  const settled = {};
  for (const [name, [fallback, legal]] of Object.entries(known)) {
    const value = given[name];
    settled[name] = value === undefined ? fallback : check(`${where}: "${name}"`, value, legal);
  }
  return settled;
}

/** `value` where it is legal. */
export function check(what, value, legal) {
  if (!legal.test(value)) throw failure('config', `${what} cannot be ${legal.found?.(value) ?? shown(value)}.`, `Give ${legal.says}.`);
  return value;
}

export const oneOf = (...values) => ({ test: (value) => values.includes(value), says: `one of ${values.join(', ')}` });
export const number = (from, to) => ({
  test: (value) => typeof value === 'number' && value >= from && value <= to,
  says: `a number from ${from} to ${to}`,
});
export const whole = (from, to) => ({
  test: (value) => Number.isInteger(value) && value >= from && value <= to,
  says: `a whole number from ${from} to ${to}`,
});
export const flag = { test: (value) => typeof value === 'boolean', says: 'true or false' };
export const text = { test: (value) => typeof value === 'string', says: 'a string' };
export const texts = {
  test: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  says: 'an array of strings',
};
export const items = {
  test: (value) => Array.isArray(value) && value.every((item) => !wrongField(item)),
  says: 'an array of items: their ids and texts are strings, tags are an array of strings, hidden and pinned are true or false',
  found(value) {
    if (!Array.isArray(value)) return undefined;
    const at = value.findIndex(wrongField);
    const name = wrongField(value[at]);
    return `an array whose item ${at} has the ${name} ${shown(value[at]?.[name])}`;
  },
};
export const signal = { test: (value) => typeof value?.throwIfAborted === 'function', says: 'an AbortSignal' };
export const anything = { test: () => true, says: 'anything' };

const FIELDS = Object.entries({ title: text, detail: text, topic: text, tags: texts, url: text, image: text, hidden: flag, pinned: flag });

/** The first field of an item that is not what it should be. */
function wrongField(item) {
  if (!text.test(item?.id)) return 'id';
  return FIELDS.find(([name, legal]) => item[name] != null && !legal.test(item[name]))?.[0];
}

/** The value as an error message can hold it. */
function shown(value) {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  return Array.isArray(value) ? 'an array' : typeof value === 'object' && value ? 'an object' : String(value);
}

// One letter off, or another case.
function alike(a, b) {
  [a, b] = [a.toLowerCase(), b.toLowerCase()];
  if (a === b || a.startsWith(b) || b.startsWith(a)) return true;
  if (Math.abs(a.length - b.length) > 1) return [...a].sort().join('') === [...b].sort().join('');
  let start = 0;
  while (a[start] === b[start]) start += 1;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  const swapped = restA.slice(2) === restB.slice(2) && restA[0] === restB[1] && restA[1] === restB[0];
  return swapped || restA.slice(1) === restB.slice(1) || restA.slice(1) === restB || restA === restB.slice(1);
}
