import { TEXTS, View, WARMING_UP } from './element-view.js';
import { openShared, recordView } from './page.js';

// A server renders the bare tag; the browser brings it to life.
const Base = globalThis.HTMLElement ?? class {};

/** Events before a training pays, and new ones before the next does. */
const WORTH_TRAINING = 80;
/** What a recommender lists at most. */
const MOST = 1000;
const NOTHING = { by: 'none', items: [] };
const NUMBERS = { k: 6, diversity: undefined };
/** Why no training begins, or one ends, that is nobody's fault: another list's goes on, another tab leads. */
const NO_FAULT = ['busy', 'elsewhere', 'superseded'];

/** The address where it leads to the web: never to a script, whoever wrote the catalogue. */
function web(address) {
  if (address == null) return null;
  try {
    const { protocol, href } = new URL(address, document.baseURI);
    return protocol === 'https:' || protocol === 'http:' ? href : null;
  } catch {
    return null;
  }
}

/** `<homebody-recommendations>`: a list of what comes next, or of what is similar. See element.d.ts. */
export class HomebodyRecommendations extends Base {
  static observedAttributes = [
    'base-model', 'base-model-sha256', 'catalogue', 'device', 'diversity', 'image', 'k', 'link', 'reasons', 'repeats', 'similar-to', 'storage', 'train', 'viewing',
  ];

  #view;
  #recommender = null;
  #texts = TEXTS;
  #renderItem;
  #exclude = [];
  #asked = null;
  #answered = NOTHING;
  #progress = null;
  #viewed;
  #ends = [];
  #pending = null;
  #again = false;
  #training = false;
  #signal;
  #seen;

  /** The recommender to ask, or a promise of it: the site's, else the one that the element opens for its `catalogue`. */
  get recommender() {
    return this.#open();
  }

