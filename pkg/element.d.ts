import type { HomebodyError, Recommender } from './index.js';
import type { CatalogueItem, Recommendation, SimilarItem } from './protocol.js';

/** What the element says itself. */
export interface ElementTexts {
  /** Default "Recommended for you". */
  heading: string;
  /** Said where there is nothing to show. */
  empty: string;
  /** Stands beside the progress bar. */
  training: string;
  /** The button beside an error. */
  retry: string;
  /** The reason under an item, where `reasons` is set. */
  because: (title: string) => string;
  /** Said to screen readers when the list changes. */
  status: (count: number) => string;
}

/** What was chosen. `position` counts from 1. */
export type Selection = (Recommendation | SimilarItem) & { position: number };

/** The element's own events; all bubble and cross shadow roots. */
export interface HomebodyRecommendationsEventMap {
  /** An item was chosen, before the browser follows its link; `preventDefault()` leaves that to a router. */
  'homebody-select': CustomEvent<Selection>;
  /** Half of a list was on the screen; once a list. Names no item. */
  'homebody-impression': CustomEvent<{ by: string; count: number }>;
  /** An item was chosen. Names no item; `position` counts from 1. */
  'homebody-click': CustomEvent<{ by: string; position: number }>;
  /** What the element shows as its error, too. */
  'homebody-error': CustomEvent<{ error: HomebodyError | Error }>;
}

/**
 * `<homebody-recommendations>`: an accessible list of what comes next, or of what is similar. It waits until the page is loaded and idle, asks
 * again whenever the history, the catalogue or the model changes, and keeps its size meanwhile.
 *
 * Attributes:
 * - `catalogue`: address of a JSON array of items; the element then opens the recommender itself, one for all elements of the page with the
 *   same `catalogue`, `storage`, `base-model` and `device`. Or set the property `recommender`.
 * - `base-model`, `base-model-sha256`: address and hash of a base model. `storage`, `device`: as in `Recommender.open`.
 * - `viewing`: the id of the item that the page shows: recorded once (see `recordView`), and left out of the list.
 * - `k`: how many; default 6. `repeats`: `exclude` (default), `allow`, `only`. `diversity`: 0 to 1, default 0.
 * - `similar-to`: an id; shows what is similar to it instead of what comes next.
 * - `link`: the address of an item, `{id}` in it stands for the id: `/item/{id}`; default the item's `url`. Items without an address are buttons
 *   (see `homebody-select`). Only http and https addresses are followed.
 * - `image`: the address of an item's picture, likewise; default the item's `image`.
 * - `reasons`: shows under each item what it is recommended for, once a model ranks.
 * - `train`: trains on this device when enough is new (80 events); a visitor of a few pages never does.
 *
 * The attribute `state` says `loading`, `empty`, `training`, `ready` or `error`.
 *
 * Slots: `heading`, `empty`, `training`, `error`.
 * Parts: `section`, `header`, `heading`, `list`, `item`, `link`, `image`, `text`, `title`, `detail`, `reason`, `placeholder`, `message`, `empty`,
 * `error`, `retry`, `training`, `progress`.
 * Custom properties (default): `--homebody-accent` (the system's highlight), `--homebody-border`, `--homebody-surface`, `--homebody-surface-hover`,
 * `--homebody-color`, `--homebody-error`, `--homebody-message-surface`, `--homebody-message-color`, `--homebody-radius` (0.6rem), `--homebody-gap`
 * (0.75rem), `--homebody-columns` (as many as fit), `--homebody-item-height` (5.75rem).
 */
export class HomebodyRecommendations extends HTMLElement {
  /** The recommender that it asks, or a promise of it; null where there is none. */
  get recommender(): Recommender | Promise<Recommender> | null;
  set recommender(recommender: Recommender | Promise<Recommender> | null);
  /** Other words than its own, all or some. */
  get texts(): ElementTexts;
  set texts(texts: Partial<ElementTexts>);
  /** Ids that are not to be shown. */
  exclude: string[];
  /** Builds the content of an item's link, in place of picture, title, detail and reason. */
  renderItem: ((item: CatalogueItem, recommendation: Recommendation | SimilarItem) => Node) | undefined;
  /** What it shows just now. */
  readonly state: 'loading' | 'empty' | 'training' | 'ready' | 'error' | null;
  /** Asks again. It does so itself whenever what it rests on changes. */
  refresh(): Promise<void>;

  /** Its own events, typed. */
  addEventListener<Name extends keyof HomebodyRecommendationsEventMap>(
    name: Name,
    listener: (this: HomebodyRecommendations, event: HomebodyRecommendationsEventMap[Name]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** All others. */
  addEventListener(name: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

declare global {
  interface HTMLElementTagNameMap {
    'homebody-recommendations': HomebodyRecommendations;
  }
}
