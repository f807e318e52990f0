"""Skip-gram on the sessions of benches/browser/workload.js in gensim, one worker."""

import json
import sys
import time

from gensim.models import Word2Vec

DIM, WINDOW, NEGATIVES, EPOCHS, ASKED = 64, 5, 5, 5, 300


def successors(walks):
    """What followed each item most often, by item as they appear."""
    counts = {}
    for walk in walks:
        for item, following in zip(walk, walk[1:]):
            of_item = counts.setdefault(item, {})
            of_item[following] = of_item.get(following, 0) + 1
    return {item: max(of_item, key=of_item.get) for item, of_item in counts.items()}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        walks = [line.split() for line in file]
    model = Word2Vec(vector_size=DIM, window=WINDOW, sg=1, negative=NEGATIVES, min_count=1, sample=0, workers=1, seed=1)
    model.build_vocab(walks)
    start = time.perf_counter()
    model.train(walks, total_examples=len(walks), epochs=EPOCHS)
    seconds = time.perf_counter() - start
    after = successors(walks)
    asked = list(after)[:ASKED]
    found = sum(after[item] in [near for near, _ in model.wv.most_similar(item, topn=10)] for item in asked)
    events = EPOCHS * sum(map(len, walks))
    print(json.dumps({"eventsPerSecond": events / seconds, "found": found / len(asked)}))


main()