  set recommender(recommender) {
    if (recommender === this.#recommender) return;
    this.#recommender = recommender;
    this.#leave();
    if (this.isConnected) this.#join();
  }

  get texts() {
    return this.#texts;
  }

  set texts(texts) {
    this.#texts = { ...TEXTS, ...texts };
    this.#change();
  }

  get exclude() {
    return this.#exclude;
  }

  set exclude(ids) {
    this.#exclude = [...ids];
    this.#change();
  }

  get renderItem() {
    return this.#renderItem;
  }

  set renderItem(renderItem) {
    this.#renderItem = renderItem;
    this.#change();
  }

  get state() {
    return this.getAttribute('state');
  }

  connectedCallback() {
    this.#upgrade('recommender', 'texts', 'exclude', 'renderItem');
    this.#view ??= new View(this.attachShadow({ mode: 'open' }), {
      onSelect: (event, position) => this.#select(event, position),
      onRetry: () => this.#join(),
    });
    this.#seen ??= new IntersectionObserver((entries) => this.#meet(entries), { threshold: 0.5 });
    this.#draw('loading');
    this.#join();
  }

  disconnectedCallback() {
    this.#leave();
    this.#seen.disconnect();
  }

  attributeChangedCallback(name, old, now) {
    if (old === now || !this.#view || !this.isConnected) return;
    if (['base-model', 'base-model-sha256', 'catalogue', 'device', 'storage'].includes(name)) {
      this.#leave();
      this.#join();
    } else this.#change();
  }

  /** Asks again. The element does so itself whenever what it rests on changes. */
  async refresh() {
    this.#again = true;
    this.#pending ??= this.#ask();
    await this.#pending;
  }

  #change() {
    if (this.#view && this.isConnected) this.refresh();
  }

  // Properties that were set before the element was defined hide the accessors.
  #upgrade(...names) {
    for (const name of names) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
  }

  async #join() {
    this.#leave();
    const end = new AbortController();
    this.#ends.push(() => end.abort());
    this.#signal = end.signal;
    try {
      const recommender = await this.#open();
      if (!recommender || end.signal.aborted) return;
      this.#ends.push(
        recommender.on('change', () => this.refresh()),
        recommender.on('progress', (progress) => this.#learn(progress)),
      );
      await this.refresh();
    } catch (error) {
      if (!end.signal.aborted) this.#draw('error', error);
    }
  }

  #leave() {
    for (const end of this.#ends.splice(0)) end();
    this.#progress = null;
  }

  #open() {
    if (this.#recommender) return this.#recommender;
    const catalogue = this.getAttribute('catalogue');
    if (!catalogue) return null;
    const options = ['device', 'storage'].map((name) => [name, this.getAttribute(name)]).filter(([, value]) => value !== null);
    const baseModel = this.#baseModel();
    return openShared({ catalogue, ...Object.fromEntries(options), ...(baseModel && { baseModel }) });
  }

  #baseModel() {
    const url = this.getAttribute('base-model');
    const sha256 = this.getAttribute('base-model-sha256');
    return url && { url, ...(sha256 && { sha256 }) };
  }

  // What changes while an answer is awaited is asked once more, however often it changes.
  async #ask() {
    while (this.#again) {
      this.#again = false;
      await this.#askOnce().catch((error) => this.#draw('error', error));
    }
    // At once: whoever asks after the last look at `again` has to begin anew.
    this.#pending = null;
  }

  async #askOnce() {
    const recommender = await this.#open();
    if (!recommender) return this.#draw('loading');
    await this.#record(recommender);
    this.#answered = await this.#answer(recommender);
    this.#asked = recommender;
    this.#list();
    this.#draw(this.#answered.items.length > 0 ? 'ready' : 'empty');
    if (this.hasAttribute('train')) this.#train(recommender, this.#signal);
  }

  async #record(recommender) {
    const viewing = this.getAttribute('viewing');
    if (!viewing || viewing === this.#viewed) return;
    this.#viewed = viewing;
    await recordView(recommender, viewing);
  }

  async #answer(recommender) {
    const k = this.#number('k');
    const like = this.getAttribute('similar-to');
    if (like) return { by: 'similar', items: await this.#similar(recommender, like, k) };
    const viewing = this.getAttribute('viewing');
    const options = { k, exclude: viewing ? [...this.#exclude, viewing] : this.#exclude };
    const repeats = this.getAttribute('repeats');
    const diversity = this.#number('diversity');
    return recommender.recommend({ ...options, ...(repeats && { repeats }), ...(diversity !== undefined && { diversity }) });
  }

  async #similar(recommender, like, k) {
    const { items } = await recommender.similar(like, { k: Math.min(k + this.#exclude.length, MOST) });
    return items.filter(({ item }) => !this.#exclude.includes(item.id)).slice(0, k);
  }

  #number(name) {
    const text = this.getAttribute(name);
    return text === null ? NUMBERS[name] : Number(text);
  }

  #list() {
    this.#view.list(this.#answered.items, {
      k: this.#number('k'),
      texts: this.#texts,
      reasons: this.hasAttribute('reasons'),
      link: this.#address('link', 'url'),
      image: this.#address('image', 'image'),
      renderItem: this.#renderItem,
    });
    this.#seen.disconnect();
    if (this.#answered.items.length > 0) this.#seen.observe(this.#view.section);
  }

  /** Gives an item's address: by the attribute, in which `{id}` stands for the id, else the item's own. */
  #address(attribute, field) {
    const template = this.getAttribute(attribute);
    return (item) => web(template?.replaceAll('{id}', encodeURIComponent(item.id)) ?? item[field]);
  }

  #draw(state, error) {
    const shown = state === 'ready' && this.#progress !== null ? 'training' : state;
    if (shown === 'loading' || shown === 'error') {
      this.#answered = NOTHING;
      this.#list();
    }
    this.setAttribute('state', shown);
    this.#view.state({ state: shown, error: error && String(error.message ?? error), progress: this.#progress, texts: this.#texts });
    if (error) this.#tell('homebody-error', { error });
  }

  #learn({ done, fraction, phase }) {
    this.#progress = done ? null : phase === WARMING_UP ? WARMING_UP : fraction;
    if (['ready', 'training'].includes(this.state)) this.#draw('ready');
  }

  /** Trains when enough is new: a visitor of a few pages never does. */
  async #train(recommender, signal) {
    if (this.#training || signal.aborted) return;
    this.#training = true;
    try {
      const { events, model } = await recommender.summary();
      if (events - (model?.trainedEvents ?? 0) < WORTH_TRAINING) return;
      for await (const progress of recommender.train({ signal })) this.#learn(progress);
      await this.refresh();
    } catch (error) {
      if (!signal.aborted && !NO_FAULT.includes(error.code)) this.#draw('error', error);
    } finally {
      this.#training = false;
    }
  }

  #select(event, position) {
    const recommendation = this.#answered.items[position];
    this.#asked?.clicked(this.#answered, recommendation.item.id);
    this.#tell('homebody-click', { position: position + 1, by: this.#answered.by });
    const go = this.#tell('homebody-select', { ...recommendation, position: position + 1 }, { cancelable: true });
    if (!go) event.preventDefault();
  }

  // At most once a list, and only where half of it was on the screen.
  #meet(entries) {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    this.#seen.disconnect();
    this.#asked?.shown(this.#answered);
    this.#tell('homebody-impression', { count: this.#answered.items.length, by: this.#answered.by });
  }

  #tell(name, detail, options) {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, ...options }));
  }
}

globalThis.customElements?.define('homebody-recommendations', HomebodyRecommendations);
