// What the host may ask of the two workers, and what they answer: the twin of src/protocol.
// Times are milliseconds since 1970. A field that Rust leaves empty is absent.

/** A catalogue entry as a site hands it over. All text is text, never markup. */
export interface CatalogueItem {
  /** Unique; a string, numbers too: `String(42)`. */
  id: string;
  /** What to show; the id where it is absent. */
  title?: string;
  /** A line under the title. */
  detail?: string;
  /** The group it belongs to. */
  topic?: string;
  /** Words that say what it is about; read like the title where an item's text counts. */
  tags?: string[];
  /** Where it leads: given back as it is, never fetched. */
  url?: string;
  /** Its picture's address: likewise. */
  image?: string;
  /** In the catalogue, but not shown for now: not recommended, not similar, not browsed. Default false. */
  hidden?: boolean;
  /** Stands first in every list. Default false. */
  pinned?: boolean;
  /** In answers: no longer in the catalogue, and kept because the history holds it. */
  gone?: boolean;
}

/** A file to import: its name's ending is a hint, its content decides. */
export interface NamedFile {
  /** Stands in messages, too. */
  name: string;
  /** All of it. A `Uint8Array` is copied; an `ArrayBuffer` is handed over, and empty afterwards. */
  bytes: Uint8Array | ArrayBuffer;
}

/** Whose events an imported log's are. `unknown`: a log of several users is answered by the list of them. */
export type Who = { type: 'unknown' } | { type: 'user'; user: string } | { type: 'nobody' };

/** What Home is asked to forget. */
export type ForgetRequest = { type: 'item'; item: string } | { type: 'before'; time: number } | { type: 'all' };

/** May an item of the history be recommended again? */
export type RepeatPolicy = 'exclude' | 'allow' | 'only';

/** The models that can be trained. */
export type ModelName = 'gru-attention' | 'gru' | 'lstm' | 'transformer' | 'bert' | 'skip-gram' | 'glove';

/** How to train; every field has a default. */
export interface TrainingOptions {
  /** Default `gru-attention`. */
  model?: ModelName;
  /** Default 1. */
  seed?: number;
  /** Size of an item's vector; default 64, from 2,000 items on 128. */
  dim?: number;
  /** Epochs of the sequence model at most; default 10, more on small data. */
  epochs?: number;
  /** What a sequence model's item vectors start from; default `skip-gram`. */
  warmStart?: 'skip-gram' | 'glove' | 'none';
  /** Skip-gram and GloVe leave items of fewer views out; default 1. */
  minCount?: number;
  /** Epochs of skip-gram; default 10. 0 starts a sequence model from random vectors. */
  skipGramEpochs?: number;
  /** Skip-gram draws negatives in proportion to count^alpha, -1 to 1; default 0.75 for a warm start, 0.3 alone. */
  skipGramAlpha?: number;
  /** Share of all events above which skip-gram thins an item, 0 to 1; default 0: none. */
  skipGramSubsample?: number;
  /** Negatives of skip-gram a pair; default 5. */
  skipGramNegatives?: number;
  /** How far apart two items may be for skip-gram; default 5. */
  skipGramWindow?: number;
  /** Epochs of GloVe; default 15, more on small data. */
  gloveEpochs?: number;
  /** How far apart two items may be for GloVe, 1 to 50; default 5. */
  gloveWindow?: number;
  /** The co-occurrence count from which on GloVe weighs alike; default 10. */
  gloveXMax?: number;
  /** Weight of a pair that was never seen, 0 to 1; default 0.1. */
  gloveUnseen?: number;
  /** Adam's peak step size; default 0.002, for Transformers 0.001. */
  learningRate?: number;
  /** How many steps attention and the copy path look back on, 1 to 512; default 50; for Transformers one and a half mean sessions, 20 to 200. */
  window?: number;
  /** Layers, 1 to 8; default 1, for Transformers 2. */
  layers?: number;
  /** Heads of a Transformer, 1 to 8; default 2. */
  heads?: number;
  /** How a Transformer knows the order of steps; default `rotary`. */
  positions?: 'rotary' | 'learned';
  /** Weigh each block of a Transformer by a learned gate; default false. */
  gated?: boolean;
  /** Point at items of the session, too; default: where repeats are not rare. */
  copy?: boolean;
  /** Know how often what followed the last item; default: true, but for `bert`. */
  transitions?: boolean;
  /** Let the model `transformer` heed how much time passed between events; default false. Needs events with times. */
  timeBias?: boolean;
  /** Share of units dropped out in training, 0 to 0.9; default: more for fewer events per item, at most 0.5; 0.2 for long sessions. */
  dropout?: number;
  /** Default `softmax`. */
  loss?: 'softmax' | 'bce' | 'gbce' | 'bpr-max';
  /** Lanes trained side by side, 1 to 4096; default: as many as leave a pass 128 steps, 4 to 64, for Transformers 4 to 32. */
  batch?: number;
  /** Steps of a window, 1 to 1000: gradients go no further back; default: the mean session, 8 to 32, for Transformers 8 to 100. */
  steps?: number;
  /** Shared negatives of the sampled loss; default 2,048 from 8,193 items on, else 0: all items. */
  negatives?: number;
  /** Negatives are drawn in proportion to views to this power, -1 to 1; default 0.5. */
  negativeAlpha?: number;
  /** Default `drawn`. */
  negativeSource?: 'drawn' | 'in-batch' | 'mixed';
  /** Decoupled weight decay of the encoder, 0 to 1; default 0.01. */
  weightDecay?: number;
  /** Largest global norm of the gradients; default 1. */
  clip?: number;
  /** Epochs without a better validation before training stops; default 4, more on small data. */
  patience?: number;
}

