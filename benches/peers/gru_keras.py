"""A training step of the GRU of benches/browser/workload.js in Keras, one thread."""

import json
import sys
import time

import numpy as np

from gru import BATCH, model_and_walks, step_size

WARM_UP, SECONDS, LOSS_AT = 48, 8.0, 48


def main():
    model, walks = model_and_walks(sys.argv[1])

    def step(number):
        model.optimizer.learning_rate = step_size(number)
        rows = walks[np.arange(number * BATCH, (number + 1) * BATCH) % len(walks)]
        return float(model.train_on_batch(rows[:, :-1], rows[:, 1:]))

    losses = [step(number) for number in range(WARM_UP)]
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        step(WARM_UP + done)
        done += 1
    milliseconds = (time.perf_counter() - start) * 1000 / done
    print(json.dumps({"ms": milliseconds, "steps": done, "losses": [[1, losses[0]], [LOSS_AT, losses[LOSS_AT - 1]]]}))


main()
