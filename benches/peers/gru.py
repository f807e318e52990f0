"""The GRU of benches/browser/workload.js in Keras, one thread: embedding, GRU, logits tied to the embedding, softmax over all items, Adam."""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras
import numpy as np
import tensorflow as tf

ITEMS, DIM, BATCH, STEPS, RATE = 3000, 64, 64, 20, 0.02
# One session in so many is held out, as homebody does.
STRIDE = 12
# Steps that homebody plans to train: EPOCHS passes over GRU.walks, see benches/browser/workload.js.
PLANNED = 3 * 130

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)
keras.utils.set_random_seed(1)


def uniform(bound):
    return keras.initializers.RandomUniform(-bound, bound)


class NextItem(keras.Model):
    def __init__(self):
        super().__init__()
        # All weights start as homebody's do.
        start = uniform(DIM**-0.5)
        self.table = keras.layers.Embedding(ITEMS, DIM, embeddings_initializer=start)
        initial = {f"{part}_initializer": start for part in ("kernel", "recurrent", "bias")}
        self.gru = keras.layers.GRU(DIM, return_sequences=True, **initial)

    def call(self, items):
        hidden = self.gru(self.table(items))
        return keras.ops.matmul(hidden, keras.ops.transpose(self.table.embeddings))


def model_and_walks(file):
    """The compiled model, and all sessions, `[sessions, STEPS + 1]`."""
    with open(file, encoding="utf-8") as lines:
        walks = np.array([[int(item) for item in line.split()] for line in lines], dtype=np.int32)
    model = NextItem()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(RATE), loss=loss)
    return model, walks


def held_out(walks):
    """Sessions to learn from, and those to predict the last item of."""
    out = np.arange(len(walks)) % STRIDE == STRIDE - 1
    return walks[~out], walks[out]


def mean_ndcg(model, cases):
    """NDCG@10 of the sessions' last items among all; a tie counts against them."""
    gains = []
    for first in range(0, len(cases), BATCH):
        rows = cases[first : first + BATCH]
        logits = np.asarray(model(rows[:, :-1]))[:, -1]
        own = np.take_along_axis(logits, rows[:, -1:], axis=1)
        rank = (logits >= own).sum(axis=1)
        gains.extend(np.where(rank <= 10, 1 / np.log2(1 + rank), 0.0))
    return float(np.mean(gains))


def step_size(step):
    """homebody's step size at a step from 0, as in benches/browser/workload.js."""
    rise = max(PLANNED // 20, 1)
    if step < rise:
        return RATE * (step + 1) / rise
    progress = min((step - rise) / (PLANNED - rise), 1)
    return RATE * (0.1 + 0.9 * 0.5 * (1 + np.cos(np.pi * progress)))
