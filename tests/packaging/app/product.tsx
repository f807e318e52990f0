import { Recommendations, usePageView, useRecommendations, useRecommender } from 'homebody/react';

export function Product({ id }: { id: string }) {
  const { recommender, error } = useRecommender({ catalogue: '/catalogue.json', storage: 'keep' });
  usePageView(recommender, id);
  const { items, state } = useRecommendations(recommender, { k: 3, context: id });
  if (error) return null;
  return (
    <section>
      <p>
        {state}: {items.map(({ item }) => item.title).join(', ')}
      </p>
      <Recommendations recommender={recommender} k={6} link="/item/{id}" onSelect={(event) => event.preventDefault()}>
        <span slot="heading">Next</span>
      </Recommendations>
    </section>
  );
}
