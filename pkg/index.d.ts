import type {
  Browsed,
  CatalogueItem,
  Explained,
  Failure,
  HistoryEvaluation,
  HistoryEvent,
  HistoryPage,
  HistoryProgress,
  Imported,
  NamedFile,
  OwnEvaluation,
  Progress,
  Recommendations,
  Refound,
  RepeatPolicy,
  Shelves,
  Similar,
  Summary,
  TrainingOptions,
  Who,
} from './protocol.js';

export type * from './protocol.js';

/**
 * What every promise of this package rejects with (but for a cancelled training: that is the signal's reason). Which class it is says
 * where to look: at the options, at the data, at the device, at the storage, or at the workers.
 */
export class HomebodyError extends Error {
  /** `remedy` is appended to the message, where it is not in it. */
  constructor(code: string, message: string, remedy?: string);
  /** Stable name. */
  readonly code: string;
  /** What to do about it, a sentence; `message` ends with it where there is one. */
  readonly remedy: string;
}

/** An option that is unknown, mistyped or out of range; `message` names it. Codes: `unknown-option`, `config`, `request`. */
export class OptionError extends HomebodyError {}
/** Items, files or events that cannot be used. Codes: `format`, `empty`, `too-large`, `too-little`, `unknown-item`, `file`, `checkpoint`, `base-model`. */
export class DataError extends HomebodyError {}
/** The browser or its GPU cannot do it. Codes: `unsupported`, `no-gpu`, `device`, `artifact`. */
export class DeviceError extends HomebodyError {}
/** This device's storage. Codes: `storage`, `quota`, `newer`, `corrupt`. */
export class StorageError extends HomebodyError {}
/** A training that did not end well. Codes: `busy`, `superseded`, `diverged`, `elsewhere` (another tab trains). */
export class TrainingError extends HomebodyError {}
/** A worker ended. Codes: `worker`, `panic`, `hang`, `closed`, `internal`. After any but `closed` the next call works. */
export class WorkerError extends HomebodyError {}

/** A model that the site trained on its own logs with `homebody train`. */
export interface BaseModelSource {
  /** Where it lies; fetched by the page, not by a worker, and only once. */
  url: string | URL;
  /** SHA-256 of the file, in hex: a file with another one is refused. Needs a secure page. */
  sha256?: string;
  /** Largest file to accept; default 64 MiB. */
  maxBytes?: number;
}

/** What `Recommender.open` takes; all of it may be left out. */
export interface OpenOptions {
  /** The site's items: 50,000 at most is what this package is made for. Replaces what was kept; see `setCatalogue`. */
  catalogue?: CatalogueItem[];
  /**
   * `memory`, the default: nothing is written to this device, and nothing read from its storage. `keep`: history, model and catalogue may be
   * kept in IndexedDB, once there is consent.
   */
  storage?: 'memory' | 'keep';
  /**
   * May this device's storage be used? true: yes, from now on. false: no, and what was kept is deleted. Left out: as the visitor left it: what
   * was kept with consent is used again, and nothing is written where nothing was. With `storage: 'memory'` what an earlier page kept is neither
   * read nor deleted.
   */
  consent?: boolean;
  /**
   * What trains. `auto`, the default: WebGPU on a real GPU that passes its self-test, unless the CPU trains the model faster, which is measured at
   * the first training of a kind and remembered (on the device only where things are kept); else the CPU. `webgpu` also accepts an emulated GPU.
   */
  device?: 'auto' | 'cpu' | 'webgpu';
  /** What `train` trains where it is not told otherwise; a name, or all options. */
  model?: TrainingOptions['model'] | TrainingOptions;
  /**
   * A model from `homebody train`, joined to the catalogue by id: ranks from the first view on, with no training. It adapts to the visitor by
   * a small adapter beside it, which is used only while it predicts the visitor's own later events better than the model alone does.
   */
  baseModel?: string | URL | Uint8Array | ArrayBuffer | BaseModelSource;
  /**
   * Get what a first training needs at once? Later ones ask for the program's own files again, as a rule of the HTTP cache. Default false: most visitors
   * never train.
   */
  prefetch?: boolean;
}

/** The device that trains, and why, as a sentence. */
export interface DeviceEvent {
  /** Which it is. */
  device: 'cpu' | 'webgpu';
  /** Why, a sentence. */
  reason: string;
}

