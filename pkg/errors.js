/** What every promise of this package rejects with: a stable `code`, and a `message` that says cause and remedy. */
export class HomebodyError extends Error {
  constructor(code, message) {
    super(message);
    this.name = 'HomebodyError';
    this.code = code;
  }
}
