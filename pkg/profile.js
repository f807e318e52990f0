/** All that a recommender knows about the visitor, readable. */
export async function profile(recommender, arms) {
  const [{ events }, summary, storage] = await Promise.all([
    recommender.history({ limit: 2 ** 31 }),
    recommender.summary(),
    recommender.storage(),
  ]);
  const items = new Map();
  const topics = new Map();
  // Newest first: the first time met is the last.
  for (const { item, time } of events) {
    const known = items.get(item.id) ?? { item, views: 0, last: time };
    items.set(item.id, { ...known, views: known.views + 1 });
    if (item.topic) topics.set(item.topic, (topics.get(item.topic) ?? 0) + 1);
  }
  const shares = [...topics].map(([topic, views]) => ({ topic, share: views / events.length }));
  return {
    history: events,
    items: [...items.values()].sort((a, b) => b.views - a.views),
    topics: shares.sort((a, b) => b.share - a.share),
    summary,
    storage,
    arms: { ...arms },
  };
}