/** The Trainer was lost and replaced; training goes on from `step`. */
export interface TrainerEvent {
  /** What happened. */
  type: 'restarted';
  /** Why the one before was lost, a sentence. */
  reason: string;
  /** The step of the checkpoint that training goes on from; 0: from the start. */
  step: number;
}

/** Where things are kept. */
export interface StorageStatus {
  /** `memory`: nothing is written. `kept`: written to this device. `off`: switched off by the visitor; nothing is recorded at all. */
  state: 'memory' | 'kept' | 'off';
  /** Of several tabs of a site that keep, one trains and saves checkpoints; the others follow it, rank, and add their events to the log. */
  role: 'leader' | 'follower' | 'alone';
  /** Number of the checkpoint that this tab read or wrote last; 0 before the first. */
  generation: number;
  /** Why it is so, a sentence. */
  reason: string;
  /** Why what is kept could not be used. It stays untouched until `consent` is called. */
  refused: Failure | null;
}

/** What to forget: every event of an item, every event before a time (milliseconds since 1970), or everything. */
export type Forget = { item: string } | { before: number } | { all: true };

/** What was forgotten. */
export interface ForgetReport {
  /** What is held now. */
  summary: Summary;
  /** Events removed from the history. */
  events: number;
  /** `kept`: no model had learned from it. `dropped`: the model had, and is gone: train again. `replayed`: the adapter was made anew without it. */
  model: 'none' | 'kept' | 'dropped' | 'replayed';
  /** Copies that this device's storage held and that were deleted: the log, checkpoints, an interrupted training. */
  deleted: string[];
  /** What nobody can promise, a sentence. */
  disk: string;
}

/** All it knows about the visitor, readable. */
export interface Profile {
  /** All events, newest first. */
  history: HistoryEvent[];
  /** The items viewed, most viewed first. */
  items: { item: CatalogueItem; views: number; last?: number }[];
  /** Share of the views that each topic has, largest first. */
  topics: { topic: string; share: number }[];
  /** What is held beside the history; the model in use and how much of the history it learned. */
  summary: Summary;
  /** Where it is kept. */
  storage: StorageStatus;
  /** Arms of the tests that this visitor takes part in. */
  arms: Record<string, string>;
}

/** What an export may hold. A model that learned from a history is that history, in another form. */
export type ExportPart = 'catalogue' | 'history' | 'visitors' | 'model';

/** A list was seen: no ids, so that it can be counted without tracking anyone. */
export interface ImpressionEvent {
  /** What ranked the list. */
  by: Recommendations['by'];
  /** Items in it. */
  count: number;
  /** Arms of this visitor's tests. */
  arms: Record<string, string>;
}

/** An item of a list was chosen. */
export interface ClickEvent {
  /** What ranked the list. */
  by: Recommendations['by'];
  /** Its place in the list, from 1. */
  position: number;
  /** Arms of this visitor's tests. */
  arms: Record<string, string>;
}

/** What `recommend` is asked for. */
export interface RecommendOptions {
  /** How many; default 10, 1 to 1000. */
  k?: number;
  /** May items of the history come again? Default `exclude`. */
  repeats?: RepeatPolicy;
  /** Ids never to recommend. */
  exclude?: string[];
  /** 0 (the default) to 1: how much being unlike the items above counts beside being likely (maximal marginal relevance, Carbonell & Goldstein, 1998). */
  diversity?: number;
  /** Ids that stand after the current session for this answer only, oldest first: the item on this page, a basket. Not recorded, and not recommended. */
  context?: string | string[];
}

/** Training options, and what runs them. */
export interface TrainOptions extends TrainingOptions {
  /** Cancels: the loop ends with the signal's reason, and the model in use stays. */
  signal?: AbortSignal;
  /**
   * Go on from the model in use with what was viewed since it learned, at a few percent of the work of training anew? What does not predict the
   * latest views better is not adopted: the model stays as it was. Needs about 80 new views. Default false.
   */
  update?: boolean;
  /**
   * Go on where the same training was interrupted, by a closed tab or a crash? Default true: a training of the same options on the same events goes
   * on from the checkpoint that is kept on this device, and ends as if it had never stopped (on the CPU: byte for byte).
   */
  resume?: boolean;
}

/** A change of the catalogue. */
export interface CatalogueDelta {
  /** Items to add, or to put in place of those of the same id. */
  put?: CatalogueItem[];
  /** Ids that are gone. */
  remove?: string[];
  /** Ids that are not shown for now. */
  hide?: string[];
  /** Ids that are shown again. */
  show?: string[];
  /** Ids that stand first in every list. */
  pin?: string[];
  /** Ids that no longer do. */
  unpin?: string[];
}

