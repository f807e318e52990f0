/** A file that cannot be read, in the reader's words: a stable code, and a message that says cause and remedy. */
export class Failure extends Error {
  constructor(code, message) {
    super(message);
    this.name = 'Failure';
    this.code = code;
  }
}
