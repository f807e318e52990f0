const WEBKIT_EPOCH_MS = -11_644_473_600_000;
const COCOA_EPOCH_MS = 978_307_200_000;

/** Chrome's clock begins in 1601. */
export const fromWebkitMs = (milliseconds) => Math.round(Number(milliseconds)) + WEBKIT_EPOCH_MS;

/** Firefox's, Takeout's and Safari's exports': microseconds since 1970. */
export const fromMicroseconds = (microseconds) => Math.round(Number(microseconds) / 1000);

/** Safari's database: seconds since 2001. */
export const fromCocoa = (seconds) => Math.round(Number(seconds) * 1000) + COCOA_EPOCH_MS;

/** A time as other programs write it: a number, whose magnitude tells its unit, or a date; NaN where it is neither. */
export function fromAnything(value) {
  const number = typeof value === 'number' ? value : /^\s*\d+(\.\d+)?\s*$/.test(value ?? '') ? Number(value) : NaN;
  if (Number.isNaN(number)) return typeof value === 'string' ? Date.parse(value) : NaN;
  if (number >= 1e16) return fromWebkitMs(number / 1000);
  if (number >= 1e14) return fromMicroseconds(number);
  if (number >= 1e11) return Math.round(number);
  return number >= 1e8 ? Math.round(number * 1000) : NaN;
}