/**
 * A recommender in this browser. Whatever it is asked, it answers without a request to anyone. Any promise may also reject with `OptionError` (an option that
 * is unknown, mistyped or out of range), and with `WorkerError` (`closed` after `close`; after any other code the next call works).
 */
export class Recommender {
  private constructor();

  /**
   * Starts it, and restores what was kept on this device. Storage that fails is no error: see `storage`. Rejects with `DeviceError` (`unsupported`: no
   * WebAssembly with SIMD, or no workers; `artifact`: the program could not be fetched), `DataError` (`format`: a catalogue with an id missing or twice;
   * `base-model`, `checkpoint`, `too-little`: a base model that could not be fetched, is not one, or knows no item of the catalogue).
   */
  static open(options?: OpenOptions): Promise<Recommender>;

  /**
   * Starts it with what `export` gave. What is kept on this device, where `storage` is `keep`, is replaced. Rejects as `open` does, and with `DataError`
   * (`checkpoint`) for a file that is torn, foreign or newer than this build.
   */
  static import(file: Blob | Uint8Array | ArrayBuffer, options?: OpenOptions): Promise<Recommender>;

  /** The device that trains, and why; null until it is known. */
  readonly device: DeviceEvent | null;

  /** The device that trains was chosen, or changed. `on` returns what ends the listening. */
  on(name: 'device', listener: (event: DeviceEvent) => void): () => void;
  /** Where things are kept changed: consent, a full disk, another tab. */
  on(name: 'storage', listener: (status: StorageStatus) => void): () => void;
  /** Each report of a training. */
  on(name: 'progress', listener: (progress: Progress) => void): () => void;
  /** The worker that trains was lost; another one goes on. */
  on(name: 'trainer', listener: (event: TrainerEvent) => void): () => void;
  /** What Home holds changed, by this tab or another one: ask again for what is shown. */
  on(name: 'change', listener: (event: { reason: 'record' | 'data' | 'model' | 'other-tab' }) => void): () => void;
  /** `shown` was called. */
  on(name: 'impression', listener: (event: ImpressionEvent) => void): () => void;
  /** `clicked` was called. */
  on(name: 'click', listener: (event: ClickEvent) => void): () => void;
  /** Home was lost and begun anew: what was only in memory is gone. */
  on(name: 'error', listener: (error: HomebodyError) => void): () => void;

  /**
   * Replaces the catalogue. History, other visitors and model stay; items that are gone stay in the history and are not recommended, new ones get
   * vectors from their texts. Rejects with `DataError` (`format`) for an id that is missing or there twice; nothing changes then.
   */
  setCatalogue(items: CatalogueItem[]): Promise<Summary>;
  /** Changes the catalogue. Ids that it does not hold are passed over. Rejects as `setCatalogue` does. */
  updateCatalogue(delta: CatalogueDelta): Promise<Summary>;
  /** Simulates other visitors of the catalogue, in place of those there were. Defaults: seed 1, 1200 visitors. Rejects with `DataError` (`too-little`) where no item has a topic. */
  simulate(options?: { seed?: number; visitors?: number }): Promise<Summary>;
  /**
   * Reads files (128 MiB together at most) into catalogue, history and other visitors; on an error nothing changes. Rejects with `DataError` (`format`,
   * `empty`, `too-large`, `file`).
   */
  importFiles(files: Iterable<File | NamedFile>, who?: Who): Promise<Imported>;
  /**
   * Uses another base model, or none. The adapter is made anew from the history. Rejects with `DataError` (`base-model`, `checkpoint`, `too-little`); what was
   * in use stays then.
   */
  setBaseModel(source: OpenOptions['baseModel'] | null): Promise<Summary>;

