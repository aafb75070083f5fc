"""Embeddings per second beside the bare `model.predict` on arrays in memory.

    python tests/benchmarks/embedding_rate.py --backbone FILE.keras [--images 1024]

Bare: the backbone with its average over the image, given (n, 192, 192, 3) float32 that
lie in memory, in the same batches. Ours: `embeddings`, from decoded uint8 images in one
channel that are mapped from the cache, until the features are kept there. Both in one
process, in turns, after a first pass of each that is not counted (tracing); medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from hirise.data import load_images, read_catalog
from hirise.models.backbones import load_backbone
from hirise.models.embeddings import BATCH, compute_embeddings

SAMPLE = Path("../shared/data/hirise-map-proj-v3")


def bare_model(backbone: keras.Model, size: int) -> keras.Model:
    inputs = keras.Input((size, size, 3))
    features = backbone(inputs, training=False)
    if len(features.shape) == 4:
        features = keras.layers.GlobalAveragePooling2D()(features)
    return keras.Model(inputs, features)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", required=True)
    parser.add_argument("--data", type=Path, default=SAMPLE)
    parser.add_argument("--images", type=int, default=1_024)
    parser.add_argument("--size", type=int, default=192)
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args()
    catalog = read_catalog(chosen.data)
    decoded = load_images(catalog, size=chosen.size)
    rows = np.arange(min(chosen.images, len(catalog.table)))
    in_memory = np.repeat(decoded.pixels[rows], 3, axis=3).astype("float32")
    backbone = load_backbone(chosen.backbone)
    bare = bare_model(backbone.model, chosen.size)
    rates: dict[str, list[float]] = {"bare": [], "ours": []}
    for _ in range(chosen.repeats + 1):
        begun = time.perf_counter()
        expected = bare.predict(in_memory, batch_size=BATCH, verbose=0)
        rates["bare"].append(len(rows) / (time.perf_counter() - begun))
        with tempfile.TemporaryDirectory() as cache:
            os.environ["HIRISE_CACHE"] = cache
            begun = time.perf_counter()
            found = compute_embeddings(backbone, decoded.pixels, decoded.digests, rows)
            rates["ours"].append(len(rows) / (time.perf_counter() - begun))
    medians = {one: statistics.median(some[1:]) for one, some in rates.items()}
    for one, some in rates.items():
        each = ", ".join(f"{rate:.1f}" for rate in some[1:])
        print(f"{one}: {medians[one]:.1f} images/s ({each})")
    apart = float(np.abs(found[rows] - expected).max())
    print(
        f"ratio {medians['ours'] / medians['bare']:.2f}; largest difference of a "
        f"feature {apart:.1e}; {len(rows):,} images of {chosen.size} pixels"
    )


if __name__ == "__main__":
    main()
