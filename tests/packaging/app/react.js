import { createElement as h, StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Recommendations, usePageView, useRecommendations, useRecommender } from 'homebody/react';
import { catalogue } from './ring.js';

function App() {
  const { recommender } = useRecommender({ catalogue, device: 'cpu' });
  const [viewed, setViewed] = useState('item0');
  usePageView(recommender, viewed);
  const { items, state } = useRecommendations(recommender, { k: 3 });
  // Others' walks, so that there is something to rank by.
  useEffect(() => void recommender?.simulate({ visitors: 60 }), [recommender]);
  const [events, setEvents] = useState(0);
  useEffect(() => {
    const count = async () => setEvents((await recommender.summary()).events);
    return recommender?.on('change', count);
  }, [recommender]);
  return h(
    'main',
    null,
    h('output', null, `${state}: ${items.length} after ${events}`),
    h(Recommendations, { recommender, k: 4, link: '#{id}', onSelect: (event) => setViewed(event.detail.item.id) }, h('span', { slot: 'heading' }, 'Next')),
  );
}

const root = document.createElement('div');
document.body.append(root);
createRoot(root).render(h(StrictMode, null, h(App)));
