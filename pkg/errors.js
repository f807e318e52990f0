/** What every promise of this package rejects with: a stable `code`, a `message` that says cause and remedy, and the remedy alone. */
export class HomebodyError extends Error {
  constructor(code, message, remedy = '') {
    super(remedy && !message.includes(remedy) ? `${message} ${remedy}` : message);
    this.name = new.target.name;
    this.code = code;
    this.remedy = remedy;
  }
}

export class OptionError extends HomebodyError {}
export class DataError extends HomebodyError {}
export class DeviceError extends HomebodyError {}
export class StorageError extends HomebodyError {}
export class TrainingError extends HomebodyError {}
export class WorkerError extends HomebodyError {}

const CLASSES = new Map(
  [
    [OptionError, 'unknown-option config request'],
    [DataError, 'format empty too-large too-little unknown-item file checkpoint base-model'],
    [DeviceError, 'unsupported no-gpu device artifact'],
    [StorageError, 'storage quota newer corrupt'],
    [TrainingError, 'busy superseded diverged elsewhere finished'],
    [WorkerError, 'worker panic hang closed internal'],
  ].flatMap(([type, codes]) => codes.split(' ').map((code) => [code, type])),
);

/** The error of a code, of the class that the code belongs to. */
export function failure(code, message, remedy) {
  return new (CLASSES.get(code) ?? HomebodyError)(code, message, remedy);
}

/** Another tab has what only one can have at a time. */
export const elsewhere = () => failure('elsewhere', 'Another tab of this site is training.', 'Wait for it, or close that tab.');

/** A failure that came from a worker. */
export const told = ({ code, message, remedy }) => failure(code, message, remedy);
