import type { OpenOptions, Recommender } from './index.js';
import type { CatalogueItem } from './protocol.js';

/** As `Recommender.open` takes them; `catalogue` may be the address of a JSON array. Plain data: two equal ones are the same. */
export type SharedOptions = Omit<OpenOptions, 'catalogue'> & { catalogue: string | CatalogueItem[] };

/** Resolves once the page has loaded and the browser is idle (after 5 seconds, where it never is). `signal` rejects it. */
export function whenIdle(options?: { signal?: AbortSignal }): Promise<void>;

/**
 * The page's one recommender of these options, opened once the browser is idle; nothing but this small file is loaded before. Elements, hooks and code
 * that give equal options share it. It lives as long as the page.
 */
export function openShared(options: SharedOptions): Promise<Recommender>;

/**
 * Records that the page of an item is viewed, once: a view that repeats the latest one within 30 minutes (a reload, a way back from a list, an effect
 * that ran twice) is the same view. True where it was recorded.
 */
export function recordView(recommender: Recommender, item: string): Promise<boolean>;
