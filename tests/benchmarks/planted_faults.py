"""Whether the cause that was planted is the one that is found.

    python tests/benchmarks/planted_faults.py [--only NAME …] [--keep DIR]

Small trainings on simulated Mars (`small_mars.py`), each an ordinary Keras script with
one known fault (`fault_scripts.py`), recorded by `RunRecorder` or by `hirise train`.
`hirise check --json` then judges each twice: by its run alone, and beside the dataset
(`--data`). A row tells the cause that comes first and the rank of the planted one.
With `--keep`, runs that are there are not trained again.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from fault_scripts import FAULTS, N, Script, hirise
from small_mars import CLASSES, Mars, small_mars

from hirise.recording.epochs import CollapseWarning


def row_of(target: Path, planted: str, *given: str) -> str:
    """What is found, in columns."""
    found = json.loads(hirise("check", str(target), "--json", *given))
    ranked = [cause["key"] for cause in found["causes"]]
    rank = ranked.index(planted) + 1 if planted in ranked else 0
    cause = found["causes"][rank - 1] if rank else {}
    first = f"{ranked[0]} {found['causes'][0]['score']}" if ranked else "none"
    told = "-" if not planted else str(rank) if rank else "not listed"
    errors = [one["code"] for one in found["findings"] if one["severity"] == "error"]
    return (
        f"{found['verdict']:<17} {first:<30} {told:<10} {cause.get('score', ''):<6} "
        f"{' '.join(cause.get('for', ())):<30} {' '.join(cause.get('against', ())):<12}"
        f" {' '.join(dict.fromkeys(errors))}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--keep", type=Path, help="Where data and runs are kept.")
    chosen = parser.parse_args()
    warnings.simplefilter("ignore", CollapseWarning)
    warnings.filterwarnings("ignore", "__array__", DeprecationWarning)
    with tempfile.TemporaryDirectory() as scratch:
        root = chosen.keep or Path(scratch)
        os.environ["HIRISE_CACHE"] = str(root / "cache")
        mars = small_mars(root / "mars")
        train, val = (np.bincount(side.y, minlength=N) for side in mars.sides)
        print(f"classes {CLASSES}\ntraining images {train}, validation images {val}")
        print(
            f"{'fault':<26} by    {'verdict':<17} {'first cause, score':<30} "
            f"{'rank':<10} {'score':<6} {'for':<30} {'against':<12} errors"
        )
        for make, planted in FAULTS:
            if not chosen.only or make.__name__ in chosen.only:
                measure(make, planted, mars, root / "runs" / make.__name__)


def measure(
    make: Callable[[Script], Path], planted: str, mars: Mars, artifacts: Path
) -> None:
    """Train one fault, unless its run is there, and print its rows."""
    found = [*artifacts.glob("*/run.json"), *artifacts.glob("*.parquet")]
    if not found:
        artifacts.mkdir(parents=True, exist_ok=True)
        keras.utils.set_random_seed(0)
        make(Script(mars, artifacts, make.__name__.replace("_", " ")))
        found = [*artifacts.glob("*/run.json"), *artifacts.glob("*.parquet")]
    target, took = found[0], ""
    if target.name == "run.json":
        took = f"{json.loads(target.read_text('utf-8'))['seconds'] / 60:.1f} min"
        target = target.parent
    print(f"{make.__name__:<26} run   {row_of(target, planted)}")
    # What `hirise train` keeps; given for a while, it spares computing it each time.
    features = target / "image_features.parquet"
    lent = target.is_dir() and not features.exists()
    if lent:
        shutil.copy(mars.features, features)
    beside = row_of(target, planted, "--data", str(mars.folder))
    print(f"{f'  {took}':<26} +data {beside}", flush=True)
    if lent:
        features.unlink()


if __name__ == "__main__":
    main()