/** A request to Home, and its answer. */
export interface HomeAnswers {
  catalogue: Summary;
  'change-catalogue': Summary;
  base: Summary;
  simulate: Summary;
  import: Imported;
  record: Summary;
  recommend: Recommendations;
  similar: Similar;
  explain: Explained;
  browse: Browsed;
  history: HistoryPage;
  forget: Summary;
  summary: Summary;
  job: Uint8Array;
  adopt: Summary;
  evaluation: OwnEvaluation;
  'learn-history': HistoryProgress;
  shelves: Shelves;
  refind: Refound;
  'history-evaluation': HistoryEvaluation;
  reference: number[];
  save: Uint8Array;
  restore: Summary;
}

/** `items` goes to Rust beside the request, as its second argument. */
export type HomeRequest =
  | { type: 'catalogue'; items: CatalogueItem[] }
  | { type: 'change-catalogue'; items: CatalogueItem[]; remove?: string[]; hide?: string[]; show?: string[]; pin?: string[]; unpin?: string[] }
  | { type: 'base'; model?: Uint8Array | null }
  | { type: 'simulate'; seed: number; visitors: number }
  | { type: 'import'; files: NamedFile[]; who: Who }
  | { type: 'record'; item: string; time?: number; kind?: string }
  | { type: 'recommend'; k: number; repeats?: RepeatPolicy; exclude?: string[]; diversity?: number; context?: string[] }
  | { type: 'similar'; item: string; k: number }
  | { type: 'explain'; item: string; k: number; repeats: RepeatPolicy }
  | { type: 'browse'; query?: string; topic?: string; offset: number; limit: number }
  | { type: 'history'; offset: number; limit: number }
  | { type: 'forget'; what: ForgetRequest }
  | { type: 'summary' }
  | { type: 'job'; options: TrainingOptions; update?: boolean; events?: number }
  | { type: 'adopt'; model: Uint8Array }
  | { type: 'evaluation' }
  | { type: 'learn-history'; budget: number }
  | { type: 'shelves'; now: number; k: number; exclude?: string[]; pool?: CatalogueItem[] }
  | { type: 'refind'; query: string; now: number; k: number; from?: number; to?: number }
  | { type: 'history-evaluation' }
  | { type: 'reference' }
  | { type: 'save'; parts?: ('catalogue' | 'history' | 'visitors' | 'model')[] | null }
  | { type: 'restore'; state: Uint8Array };

/** What home.js answers itself, or with more than Rust does; see there and kept.js. */
export type HomeWorkerRequest =
  | { type: 'boot'; module: WebAssembly.Module; storage: 'memory' | 'keep'; consent?: boolean; alive: string }
  | { type: 'consent'; given: boolean }
  | { type: 'status' }
  | { type: 'off' }
  | { type: 'on' }
  | { type: 'arms' }
  | { type: 'arm'; test: string; arms: string[] }
  | { type: 'job'; options: TrainingOptions; update: boolean; resume: boolean }
  /** Of trainings of a kind, on a GPU by its name and on the CPU: null where not known. With `speeds`, to be remembered. */
  | { type: 'speeds'; gpu: string; options: TrainingOptions; speeds?: Speeds }
  | { type: 'training-at'; bytes: Uint8Array; step: number }
  | { type: 'training-over' }
  | { type: 'export'; include: ('catalogue' | 'history' | 'visitors' | 'model')[] }
  | { type: 'flush' }
  | { type: 'resume' }
  | { type: 'close' };

