'use client';
import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import { Recommendations, usePageView, useRecommender } from 'homebody/react';

export function Product({ id }) {
  const router = useRouter();
  const { recommender, error } = useRecommender({ catalogue: '/catalogue.json' });
  const failed = usePageView(recommender, id);
  const [events, setEvents] = useState(0);
  useEffect(() => {
    if (!recommender) return undefined;
    const count = async () => setEvents((await recommender.summary()).events);
    count();
    return recommender.on('change', count);
  }, [recommender]);
  const select = (event) => {
    event.preventDefault();
    router.push(`/item/${event.detail.item.id}`);
  };
  return (
    <section>
      <output>{(error ?? failed)?.message ?? `${events} views`}</output>
      <Recommendations recommender={recommender} k={4} link="/item/{id}" onSelect={select}>
        <span slot="heading">Next</span>
      </Recommendations>
    </section>
  );
}
