"""A training step of the GRU of benches/browser/workload.js in Keras, one thread."""

import json
import sys
import time

import numpy as np

from gru import BATCH, model_and_walks, step_size

SECONDS, LOSSES_AT = 8.0, (1, 2, 3, 24)


def main():
    model, walks = model_and_walks(sys.argv[1])

    def step(number):
        model.optimizer.learning_rate = step_size(number)
        rows = walks[np.arange(number * BATCH, (number + 1) * BATCH) % len(walks)]
        return float(model.train_on_batch(rows[:, :-1], rows[:, 1:]))

    losses, times = [], []
    start = time.perf_counter()
    while len(times) < LOSSES_AT[-1] or time.perf_counter() - start < SECONDS:
        before = time.perf_counter()
        loss = step(len(times))
        times.append(time.perf_counter() - before)
        if len(times) in LOSSES_AT:
            losses.append([len(times), loss])
    # The first step traces the graph.
    print(json.dumps({"ms": float(np.median(times[1:])) * 1000, "steps": len(times), "losses": losses}))


main()