/** A request to the Trainer, and its answer. */
export interface TrainerAnswers {
  open: Opened;
  start: Progress;
  advance: Progress;
  checkpoint: Uint8Array;
  model: Uint8Array;
}

export type TrainerRequest =
  | { type: 'open'; reference?: number[] }
  | { type: 'start'; job: Uint8Array; checkpoint?: Uint8Array }
  | { type: 'advance'; budget: number }
  | { type: 'speed'; budget: number }
  | { type: 'checkpoint' }
  | { type: 'model' };

/** What trainer.js answers itself. */
export type TrainerWorkerRequest = { type: 'boot'; module: WebAssembly.Module; alive: string };

/** What a host posts to a worker; beside it `{ news }`, which waits for no request: see tabs-link.js. */
export interface Message<Request> {
  id: number;
  request: Request;
}

/** What a worker posts back: an answer to a request, the news that it is lost, or something unasked. */
export type Reply<Value> =
  | { id: number; ok: true; value: Value }
  | { id: number; ok: false; error: Failure }
  | { fatal: Failure }
  | { event: { type: 'error'; error: Failure } | { type: 'storage'; status: unknown } | { type: 'change'; reason: 'other-tab' } | TabsRequest };

/** What Home asks of the page's part in the tabs: see tabs.js. */
export type TabsRequest = { type: 'tabs'; ask: 'join' | 'lead' | 'train'; id: number } | { type: 'tabs'; ask: 'trained' | 'leave' } | { type: 'tabs'; ask: 'tell'; message: { type: string } };

/** An error as a value. */
export interface Failure {
  /** Stable name. */
  code: string;
  /** Cause and remedy. */
  message: string;
  /** The remedy alone. */
  remedy?: string;
}

/** What Home holds. */
export interface Summary {
  /** Items in the catalogue. */
  items: number;
  /** Events in the visitor's history. */
  events: number;
  /** Different items in it. */
  distinct: number;
  /** Other visitors. */
  visitors: number;
  /** Their sessions. */
  sessions: number;
  /** Their events. */
  visitorEvents: number;
  /** Are the other visitors simulated? */
  simulated: boolean;
  /** Changes whenever the catalogue does. */
  catalogueRevision: number;
  /** The model in use, if one was trained. */
  model?: ModelSummary;
}

/** The model in use. */
export interface ModelSummary {
  /** Which model. */
  name: ModelName;
  /** The visitor's events that it learned from; 0 for a base model. */
  trainedEvents: number;
  /** Is it the site's base model? */
  base: boolean;
  /** Is the base model adapted to the visitor just now? */
  adapted?: boolean;
  /** What the adapter gains over the base model alone on the visitor's latest events, in nats an event (predict, then learn). */
  adapterGain?: number;
  /** How many events that is of, 200 at most. */
  adapterEvents?: number;
}

/** The outcome of an import. `who`: the file holds several users; ask which one "you" are, and import again. */
export type Imported =
  | { status: 'who'; users: UserCount[]; total: number; report: ImportReport }
  | { status: 'done'; summary: Summary; report: ImportReport };

/** A user of an imported log. */
export interface UserCount {
  /** As the file spells it. */
  user: string;
  /** How many are theirs. */
  events: number;
}

/** What was read, and what was left out and why. */
export interface ImportReport {
  /** Rows read. */
  rows: number;
  /** Rows that became events. */
  kept: number;
  /** The others, by reason. */
  dropped: DroppedRows[];
  /** Anything else worth knowing, a sentence each. */
  notes: string[];
}

/** Rows left out for one reason. */
export interface DroppedRows {
  /** Why, a few words. */
  reason: string;
  /** How many. */
  count: number;
  /** The first of them, as it stands in the file (shortened). */
  example: string;
}

/** What is ranked next. */
export interface Recommendations {
  /** What ranked them. Without a model: `together` (what is viewed together, and texts), `content` (texts alone), `popularity`; `none` where there is nothing to rank by. */
  by: ModelName | 'together' | 'content' | 'popularity' | 'none';
  /** Best first. */
  items: Recommendation[];
}

/** One recommendation and its reason. */
export interface Recommendation {
  /** What is recommended. */
  item: CatalogueItem;
  /** The probability of it being next: the model's, and early in a session popularity's with it; for popularity alone, its share of all views. */
  probability: number;
  /** Is it in the history already? */
  seen: boolean;
  /** Does it stand here because the site pinned it? */
  pinned: boolean;
  /** What the model attended to most, largest weight first, 3 at most. */
  attended: Attended[];
  /** The item without which this one would rank lower; absent: no single item explains this, popularity does, there is no model yet, or the catalogue has more than half a million items. */
  because?: Counterfactual;
}

