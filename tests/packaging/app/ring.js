// Data whose answer is known: walks around a ring of nine items, so that what follows item 2 is item 3.
export const catalogue = Array.from({ length: 9 }, (_, item) => ({
  id: `item${item}`,
  title: `Item ${item}`,
  topic: `Third ${Math.floor(item / 3)}`,
}));

/** Opens a recommender of the ring, records a walk that ends at item 2, trains, and gives what comes next. */
export async function walk(Recommender, options = {}) {
  const recommender = await Recommender.open({ device: 'cpu', ...options });
  await recommender.setCatalogue(catalogue);
  for (let step = 0; step < 120; step++) await recommender.record(`item${step % 9}`);
  for await (const progress of recommender.train({ model: 'gru', epochs: 3 })) void progress;
  const { by, items } = await recommender.recommend({ k: 3, repeats: 'allow' });
  return { recommender, by, first: items[0].item.id, device: recommender.device.device };
}
