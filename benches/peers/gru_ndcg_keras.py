"""Seconds of training until Keras' GRU, one thread, reaches the NDCG@10 of benches/browser/workload.js on sessions that it does not learn from."""

import json
import sys
import time

from gru import BATCH, held_out, mean_ndcg, model_and_walks

# TO_NDCG of benches/browser/workload.js.
WALKS, RATE, TARGET, JUDGED_EVERY, PASSES = 96, 0.05, 0.6, 11, 5


def main():
    model, walks = model_and_walks(sys.argv[1])
    model.optimizer.learning_rate = RATE
    learned, cases = held_out(walks[: WALKS * BATCH])
    per_pass = len(learned) // BATCH
    seconds, curve = 0.0, []
    for step in range(PASSES * per_pass):
        first = step % per_pass * BATCH
        rows = learned[first : first + BATCH]
        start = time.perf_counter()
        model.train_on_batch(rows[:, :-1], rows[:, 1:])
        # The first step traces the graph.
        seconds += time.perf_counter() - start if step else 0.0
        if (step + 1) % JUDGED_EVERY == 0:
            curve.append([step + 1, seconds, mean_ndcg(model, cases)])
            if curve[-1][2] >= TARGET:
                print(json.dumps({"seconds": seconds, "target": TARGET, "curve": curve}))
                return
    print(json.dumps({"missing": f"it ended before {TARGET} was reached: {curve}"}))


main()
