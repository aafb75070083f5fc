"""Where the time of an epoch goes, and how far it is from the machine's limit.

    python tests/benchmarks/epoch_profile.py [--recipe small-cnn] [--images 4083]

Random pixels of the recipe's size, as many as the real sample has for training; labels
with its shares would change nothing; deterministic operations, as `hirise train` has.
Each part alone, medians of 3 passes after one that is not counted:

- reading, turning and relighting: the batches of an epoch, without a network;
- arithmetic: `model.fit` on one batch that stays in memory, as often as an epoch has
  batches;
- both: `model.fit` on the real batches, which should take no longer than the slower
  part, since one prepares while the other computes;
- judging: inference on 720 validation images and the fixed sample of training images.

Operations are those of convolutions and dense layers, a multiplication and an addition
counting two; the backward pass counts twice the forward pass. The limit is what this
machine reaches in a product of two 2,048×2,048 float32 matrices in TensorFlow.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from hirise.models.batches import plain_batches
from hirise.recipes import recipe_named
from hirise.training.networks import build_model, compile_model
from hirise.training.pipeline import training_batches

N_CLASSES, N_VAL, N_SAMPLE, PASSES = 8, 720, 2_000, 3


def timed(step: Callable[[], Any]) -> float:
    """Median seconds of `PASSES` calls after one that is not counted."""
    step()
    spent = []
    for _ in range(PASSES):
        begun = time.perf_counter()
        step()
        spent.append(time.perf_counter() - begun)
    return statistics.median(spent)


def operations(model: keras.Model) -> int:
    """Of the forward pass of one image."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
            places = int(np.prod(layer.output.shape[1:-1], dtype=np.int64))
            total += 2 * places * int(np.prod(layer.kernel.shape))
    return total


def limit() -> float:
    """Operations per second in a product of matrices, the best of five."""
    n = 2_048
    one = tf.random.normal((n, n))
    product = tf.function(lambda: tf.reduce_sum(one @ one))
    best = min(timed(lambda: float(product())) for _ in range(5))
    return 2 * n**3 / best


def consume(batches: tf.data.Dataset) -> None:
    for _ in batches:
        pass


def profile(name: str, n: int) -> None:
    keras.utils.set_random_seed(0)
    tf.config.experimental.enable_op_determinism()
    recipe = recipe_named(name)
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (n, recipe.image_size, recipe.image_size), np.uint8)
    labels = rng.integers(0, N_CLASSES, n)
    steps = -(-n // recipe.batch_size)
    model = build_model(recipe, N_CLASSES)
    compile_model(model, recipe, batches=steps)
    batches = training_batches(
        pixels,
        labels,
        np.arange(n),
        n_classes=N_CLASSES,
        batch_size=recipe.batch_size,
        augment=recipe.augment,
        seed=0,
        epochs=PASSES + 2,
    )
    one = {"steps_per_epoch": steps, "shuffle": False, "verbose": 0}
    first = next(iter(batches))
    kept = tf.data.Dataset.from_tensors(first).cache().repeat()
    judged = plain_batches(pixels, np.arange(min(n, N_VAL + N_SAMPLE)))
    parts = {
        "reading, turning, relighting": timed(lambda: consume(batches.take(steps))),
        "arithmetic": timed(lambda: model.fit(kept, **one)),
        "both": timed(lambda: model.fit(batches, **one)),
        "judging": timed(lambda: model.predict(judged, verbose=0)),
    }
    print(f"{name}: {n:,} images of {recipe.image_size} pixels, {os.cpu_count()} cores")
    for part, seconds in parts.items():
        print(f"  {part:<30} {seconds:7.2f} s   {n / seconds:8.0f} images/s")
    each = 3 * operations(model)
    reached, most = each * n / parts["arithmetic"], limit()
    print(
        f"  {each / 1e6:.0f} million operations per image; "
        f"{reached / 1e9:.1f} of {most / 1e9:.1f} billion per second: "
        f"{reached / most:.0%} of the limit"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", nargs="+", default=["small-cnn", "blog-final"])
    parser.add_argument("--images", type=int, default=4_083)
    chosen = parser.parse_args()
    for name in chosen.recipe:
        profile(name, chosen.images)


if __name__ == "__main__":
    main()
