"""A training step of the GRU of benches/browser/workload.js in Keras, one thread."""

import json
import sys
import time

import numpy as np

from gru import BATCH, model_and_walks

WARM_UP, SECONDS, LOSS_AT = 10, 8.0, 4


def main():
    model, walks = model_and_walks(sys.argv[1])

    def step(number):
        rows = walks[np.arange(number * BATCH, (number + 1) * BATCH) % len(walks)]
        return float(model.train_on_batch(rows[:, :-1], rows[:, 1:]))

    # train_on_batch gives the mean loss since the beginning: its differences are the steps' own.
    means = [step(number) for number in range(WARM_UP)]
    own = [mean * (n + 1) - (means[n - 1] * n if n else 0) for n, mean in enumerate(means)]
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        step(WARM_UP + done)
        done += 1
    milliseconds = (time.perf_counter() - start) * 1000 / done
    print(json.dumps({"ms": milliseconds, "steps": done, "losses": [[1, own[0]], [LOSS_AT, own[LOSS_AT - 1]]]}))


main()
