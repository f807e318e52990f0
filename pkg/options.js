import { HomebodyError } from './errors.js';

/** `given` over `defaults`; an option that `defaults` does not name is an error, never ignored. */
export function settle(where, given, defaults) {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(defaults, name)) {
      const known = Object.keys(defaults).join(', ');
      throw new HomebodyError('unknown-option', `${where} has no option "${name}". It takes: ${known}.`);
    }
  }
  return { ...defaults, ...given };
}

/** `value` where it is one of `legal`. */
export function oneOf(where, value, legal) {
  if (!legal.includes(value)) {
    throw new HomebodyError('config', `${where} cannot be "${value}". Use one of: ${legal.join(', ')}.`);
  }
  return value;
}