/** An item of the history and how much the model looked at it. */
export interface Attended {
  /** What was viewed. */
  item: CatalogueItem;
  /** 0..1, summed over its views. */
  weight: number;
}

/** The history item that a recommendation rests on most. */
export interface Counterfactual {
  /** What was viewed. */
  item: CatalogueItem;
  /** By how much the log-odds of the recommendation would fall without it. */
  drop: number;
}

/** Why an item is ranked where it is. */
export interface Explained {
  /** What was asked about. */
  item: CatalogueItem;
  /** What each item of the session adds to this one, largest first; empty for models without an encoder. */
  pushes: Push[];
  /** The few items of the session without which this one would not be among the first `k`; empty where it would be anyway. */
  needs: CatalogueItem[];
}

/** An item of the history and what it adds to another's score. */
export interface Push {
  /** What was viewed. */
  item: CatalogueItem;
  /** Log-odds that it adds, in nats, against an average item in its place. */
  nats: number;
}

/** The items nearest to one, nearest first. */
export interface Similar {
  /** The nearest first. */
  items: SimilarItem[];
}

/** An item and its cosine similarity, -1..1. */
export interface SimilarItem {
  /** The other item. */
  item: CatalogueItem;
  /** 1: the same direction, 0: nothing in common. */
  cosine: number;
}

/** A page of the catalogue. */
export interface Browsed {
  /** In the catalogue's order. */
  items: CatalogueItem[];
  /** How many match in all. */
  total: number;
  /** All topics of the catalogue, in its order. */
  topics: string[];
}

/** A page of the history, newest first. */
export interface HistoryPage {
  /** Newest first. */
  events: HistoryEvent[];
  /** How many there are in all. */
  total: number;
}

/** One event of the history. */
export interface HistoryEvent {
  /** What was viewed. */
  item: CatalogueItem;
  /** When, where it is known; milliseconds since 1970. */
  time?: number;
  /** What was done, where it is known. */
  kind?: string;
}

/** Hit rates on the visitor's own later events (predict each, then learn it). */
export type OwnEvaluation =
  | { status: 'too-little'; events: number; needed: number }
  | { status: 'measured'; events: number; rows: OwnRow[] };

/** One predictor's row: the model first, then the simple predictors. */
export interface OwnRow {
  /** Its name. */
  model: string;
  /** Share of events found in the top 10, and the bounds of its 95% interval. */
  hitRate: [number, number, number];
  /** Mean reciprocal rank within the top 10. */
  mrr: number;
}

/** How much of the visitor's own history has been learned as a closed world. */
export interface HistoryProgress {
  /** Visits learned so far. */
  learned: number;
  /** Visits in all. */
  of: number;
}

/** The shelves of one's own history. */
export interface Shelves {
  /** What the visitor is likely to return to now. */
  next: Shelf;
  /** Not visited for 14 days and more, and relevant now. */
  rediscover: Shelf;
  /** Trails of research that stopped. */
  unfinished: Shelf;
  /** From the pool; empty without one: nobody can know pages that the visitor has not seen. */
  new: Shelf;
}

/** A shelf, and what it has been worth so far. */
export interface Shelf {
  /** Best first. For Unfinished: the items of one trail follow each other. */
  items: ShelfItem[];
  /** The probability that the visitor's next visit is among `items`, from past shelves (Next only). */
  confidence?: number;
  /** Does the shelf keep silent, because nothing on it is likely enough? `items` are there all the same. */
  abstains: boolean;
  /** How it did on the visitor's own later events. */
  verdict: Verdict;
}

/** An item on a shelf. */
export interface ShelfItem {
  /** What was visited. */
  item: CatalogueItem;
  /** Next: the calibrated probability that it is the next visit. Else: a score, 0..1, larger is better. */
  score: number;
  /** Visits so far. */
  visits: number;
  /** When last, where it is known; milliseconds since 1970. */
  lastVisit?: number;
  /** Unfinished: the number of its trail on this shelf, from 0. */
  trail?: number;
  /** Why, the strongest reason first, 3 at most. */
  reasons: Reason[];
}