  /**
   * Adds an event to the history; without a time it is one of now. Where things are kept, resolves once the event is on the device. Where the
   * visitor switched it off, nothing is recorded. `time` is in milliseconds since 1970; `kind` is given back by `history` and changes nothing. Rejects with `DataError` (`unknown-item`).
   */
  record(event: string | { item: string; time?: number; kind?: string }): Promise<Summary>;
  /** Ranks what comes next. Rejects with `DataError` (`unknown-item`) for a `context` that the catalogue does not hold. */
  recommend(options?: RecommendOptions): Promise<Recommendations>;
  /** Why an item is ranked where it is: what each view adds to it, and which few it would not be among the first `k` (10) without. Rejects with `DataError` (`unknown-item`; `too-little` before there is a model). */
  explain(item: string, options?: { k?: number; repeats?: RepeatPolicy }): Promise<Explained>;
  /** The 10 items nearest to one: by the model's vectors, or, before there is a model, by what is viewed together and by texts. Rejects with `DataError` (`unknown-item`). */
  similar(item: string, options?: { k?: number }): Promise<Similar>;
  /** A page of the catalogue, without hidden and gone items; 50 items by default. */
  browse(options?: { query?: string; topic?: string; offset?: number; limit?: number }): Promise<Browsed>;
  /** A page of the history, newest first; 50 events by default. */
  history(options?: { offset?: number; limit?: number }): Promise<HistoryPage>;
  /** What is held, in numbers. */
  summary(): Promise<Summary>;
  /** All it knows about the visitor. */
  profile(): Promise<Profile>;
  /** How well the model, and simple predictors beside it, predict the visitor's own later events; `too-little` under 100 of them. */
  evaluate(): Promise<OwnEvaluation>;

  /**
   * Learns the visitor's own history as a closed world, visit by visit, each predicted before it is learned; a report after each slice of `budget`
   * milliseconds (default 250). Leaving the loop stops it; the next call goes on. `shelves` works meanwhile, with what is learned so far.
   */
  learnHistory(options?: { budget?: number }): AsyncGenerator<HistoryProgress, void, void>;
  /** The shelves of the visitor's own history. Defaults: now, 10 items each, no pool. */
  shelves(options?: { now?: number; k?: number; exclude?: string[]; pool?: CatalogueItem[] }): Promise<Shelves>;
  /** Finds again what was visited, by words of its title, spelled about right, and when it was. Default: 10 items. */
  refind(query: string, options?: { now?: number; k?: number; from?: number; to?: number }): Promise<Refound>;
  /** How well each predictor told the later half (the latest 10,000 visits at most) of the visitor's own history. */
  historyEvaluation(): Promise<HistoryEvaluation>;

  /**
   * Trains and adopts the model, one report at a time; only a caller that asks for the next gets it trained. Leaving the loop, or the signal, cancels.
   * Throws `TrainingError` (`busy`, `superseded`, `diverged`, `elsewhere`), `DataError` (`too-little`), `OptionError` for options that do not go together.
   */
  train(options?: TrainOptions): AsyncGenerator<Progress, void, void>;

  /** Forgets: in the history, in the model, and on the device. Resolves once it is gone from there; rejects with `StorageError` where the device refuses to delete, and with `DataError` (`unknown-item`). `{ all: true }` also takes back consent and A/B arms: nothing is kept until `consent(true)` is called again. */
  forget(what: Forget): Promise<ForgetReport>;
  /** The visitor's answer to "may this device's storage be used?": true keeps from now on (resolves once it is written), false deletes what is kept and goes on in memory. */
  consent(given: boolean): Promise<StorageStatus>;
  /** The off switch: forgets everything but the catalogue, deletes it, and records nothing from now on. With `storage: 'keep'` it stays off on this device: one mark that says so is all that is kept. With `memory` it is off until the page ends. */
  switchOff(): Promise<ForgetReport>;
  /** Records again. Keeps nothing until there is consent. */
  switchOn(): Promise<StorageStatus>;
  /** Where things are kept. */
  storage(): Promise<StorageStatus>;
  /** Resolves once every change so far is on the device, where things are kept. */
  flush(): Promise<void>;

  /** A file to keep or carry elsewhere. By default only the catalogue: anyone who has a history, or a model that learned from it, knows that history. Default `include`: `['catalogue']`. */
  export(options?: { include?: ExportPart[] }): Promise<Blob>;

  /** The arm of an A/B test that this visitor is in: drawn once, evenly, on this device, and kept where things are kept. */
  arm(test: string, arms: string[]): Promise<string>;
  /** Tells `impression` listeners that a list was seen. */
  shown(list: Recommendations): void;
  /** Tells `click` listeners that an item of a list was chosen. Records nothing. */
  clicked(list: Recommendations, item: string): void;

  /** Ends both workers. What was not kept is gone. */
  close(): Promise<void>;
  /** `await using recommender = …` closes it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void>;
}
