"""Train every program of the papers, faulty and fixed.

    nice python tests/benchmarks/papers/make.py OUT [--only PART …]

Each training is a folder `OUT/PROGRAM/faulty|fixed` with the run that `RunRecorder`
wrote and `facts.json`, what is true of it, measured without the product. Those that
exist are not made again. One core, at most 20 s each.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras
import numpy as np
import tensorflow as tf
from program import Program, Setup
from registry import PROGRAMS

from hirise.recording.keras import RunRecorder

VERSIONS = ("faulty", "fixed")


def main() -> None:
    """Train what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", nargs="*", default=[], help="parts of keys")
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    for program in PROGRAMS:
        if options.only and not any(part in program.key for part in options.only):
            continue
        for version in VERSIONS:
            folder = options.out / program.key / version
            if not (folder / "facts.json").exists():
                shutil.rmtree(folder, ignore_errors=True)
                facts = train(program, version, folder)
                (folder / "facts.json").write_text(json.dumps(facts, indent=1))
                print(program.key, version, told(facts), flush=True)


def train(program: Program, version: str, folder: Path) -> dict[str, Any]:
    """Train one version with the recorder in its `fit`; what is true of it."""
    folder.mkdir(parents=True)
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    setup = program.build(version == "fixed")
    raised, began = "", time.monotonic()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            _fit(setup, f"{program.key} {version}", folder)
        except Exception:
            raised = traceback.format_exc(limit=-3)
    said = [str(w.message) for w in caught if "Recording" in w.category.__name__]
    facts = {"seconds": round(time.monotonic() - began, 1), "raised": raised}
    facts["warnings"] = list(dict.fromkeys(said))
    return facts | (_scores(setup) if program.is_classifier else {})


def _fit(setup: Setup, title: str, folder: Path) -> None:
    setup.model.compile(setup.optimizer, setup.loss, metrics=["accuracy"])
    x, y = setup.training()
    recorder = RunRecorder(
        title,
        training_data=(x, y),
        validation_data=setup.validation(),
        artifacts=folder / "runs",
        on_collapse="ignore",
    )
    setup.model.fit(
        x,
        y,
        epochs=setup.epochs,
        batch_size=setup.batch_size,
        validation_data=setup.validation(),
        callbacks=[recorder],
        verbose=0,
    )


def _scores(setup: Setup) -> dict[str, Any]:
    """Accuracy on validation rows of its own, and on training rows."""
    facts: dict[str, Any] = {}
    sides = {"train": (setup.data.x, setup.data.y)}
    sides["val"] = (setup.data.x_val, setup.data.y_val)
    for side, (x, y) in sides.items():
        outputs = np.nan_to_num(np.asarray(setup.model.predict(x, verbose=0)))
        is_one = outputs.shape[1] == 1
        predicted = (outputs[:, 0] > 0.5).astype(int) if is_one else outputs.argmax(1)
        hits = predicted == y
        recall = [hits[y == label].mean() for label in np.unique(y)]
        facts[f"{side}_accuracy"] = round(float(hits.mean()), 4)
        facts[f"{side}_balanced"] = round(float(np.mean(recall)), 4)
    return facts


def told(facts: dict[str, Any]) -> str:
    """One line."""
    scores = f"balanced accuracy {facts.get('val_balanced', '-')}"
    return f"{scores}, {facts['seconds']} s {facts['warnings']} {facts['raised']}"


if __name__ == "__main__":
    main()
