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
  recommender?: Recommender | null;
  catalogue?: string;
  viewing?: string;
  k?: number;
  repeats?: RepeatPolicy;
  diversity?: number;
  similarTo?: string;
  link?: string;
  image?: string;
  reasons?: boolean;
  train?: boolean;
  storage?: OpenOptions['storage'];
  baseModel?: string;
  device?: OpenOptions['device'];
  texts?: Partial<ElementTexts>;
  exclude?: string[];
  renderItem?: (item: CatalogueItem, recommendation: Recommendation | SimilarItem) => Node;
  /** `event.preventDefault()` leaves going there to a router. */
  onSelect?: (event: CustomEvent<Selection>) => void;
  onImpression?: (event: CustomEvent<{ by: string; count: number }>) => void;
  onClick?: (event: CustomEvent<{ by: string; position: number }>) => void;
  onError?: (event: CustomEvent<{ error: Error }>) => void;
  id?: string;
  className?: string;
  style?: CSSProperties;
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
