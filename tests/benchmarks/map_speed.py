"""Seconds that a map of features takes, wall clock and processor.

    python tests/benchmarks/map_speed.py [FEATURES.npy] [--tsne]

Without a file: 100,000 images of 128 random features.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hirise.evaluation.image_map import neighbour_map, principal_axes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("features", type=Path, nargs="?")
    parser.add_argument("--tsne", action="store_true")
    asked = parser.parse_args()
    if asked.features is None:
        rng = np.random.default_rng(0)
        values = rng.normal(size=(100_000, 128)).astype(np.float32)
    else:
        values = np.load(asked.features, allow_pickle=False).astype(np.float32)
    principal_axes(values[:50])  # scikit-learn is loaded
    print(f"{values.shape[0]:,} images of {values.shape[1]:,} features")
    timed("PCA", lambda: principal_axes(values))
    if asked.tsne:
        timed("t-SNE", lambda: neighbour_map(values))


def timed(name: str, step: Callable[[], object]) -> None:
    wall, processor = time.perf_counter(), time.process_time()
    step()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    print(f"{name}: {wall:.2f} s, {processor:.2f} s of processors", flush=True)


if __name__ == "__main__":
    main()
