"""Seconds and memory of `hirise check` on predictions of many classes.

    python tests/benchmarks/many_classes.py [--repeats 3]

Writes predicted labels of 1,000 classes (50,000 images), the same with probabilities,
and labels of 21,000 classes (40,000 images), all as Parquet, and checks each in a
process of its own. Told are the least seconds of the repeats and the most resident
memory that the process ever held, beside the goals. It fails if one is missed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd


class Case(NamedTuple):
    """What is checked, and how long and how large it may be."""

    name: str
    n_images: int
    n_classes: int
    proba: bool
    seconds: float
    gigabytes: float


CASES = (
    Case("1,000 classes, labels", 50_000, 1000, False, 2.5, 1.0),
    Case("1,000 classes, probabilities", 50_000, 1000, True, 10.0, 1.5),
    Case("21,000 classes, labels", 40_000, 21_000, False, 12.0, 4.0),
)

MEASURED = """
import resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
assert done.returncode in (0, 1), done.stderr
print(seconds, used * (1 if sys.platform == "darwin" else 1024) / 1e9)
"""


def write_case(case: Case, folder: Path) -> Path:
    """Predictions of which 7 in 10 are correct, the others near the true class."""
    rng = np.random.default_rng(0)
    true = rng.integers(0, case.n_classes, case.n_images)
    wrong = rng.random(case.n_images) > 0.7
    predicted = (true + wrong * rng.integers(1, 9, case.n_images)) % case.n_classes
    names = np.array([f"class {i:05d}" for i in range(case.n_classes)], dtype=object)
    table = pd.DataFrame({"y_true": names[true], "y_pred": names[predicted]})
    if case.proba:
        proba = rng.random((case.n_images, case.n_classes))
        proba /= 2 * proba.sum(axis=1, keepdims=True)
        proba[np.arange(case.n_images), predicted] += 0.5
        columns = pd.DataFrame(proba, columns=[f"p:{name}" for name in names])
        table = pd.concat([table, columns], axis=1)
    path = folder / f"{case.n_classes}-{case.proba}.parquet"
    table.to_parquet(path)
    return path


def measure(path: Path, repeats: int) -> tuple[float, float]:
    """Least seconds and most gigabytes of a check."""
    command = [sys.executable, "-m", "hirise", "check", str(path)]
    runs = []
    for _ in range(repeats):
        told = subprocess.run(
            [sys.executable, "-c", MEASURED, *command],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        runs.append(tuple(map(float, told)))
    return min(seconds for seconds, _ in runs), max(size for _, size in runs)


def main() -> int:
    """Measure each case; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            seconds, size = measure(write_case(case, Path(folder)), options.repeats)
            missed += seconds > case.seconds or size > case.gigabytes
            print(
                f"{case.name:30} {seconds:5.1f} s (goal {case.seconds:g})  "
                f"{size:5.2f} GB (goal {case.gigabytes:g})",
                flush=True,
            )
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
