"""Milliseconds per image of Grad-CAM and of occlusion, on a run of one's own.

    python tests/benchmarks/saliency.py RUN --data DIR [--images N] [--covered N]

RUN is a run folder with a `model.keras`; images are given at the size that it takes.
Shown are medians over the images: of Grad-CAM in batches of 16, as `hirise saliency`
asks for them, and of occlusion one by one (where the machine is busy with other things,
only the processor's time tells), each after one round that is not counted.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from hirise.models.predictor import load
from hirise.models.saliency import explain
from hirise.models.saliency_maps import AT_ONCE
from hirise.predictions import read_predictions
from hirise.runs import read_run
from hirise.runs.images import run_images


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--split", default="val")
    parser.add_argument("--images", type=int, default=160)
    parser.add_argument("--covered", type=int, default=10)
    chosen = parser.parse_args()
    run = read_run(chosen.run)
    model = load(run.folder / "model.keras", "keras")
    said = read_predictions(run.predictions_path(chosen.split))
    assert said.image is not None
    names = list(said.image[: chosen.images])
    found = run_images(run, names, size=model.size, root=chosen.data).pixels
    pixels, asked = np.stack(list(found.values())), said.y_pred[: len(found)]
    print(f"{run.info.title}: {len(pixels)} images of {model.size} pixels a side")
    for n, at_once, hidden in (
        (chosen.images, AT_ONCE, False),
        (chosen.covered, 1, True),
    ):
        # Without its layers a model is covered place by place.
        one = load(run.folder / "model.keras", "keras")
        if hidden:
            object.__setattr__(one, "keras", None)
        method, _ = explain(one, pixels[:at_once], asked[:at_once], "0-255")
        took, worked = [], []
        for start in range(0, min(n, len(pixels)), at_once):
            some = slice(start, start + at_once)
            begun, busy = time.perf_counter(), time.process_time()
            explain(one, pixels[some], asked[some], "0-255")
            took.append((time.perf_counter() - begun) / len(pixels[some]))
            worked.append((time.process_time() - busy) / len(pixels[some]))
        wall, cpu = (1000 * statistics.median(one) for one in (took, worked))
        print(f"{method:<10} {wall:8.1f} ms per image, {cpu:8.1f} ms of processor time")


if __name__ == "__main__":
    main()
