"""How long `hirise check` takes as a whole process, beside scikit-learn's two reports.

    python tests/benchmarks/check_speed.py [--repeats 5]

Writes 64,947 and 1,000,000 predictions (8 probability columns, Parquet), with and
without HiRISE file names (which make landmarks the groups of the intervals), and times
each command on them, in turn: median and least of the repeats, in seconds.
scikit-learn's process reads the same file and prints `classification_report` and
`confusion_matrix`: no intervals, no metrics of probabilities, no verdict.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

SIZES = (64_947, 1_000_000)
LIMITS = {64_947: 1.5, 1_000_000: 4.0}
SHARES = np.array([0.8118, 0.0774, 0.0118, 0.0243, 0.0255, 0.0073, 0.0282, 0.0137])
NAMES = (
    *("other", "crater", "dark dune", "slope streak", "bright dune"),
    *("impact ejecta", "swiss cheese", "spider"),
)
COPIES = ("", "-r90", "-r180", "-r270", "-fh", "-fv")
SKLEARN = """
import sys
import pandas as pd
from sklearn.metrics import classification_report, confusion_matrix
table = pd.read_parquet(sys.argv[1])
proba = table.filter(like="p:")
called = proba.columns.str[2:].to_numpy()[proba.to_numpy().argmax(axis=1)]
print(classification_report(table["y_true"], called, zero_division=0))
print(confusion_matrix(table["y_true"], called))
"""


def write_predictions(path: Path, n: int, *, named: bool) -> None:
    """Predictions of a model that is right in about nine of ten images."""
    rng = np.random.default_rng(0)
    landmark = np.arange(n) // len(COPIES)
    y_true = rng.choice(8, landmark[-1] + 1, p=SHARES)[landmark]
    called = np.where(rng.random(n) < 0.12, rng.integers(0, 8, n), y_true)
    proba = rng.dirichlet(np.full(8, 0.5), n) * 0.4
    proba[np.arange(n), called] += 0.6
    table = pd.DataFrame(proba, columns=[f"p:{name}" for name in NAMES])
    table.insert(0, "y_true", np.array(NAMES)[y_true])
    if named:
        table.insert(0, "image", [hirise_name(i) for i in range(n)])
    table.to_parquet(path, index=False)


def hirise_name(i: int) -> str:
    """The name of image `i`: six copies a landmark, fifty landmarks an observation."""
    landmark, copy = divmod(i, len(COPIES))
    observation, number = divmod(landmark, 50)
    return f"ESP_{observation:06d}_1450_RED-{number:04d}{COPIES[copy]}.jpg"


def seconds(command: list[str]) -> float:
    """Wall-clock time of a whole process."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    taken = time.perf_counter() - start
    if done.stderr or not done.stdout:
        sys.exit(done.stderr or f"{command} printed nothing")
    return taken


def compare(path: Path, repeats: int) -> tuple[list[float], list[float]]:
    """Times of `hirise check` and of scikit-learn, run in turn."""
    check = [sys.executable, "-m", "hirise", "check", str(path)]
    sklearn = [sys.executable, "-c", SKLEARN, str(path)]
    pairs = [(seconds(check), seconds(sklearn)) for _ in range(repeats)]
    return [ours for ours, _ in pairs], [theirs for _, theirs in pairs]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs{load}")
    print("seconds, median (least)    hirise check  limit   scikit-learn  ratio")
    with tempfile.TemporaryDirectory() as folder:
        for n in SIZES:
            for named in (False, True):
                path = Path(folder) / "predictions.parquet"
                write_predictions(path, n, named=named)
                ours, theirs = compare(path, repeats)
                ratio = statistics.median(ours) / statistics.median(theirs)
                title = f"{n:,}{', landmarks' if named else ''}"
                print(
                    f"{title:<25}{said(ours):>14}{LIMITS[n]:>7}{said(theirs):>15}"
                    f"{ratio:>7.2f}",
                    flush=True,
                )


def said(times: list[float]) -> str:
    return f"{statistics.median(times):.2f} ({min(times):.2f})"


if __name__ == "__main__":
    main()
