"""`kill -9` at random moments of a training: is the run whole, and does it go on?

    python tests/benchmarks/kill_resume.py [--kills 20] [--seed 0] [--data DIR]
    python tests/benchmarks/kill_resume.py --aim checkpoint.npz --aim run.json

A training is done once undisturbed. Then the same one is killed at a random moment,
looked at with `hirise runs` and `hirise check`, resumed, killed again, and so on; what
comes out in the end is held against the undisturbed one.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))
from killed_training import (
    Difference,
    Kill,
    Moments,
    Training,
    compare,
    killed,
    undisturbed,
)

SETTINGS = ("image_size=32", "filters=8,16,32,64", "epochs=16")
MOST_IN_A_ROW = 5
"""Kills of one training, after which it may end."""
WATCHED = 3
"""Kills after which it is waited until another machine knows."""


def main() -> None:
    """Kill, resume, compare, and print what was seen."""
    chosen = _options()
    os.environ["HIRISE_EXAMPLES"] = ""
    work = Path(tempfile.mkdtemp(prefix="kill-resume-"))
    changes = [f"--set={pair}" for pair in (*SETTINGS, *chosen.set)]
    words = (f"--data={chosen.data}", f"--recipe={chosen.recipe}", *changes)
    training = Training(words)
    began = time.monotonic()
    whole = undisturbed(training, work / "whole")
    seconds = time.monotonic() - began
    _say(f"undisturbed: {len(whole.history())} epochs in {seconds:.0f} s")
    moments = Moments(seconds, random.Random(chosen.seed), tuple(chosen.aim))
    kills: list[Kill] = []
    worst = Difference()
    n = 0
    while len(kills) < chosen.kills:
        n += 1
        left = min(chosen.kills - len(kills), MOST_IN_A_ROW)
        found, run = killed(
            training,
            work / f"{n}",
            moments,
            left,
            watched=WATCHED - len(kills),
            tell=_say,
        )
        kills += found
        difference = compare(run, whole)
        worst = worst.with_(difference)
        _say(f"training {n}: {len(found)} kills, {difference}")
    _tell(kills, worst, n)
    if not chosen.keep:
        shutil.rmtree(work)
    sys.exit(1 if any(kill.broken for kill in kills) or not worst.within() else 0)


def _tell(kills: list[Kill], worst: Difference, n_trainings: int) -> None:
    table = pd.DataFrame([vars(kill) for kill in kills])
    table["half"] = table["half"].map(", ".join)
    _say(table.round(2).to_string(index=False))
    broken = int((table["broken"] != "").sum())
    _say(
        f"{len(kills)} kills in {n_trainings} trainings: {broken} left something "
        f"broken; read as interrupted after {table['read_as'].max():.2f} s at most, "
        f"seen from another machine after {table['elsewhere'].max():.1f} s; {worst}"
    )


def _say(text: object) -> None:
    print(text, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--data", default=os.environ.get("HIRISE_V3", "simulated:60:0"))
    parser.add_argument("--recipe", default="small-cnn")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument(
        "--aim",
        action="append",
        default=[],
        metavar="FILE",
        help="kill while this file of the run is written; may be repeated",
    )
    parser.add_argument("--keep", action="store_true", help="keep the run folders")
    return parser.parse_args()


if __name__ == "__main__":
    main()
