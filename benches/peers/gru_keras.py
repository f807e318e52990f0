"""The step of benches/browser/workload.js in Keras, one thread: embedding, GRU, logits tied to the embedding, softmax over all items, Adam."""

import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras
import numpy as np
import tensorflow as tf

ITEMS, DIM, BATCH, STEPS, RATE = 3000, 64, 64, 20, 0.002
WARM_UP, SECONDS, LOSS_AT = 10, 8.0, 4

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
keras.utils.set_random_seed(1)


class NextItem(keras.Model):
    def __init__(self):
        super().__init__()
        self.table = keras.layers.Embedding(ITEMS, DIM)
        self.gru = keras.layers.GRU(DIM, return_sequences=True)

    def call(self, items):
        hidden = self.gru(self.table(items))
        return keras.ops.matmul(hidden, keras.ops.transpose(self.table.embeddings))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        walks = np.array([[int(item) for item in line.split()] for line in file], dtype=np.int32)
    model = NextItem()
    model.compile(
        optimizer=keras.optimizers.Adam(RATE),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )

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
