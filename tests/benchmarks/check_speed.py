"""How long `hirise check` takes as a whole process, beside scikit-learn's two reports.

    python tests/benchmarks/check_speed.py [--repeats 5] [--sizes 64947,1000000]

Writes predictions (8 probability columns, Parquet), with and without HiRISE file names
(which make landmarks the groups of the intervals), and times each command on them, in
turn. `check FILE` reads the file, `check RUN` the run that `hirise import` made of it.
scikit-learn's process reads the same file and prints `classification_report` and
`confusion_matrix`: no intervals, no metrics of probabilities, no verdict. Told are the
median and the least seconds of the repeats, the CPU seconds of the quickest, and the
most resident memory that the process ever held. More predictions, as with `--sizes
10000000 --repeats 1`, are not given to scikit-learn, which takes minutes; they need
3 GB of disk.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

SIZES = (64_947, 1_000_000)
LIMITS = {64_947: 1.5, 1_000_000: 4.0}
"""Seconds that `check FILE` may take."""

AT_ONCE = 1_000_000
"""Predictions that are written at once."""
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


MEASURED = """
import resource, subprocess, sys, time
start = time.perf_counter()
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
taken = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
if done.stderr or not done.stdout:
    sys.exit(done.stderr or "nothing was printed")
print(taken, used.ru_utime + used.ru_stime, used.ru_maxrss)
"""
"""A small process starts the command, so that the memory told is the command's own."""

IN_KILOBYTES = 1 if sys.platform == "darwin" else 1024


class Measured(NamedTuple):
    """Wall-clock and CPU seconds of a process, and the most memory it held, in MB."""

    seconds: float
    cpu: float
    memory: float


def write_predictions(path: Path, n: int, *, named: bool) -> None:
    """Predictions of a model that is right in about nine of ten images."""
    rng = np.random.default_rng(0)
    landmark = np.arange(n) // len(COPIES)
    y_true = rng.choice(8, landmark[-1] + 1, p=SHARES)[landmark]
    writer = None
    for start in range(0, n, AT_ONCE):
        rows = range(start, min(start + AT_ONCE, n))
        table = pa.Table.from_pandas(_part(rng, y_true[start : rows.stop]))
        if named:
            images = pa.array([hirise_name(i) for i in rows])
            table = table.add_column(0, "image", images)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def _part(rng: np.random.Generator, y_true: np.ndarray) -> pd.DataFrame:
    n = len(y_true)
    called = np.where(rng.random(n) < 0.12, rng.integers(0, 8, n), y_true)
    proba = rng.dirichlet(np.full(8, 0.5), n) * 0.4
    proba[np.arange(n), called] += 0.6
    table = pd.DataFrame(proba, columns=[f"p:{name}" for name in NAMES])
    table.insert(0, "y_true", np.array(NAMES)[y_true])
    return table


def hirise_name(i: int) -> str:
    """The name of image `i`: six copies a landmark, fifty landmarks an observation."""
    landmark, copy = divmod(i, len(COPIES))
    observation, number = divmod(landmark, 50)
    return f"ESP_{observation:06d}_1450_RED-{number:04d}{COPIES[copy]}.jpg"


def measure(command: list[str]) -> Measured:
    """Start a whole process and wait for it."""
    watched = [sys.executable, "-c", MEASURED, *command]
    done = subprocess.run(watched, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr or f"{command} failed")
    seconds, cpu, memory = map(float, done.stdout.split())
    return Measured(seconds, cpu, memory * IN_KILOBYTES / 1e6)


def commands(path: Path, n: int) -> dict[str, list[str]]:
    """What is timed on one predictions file."""
    artifacts = path.with_name("artifacts")
    hirise = [sys.executable, "-m", "hirise"]
    runs = ["--artifacts", str(artifacts)]
    imported = [*hirise, "import", str(path), *runs]
    subprocess.run(imported, check=True, stdout=subprocess.DEVNULL)
    (run,) = artifacts.glob("2*")
    tried = {
        "check FILE": [*hirise, "check", str(path)],
        "check RUN": [*hirise, "check", run.name, *runs],
    }
    if n in LIMITS:
        tried["scikit-learn"] = [sys.executable, "-c", SKLEARN, str(path)]
    return tried


def said(name: str, found: list[Measured]) -> str:
    """A line: median and least seconds, CPU seconds of the least, most memory."""
    least = min(found)
    median = statistics.median(one.seconds for one in found)
    memory = max(one.memory for one in found)
    return (
        f"{name:<14}{median:>9.2f}{least.seconds:>9.2f}{least.cpu:>9.2f}{memory:>9.0f}"
    )


def report(n: int, *, named: bool, repeats: int) -> None:
    """Write `n` predictions, time all commands on them in turn, and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.parquet"
        write_predictions(path, n, named=named)
        tried = commands(path, n)
        rounds = [
            {name: measure(one) for name, one in tried.items()} for _ in range(repeats)
        ]
    limit = f", limit {LIMITS[n]} s for check FILE" if n in LIMITS else ""
    print(f"\n{n:,} predictions{', landmarks' if named else ''}{limit}")
    print(f"{'':<14}{'median s':>9}{'least s':>9}{'CPU s':>9}{'MB':>9}")
    for name in tried:
        print(said(name, [one[name] for one in rounds]), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    given = parser.parse_args()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs{load}")
    for n in map(int, given.sizes.split(",")):
        for named in (False, True):
            report(n, named=named, repeats=given.repeats)


if __name__ == "__main__":
    main()
