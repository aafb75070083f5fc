"""Images per second of training: the blog's own pipeline beside that of `hirise train`.

    python tests/benchmarks/throughput.py [--data DIR] [--images 1500] [--repeats 3]

Each contender trains in a process of its own, on the same images of a HiRISE folder:

- `blog`: the blog's calls (`image_dataset_from_directory`, RGB, 227 pixels, float32,
  batches of 75) and its tuned network; `blog cached`: the same with its `cache()`;
- `hirise blog-final`: the same network and batches through `training_batches`;
- `hirise small-cnn`: the recipe as it is.

`hirise` computes deterministically, as `hirise train` does. Three epochs each, of which
the first (tracing, decoding, filling the cache) is left out. Contenders take turns;
medians over repeats. Memory per image is what a pipeline holds to serve it again:
float32 RGB for the blog, one byte per pixel for hirise, which need not even stay in
memory, as it is mapped from a file.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

CONTENDERS = ("blog", "blog cached", "hirise blog-final", "hirise small-cnn")
EPOCHS, BLOG_BATCH = 3, 75
MEMORY = {"blog": 227 * 227 * 3 * 4, "blog cached": 227 * 227 * 3 * 4}
SAMPLE = Path("../shared/data/hirise-map-proj-v3")


def seconds_per_epoch(fit: Any, **options: Any) -> list[float]:
    """Of each epoch but the first."""
    import keras

    class Clock(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.begun = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            spent.append(time.perf_counter() - self.begun)

    spent: list[float] = []
    fit(epochs=EPOCHS, callbacks=[Clock()], verbose=0, **options)
    return spent[1:]


def blog(folder: Path, labels: list[int], *, cached: bool) -> tuple[int, list[float]]:
    """The blog's pipeline and network; images per epoch, seconds of each."""
    import keras
    from keras import layers

    data = keras.utils.image_dataset_from_directory(
        str(folder),
        labels=labels,
        image_size=(227, 227),
        batch_size=BLOG_BATCH,
        seed=123,
        verbose=False,
    )
    n = len(labels)
    data = data.cache() if cached else data
    model = keras.Sequential([keras.Input((227, 227, 3)), layers.Rescaling(1 / 255)])
    for width in (16, 32, 64):
        model.add(layers.Conv2D(width, 3, padding="same", activation="relu"))
        model.add(layers.MaxPooling2D())
    model.add(layers.Dropout(0.2))
    model.add(layers.Flatten())
    for _ in range(3):
        model.add(layers.Dense(256, activation="relu"))
    model.add(layers.Dense(8))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    return n, seconds_per_epoch(model.fit, x=data)


def hirise(folder: Path, labels: list[int], name: str) -> tuple[int, list[float]]:
    """A recipe's pipeline and network; images per epoch, seconds of each."""
    import keras
    import numpy as np
    import tensorflow as tf

    from hirise.data.decoding import decode
    from hirise.recipes import recipe_named
    from hirise.training.networks import build_model, compile_model
    from hirise.training.pipeline import training_batches

    keras.utils.set_random_seed(0)
    tf.config.experimental.enable_op_determinism()
    recipe = recipe_named(name)
    files = sorted(folder.iterdir())
    pixels = np.stack(
        [np.asarray(decode(file.read_bytes(), recipe.image_size)) for file in files]
    )
    steps = -(-len(files) // recipe.batch_size)
    model = build_model(recipe, 8)
    compile_model(model, recipe, batches=steps)
    batches = training_batches(
        pixels,
        np.array(labels),
        np.arange(len(files)),
        n_classes=8,
        batch_size=recipe.batch_size,
        augment=recipe.augment,
        seed=0,
        epochs=EPOCHS,
    )
    return len(files), seconds_per_epoch(model.fit, x=batches, steps_per_epoch=steps)


def child(contender: str, folder: Path, labels: list[int]) -> None:
    if contender.startswith("blog"):
        n, seconds = blog(folder, labels, cached=contender.endswith("cached"))
    else:
        n, seconds = hirise(folder, labels, contender.split()[1])
    print(json.dumps({"rate": n / statistics.median(seconds)}))


def measure(contender: str, folder: Path, labels: list[int]) -> float:
    """Images per second of one process."""
    words = [sys.executable, __file__, "--child", contender, "--folder", str(folder)]
    done = subprocess.run(
        words,
        input=json.dumps(labels),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    return float(json.loads(done.stdout.splitlines()[-1])["rate"])


def linked(data: Path, n: int, folder: Path) -> list[int]:
    """Put links to `n` images into `folder`; their labels, sorted by file name."""
    from hirise.data import read_catalog

    catalog = read_catalog(data)
    table = catalog.table.sample(min(n, len(catalog.table)), random_state=0)
    table = table.sort_values("image")
    for path in table["path"]:
        (folder / Path(path).name).symlink_to((catalog.root / path).resolve())
    return [int(label) for label in table["label"]]


def compare(data: Path, *, images: int, repeats: int) -> None:
    from hirise.recipes import recipe_named

    with tempfile.TemporaryDirectory() as place:
        labels = linked(data, images, Path(place))
        print(f"{len(labels):,} images, {os.cpu_count()} cores, {repeats} repeats")
        rates: dict[str, list[float]] = {one: [] for one in CONTENDERS}
        for _ in range(repeats):
            for one in CONTENDERS:
                rates[one].append(measure(one, Path(place), labels))
    medians = {one: statistics.median(found) for one, found in rates.items()}
    for one, rate in medians.items():
        kept = MEMORY.get(one) or recipe_named(one.split()[1]).image_size ** 2
        print(
            f"{one:<18} {rate:6.0f} images/s   "
            f"ratio to blog {rate / medians['blog']:5.2f}   "
            f"to blog cached {rate / medians['blog cached']:5.2f}   "
            f"{kept / 1000:6.1f} KB per image   "
            f"({', '.join(f'{found:.0f}' for found in rates[one])})"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=SAMPLE)
    parser.add_argument("--images", type=int, default=1_500)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--child", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        child(chosen.child, chosen.folder, json.load(sys.stdin))
    else:
        compare(chosen.data, images=chosen.images, repeats=chosen.repeats)


if __name__ == "__main__":
    main()
