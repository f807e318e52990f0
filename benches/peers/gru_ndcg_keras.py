"""Seconds of training until Keras' GRU, one thread, reaches the NDCG@10 of benches/browser/workload.js on sessions that it does not learn from."""

import json
import sys
import time

from gru import BATCH, held_out, mean_ndcg, model_and_walks

# As in benches/browser/workload.js.
TARGET = 0.6
EPOCHS = 20


def main():
    model, walks = model_and_walks(sys.argv[1])
    learned, cases = held_out(walks)
    seconds, curve = 0.0, []
    for epoch in range(EPOCHS):
        start = time.perf_counter()
        for first in range(0, len(learned) - BATCH + 1, BATCH):
            rows = learned[first : first + BATCH]
            model.train_on_batch(rows[:, :-1], rows[:, 1:])
        seconds += time.perf_counter() - start
        curve.append([seconds, mean_ndcg(model, cases)])
        if curve[-1][1] >= TARGET:
            break
    reached = next((at for at, ndcg in curve if ndcg >= TARGET), None)
    print(json.dumps({"seconds": reached, "target": TARGET, "curve": curve}))


main()