/** A reason: a kind, and what a sentence about it needs. */
export interface Reason {
  /**
   * `after`: it followed `item` `times` of `of` times. `habit`: `times` of its `of` visits were about this time of the day or week.
   * `often`: `times` visits. `recent`: visited a short while ago. `rhythm`: it comes back about every `hours`.
   * `together`: visited in the same sittings as `item`, `times` times. `site`: of a site that is visited a lot now.
   * `words`: its title shares `words` with what is visited now. `trail`: `times` pages were read in `of` sittings, and then no more.
   */
  kind: 'after' | 'habit' | 'often' | 'recent' | 'rhythm' | 'together' | 'site' | 'words' | 'trail';
  /** Of `after` and `together`. */
  item?: CatalogueItem;
  /** How often. */
  times?: number;
  /** Out of how many. */
  of?: number;
  /** Of `rhythm`. */
  hours?: number;
  /** Of `words`; else empty. */
  words: string[];
  /** Counterfactual (Next only): the place on the list, from 1, that the item would have without this. */
  placeWithout?: number;
}

/** How a shelf did on the visitor's own later events: each was predicted, then learned. */
export type Verdict =
  | { status: 'too-little'; events: number; needed: number }
  | {
      status: 'measured';
      events: number;
      /**
       * Share of events among the shelf's first 10, and the bounds of its 95% interval (bootstrap by day). Unfinished: events are the first 3
       * trails of each day, where there were more; a hit went on within 7 days (bootstrap by week). New: pages of the pool opened since.
       */
      hitRate: [number, number, number];
      /** The best simple predictor of the same. */
      baseline: string;
      baselineHitRate: [number, number, number];
      /** The shelf's share less the baseline's, with bounds: where the lower one is not above 0, "your most-visited list is as good". */
      gain: [number, number, number];
    };

/** What matches the words, the likeliest first. */
export interface Refound {
  /** The likeliest first. */
  items: ShelfItem[];
  /** How many match in all. */
  total: number;
}

/** How well each predictor told the later half (the latest 10,000 visits at most) of one's own history. */
export type HistoryEvaluation =
  | { status: 'too-little'; events: number; needed: number }
  | {
      status: 'measured';
      events: number;
      /** Share of visits of something never visited before: misses for every row. */
      novel: number;
      /** The mixture first, then the simple predictors. */
      rows: PredictorRow[];
    };

/** One predictor's row; each figure with the bounds of its 95% interval. */
export interface PredictorRow {
  /** Its name. */
  model: string;
  /** Share of visits among its first 5. */
  hitRate5: [number, number, number];
  /** Share of visits among its first 10. */
  hitRate10: [number, number, number];
  /** Mean reciprocal rank within its first 10. */
  mrr10: [number, number, number];
  /** Hit rate at 10 of the visits that start a sitting; absent where there are none. */
  starts?: number;
  /** Of those inside a sitting. */
  inside?: number;
  /** Of those of something that was not visited for 7 days. */
  gap?: number;
  /** Expected calibration error of the first place's probability (the mixture only). */
  ece?: number;
}

/** A Trainer that is ready. */
export interface Opened {
  device: 'cpu' | 'webgpu';
  /** Largest difference of the self-test to the CPU, relative to the largest value; absent on the CPU. */
  deviation?: number;
}

/** How fast a training would be on this device, by a few steps that were thrown away. */
export interface Speed {
  /** Milliseconds a step, at the mean over all phases' steps. */
  step: number;
  /** Seconds that all planned steps take; early stopping may end it sooner. */
  seconds: number;
}

/** Of the same training on two devices. */
export interface Speeds {
  cpu: Speed;
  gpu: Speed;
}

/** Where a training is. */
export interface Progress {
  /** `warming-up` comes first, and only on a GPU, which compiles what it will run. */
  phase: 'warming-up' | 'skip-gram' | 'glove' | 'sequence' | 'validation' | 'done';
  /** Steps done in all phases. */
  step: number;
  /** Steps planned in all phases: an upper bound, as training stops early. */
  of: number;
  /** Share of the work done, 0..1: steps of different phases cost differently. */
  fraction: number;
  /** The pass in this phase, from 1, and how many are planned; while warming up, the part of it. */
  epoch: number;
  /** Of the phase, at most. */
  epochs: number;
  /** Mean loss per target (nats) since the last report; absent while not read yet. */
  loss?: number;
  /** Latest validation NDCG@10; absent before the first. */
  validation?: number;
  /** Events learned from a second, of late. */
  eventsPerSecond: number;
  /** At that pace; absent before it is known. */
  secondsLeft?: number;
  /** Is the model trained and in use? */
  done: boolean;
}
