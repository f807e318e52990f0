'use client';
import { createElement, useCallback, useEffect, useRef, useState } from 'react';
import './element.js';
import { openShared, recordView } from './page.js';

const CLOSED = { recommender: null, error: null };

/** Opens the page's recommender of these options once the browser is idle. Components that give equal options share it. */
export function useRecommender(options) {
  const [state, setState] = useState(CLOSED);
  const key = JSON.stringify(options);
  useEffect(() => {
    let left = false;
    openShared(JSON.parse(key)).then(
      (recommender) => left || setState({ recommender, error: null }),
      (error) => left || setState({ recommender: null, error }),
    );
    return () => {
      left = true;
      setState(CLOSED);
    };
  }, [key]);
  return state;
}

/** What comes next, kept up to date. */
export function useRecommendations(recommender, options = {}) {
  const [answer, setAnswer] = useState({ by: 'none', items: [], state: 'loading', error: null });
  const key = JSON.stringify(options);
  useEffect(() => {
    if (!recommender) return;
    let left = false;
    const ask = () =>
      recommender.recommend(JSON.parse(key)).then(
        (next) => left || setAnswer({ ...next, state: next.items.length > 0 ? 'ready' : 'empty', error: null }),
        (error) => left || setAnswer({ by: 'none', items: [], state: 'error', error }),
      );
    const end = recommender.on('change', ask);
    ask();
    return () => {
      left = true;
      end();
    };
  }, [recommender, key]);
  return answer;
}

/** Records that the page of an item is viewed, once, however often it is rendered. */
export function usePageView(recommender, item) {
  const [error, setError] = useState(null);
  useEffect(() => {
    if (recommender && item) recordView(recommender, item).then(() => setError(null), setError);
  }, [recommender, item]);
  return error;
}

/** `<homebody-recommendations>` as a component. */
export function Recommendations({ recommender, texts, exclude, renderItem, onSelect, onImpression, onClick, onError, ...attributes }) {
  const element = useRef(null);
  useProperty(element, 'texts', texts);
  useProperty(element, 'exclude', exclude);
  useProperty(element, 'renderItem', renderItem);
  useProperty(element, 'recommender', recommender);
  useListener(element, 'homebody-select', onSelect);
  useListener(element, 'homebody-impression', onImpression);
  useListener(element, 'homebody-click', onClick);
  useListener(element, 'homebody-error', onError);
  return createElement('homebody-recommendations', { ref: element, ...named(attributes) });
}

// React before 19 sets attributes only, and passes no custom event on.
function useProperty(element, name, value) {
  useEffect(() => {
    if (value !== undefined) element.current[name] = value;
  }, [element, name, value]);
}

function useListener(element, name, listener) {
  const latest = useRef(listener);
  latest.current = listener;
  const call = useCallback((event) => latest.current?.(event), []);
  useEffect(() => {
    const target = element.current;
    target.addEventListener(name, call);
    return () => target.removeEventListener(name, call);
  }, [element, name, call]);
}

/** `similarTo` as `similar-to`; true as an empty attribute, false as none. */
function named(props) {
  const attribute = ([name, value]) => {
    const kebab = /^(aria-|data-)/.test(name) ? name : name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return [name === 'className' ? 'class' : kebab, value === true ? '' : value];
  };
  return Object.fromEntries(Object.entries(props).filter(([, value]) => value !== false && value != null).map(attribute));
}
