import type {
  Browsed,
  CatalogueItem,
  Failure,
  Forget,
  HistoryPage,
  Imported,
  NamedFile,
  OwnEvaluation,
  Progress,
  Recommendations,
  RepeatPolicy,
  Explained,
  Similar,
  Summary,
  TrainingOptions,
  Who,
} from './protocol.js';

export type * from './protocol.js';

/** What every promise of this package rejects with (but for a cancelled training: that is the signal's reason). */
export class HomebodyError extends Error {
  constructor(code: string, message: string);
  /** Stable name. */
  readonly code: string;
}

export interface OpenOptions {
  /** What trains. `auto`, the default: WebGPU on a real GPU that passes its self-test, else the CPU. `webgpu` also accepts an emulated GPU. */
  device?: 'auto' | 'cpu' | 'webgpu';
  /** Get everything that training needs at once, so that no request is made later? Default true; a site that trains rarely sets false. */
  prefetch?: boolean;
}

/** The device that trains, and why, as a sentence. */
export interface DeviceEvent {
  device: 'cpu' | 'webgpu';
  reason: string;
}

/** The Trainer was lost and replaced; training goes on from `step`. */
export interface TrainerEvent {
  type: 'restarted';
  reason: string;
  step: number;
}

export interface KeptStatus {
  keeping: boolean;
  /** Why what is kept could not be restored. It stays untouched until `keep` is called. */
  refused: Failure | null;
}

/** A recommender in this browser. */
export class Recommender {
  private constructor();

  /** Starts it, and restores what was kept on this device. */
  static open(options?: OpenOptions): Promise<Recommender>;

  /** The device that trains, and why; null until it is known. */
  readonly device: DeviceEvent | null;

  /** Calls `listener` on each event of that name; returns what ends that. */
  on(name: 'device', listener: (event: DeviceEvent) => void): () => void;
  on(name: 'trainer', listener: (event: TrainerEvent) => void): () => void;
  on(name: 'error', listener: (error: HomebodyError) => void): () => void;

  /** Replaces the catalogue, the other visitors and the model; the history stays where its items still exist. */
  setCatalogue(items: CatalogueItem[]): Promise<Summary>;
  /** Simulates other visitors of the catalogue. Defaults: seed 1, 1200 visitors. */
  simulate(options?: { seed?: number; visitors?: number }): Promise<Summary>;
  /** Reads files (128 MiB together at most) into catalogue, history and other visitors; on an error nothing changes. */
  importFiles(files: Iterable<File | NamedFile>, who?: Who): Promise<Imported>;
  /** Adds an event to the history; without a time it follows the last one. */
  record(item: string, options?: { time?: number; kind?: string }): Promise<Summary>;
  /** Ranks what comes next. Defaults: 10 items, none of the history's, none excluded. */
  recommend(options?: { k?: number; repeats?: RepeatPolicy; exclude?: string[] }): Promise<Recommendations>;
  /** Why an item is ranked where it is: what each view adds to it, and which few it would not be among the first 10 without. */
  explain(item: string, options?: { k?: number; repeats?: RepeatPolicy }): Promise<Explained>;
  /** The 10 items nearest to one. */
  similar(item: string, options?: { k?: number }): Promise<Similar>;
  /** A page of the catalogue; 50 items by default. */
  browse(options?: { query?: string; topic?: string; offset?: number; limit?: number }): Promise<Browsed>;
  /** A page of the history, newest first; 50 events by default. */
  history(options?: { offset?: number; limit?: number }): Promise<HistoryPage>;
  /** Forgets, here and on the device. A model or a training that learned from it goes with it. */
  forget(what: Forget): Promise<Summary>;
  /** What is held. */
  summary(): Promise<Summary>;
  /** How well the model predicts the visitor's own later events. */
  evaluation(): Promise<OwnEvaluation>;

  /** Trains and adopts the model, one report at a time; only a caller that asks for the next gets it trained. Leaving the loop, or the signal, cancels. */
  train(options?: TrainingOptions, run?: { signal?: AbortSignal }): AsyncGenerator<Progress, void, void>;

  /**
   * Goes on from the model in use with what was viewed since it learned, at a few percent of the work of training anew; reports as `train` does. What
   * does not predict the latest views better is not adopted: the model stays as it was. Needs about 80 new views.
   */
  update(options?: TrainingOptions, run?: { signal?: AbortSignal }): AsyncGenerator<Progress, void, void>;

  /** Keeps everything on this device from now on (resolves once it is there), or removes what is kept (once it is gone). */
  keep(on: boolean): Promise<KeptStatus>;
  /** Is anything kept? */
  kept(): Promise<KeptStatus>;
  /** Resolves once every change so far is on the device, where keeping is on. */
  flush(): Promise<void>;

  /** Ends both workers. What was not kept is gone. */
  close(): void;
}
