import type { CSSProperties, ReactNode, ReactElement } from 'react';
import type { ElementTexts, HomebodyRecommendations, Selection } from './element.js';
import type { OpenOptions, RecommendOptions, Recommender } from './index.js';
import type { SharedOptions } from './page.js';
import type { CatalogueItem, Recommendation, Recommendations as Answer, RepeatPolicy, SimilarItem } from './protocol.js';

/**
 * Opens the page's recommender of these options once the browser is idle; null until then, and while a server renders. Components that give equal
 * options share it, and it lives as long as the page, so that a route change loses nothing.
 */
export function useRecommender(options: SharedOptions): { recommender: Recommender | null; error: Error | null };

/** What comes next; asks again when the history, the catalogue or the model changes. */
export function useRecommendations(
  recommender: Recommender | null,
  options?: RecommendOptions,
): Answer & { state: 'loading' | 'empty' | 'ready' | 'error'; error: Error | null };

/** Records that the page of an item is viewed, once: not for a render more, an effect run twice or a reload. Gives what failed. */
export function usePageView(recommender: Recommender | null, item: string | undefined): Error | null;

/** The attributes and properties of `<homebody-recommendations>`; see there. Children fill its slots. */
export interface RecommendationsProps {
  /** The one to ask; or give `catalogue`. */
  recommender?: Recommender | null;
  /** Address of a JSON array of items. */
  catalogue?: string;
  /** Id of the item that the page shows; recorded once. */
  viewing?: string;
  /** How many; default 6. */
  k?: number;
  /** Default `exclude`. */
  repeats?: RepeatPolicy;
  /** 0 to 1; default 0. */
  diversity?: number;
  /** An id: what is similar to it, in place of what comes next. */
  similarTo?: string;
  /** Address of an item, with `{id}` in it; default the item's `url`. */
  link?: string;
  /** Address of an item's picture, with `{id}` in it; default the item's `image`. */
  image?: string;
  /** Show what an item is recommended for? Default false. */
  reasons?: boolean;
  /** Train once 80 events are new? Default false. */
  train?: boolean;
  /** With `catalogue`: as in `Recommender.open`. */
  storage?: OpenOptions['storage'];
  /** With `catalogue`: address of a base model. */
  baseModel?: string;
  /** Its SHA-256, in hex. */
  baseModelSha256?: string;
  /** With `catalogue`: as in `Recommender.open`. */
  device?: OpenOptions['device'];
  /** Other words than its own, all or some. */
  texts?: Partial<ElementTexts>;
  /** Ids that are not to be shown. */
  exclude?: string[];
  /** Builds the content of an item's link. */
  renderItem?: (item: CatalogueItem, recommendation: Recommendation | SimilarItem) => Node;
  /** `event.preventDefault()` leaves going there to a router. */
  onSelect?: (event: CustomEvent<Selection>) => void;
  /** Half of a list was on the screen; once a list. Names no item. */
  onImpression?: (event: CustomEvent<{ by: string; count: number }>) => void;
  /** An item was chosen. Names no item; `position` counts from 1. */
  onClick?: (event: CustomEvent<{ by: string; position: number }>) => void;
  /** What the element shows as its error, too. */
  onError?: (event: CustomEvent<{ error: Error }>) => void;
  /** The element's. */
  id?: string;
  /** The element's. */
  className?: string;
  /** The element's. */
  style?: CSSProperties;
  /** For its slots. */
  children?: ReactNode;
}

/** `<homebody-recommendations>` as a component. */
export function Recommendations(props: RecommendationsProps): ReactElement;

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'homebody-recommendations': { ref?: { current: HomebodyRecommendations | null }; [attribute: string]: unknown };
    }
  }
}
