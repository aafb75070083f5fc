"""Hand every training to the product, in each form, and keep its answers.

    python tests/benchmarks/faults/ask.py RECORDS OUT.jsonl [--photos FILE]

The forms are the run that the recorder writes, alone and with the folder of its images,
and its last predictions and its curves as CSV files, together and each alone.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from make import Case, cases, families, fault_named
from PIL import Image
from plant import ALL, BOTH, FILE, IMAGES, RUN, Setup, make
from truth import facts_of

import hirise
from hirise.diagnosis import Evidence, diagnose
from hirise.diagnosis.causes.known import Known
from hirise.diagnosis.causes.ranking import look
from hirise.diagnosis.sources import (
    gather,
    gather_history,
    gather_predictions,
    gather_source,
)
from hirise.predictions import read_predictions
from hirise.runs import read_run

OF_DATASET = ("a class mislabelled", "noisy labels", "labels noisy in pairs")
"""Faults whose wrong labels are those of the dataset itself."""
LOGGED = ("loss", "accuracy", "val_loss", "val_accuracy")


class Recorded:
    """A network as the recorder watched it, from a record."""

    packages = ("torch",)

    def __init__(self, document: dict[str, Any]) -> None:
        self.document, self.epoch = document, 0
        self.activation = document["activation"]
        self.from_logits = document["from_logits"]
        self.learning_rate: float | None = None
        self.regularisation_loss: float | None = None

    def begin(self, row: dict[str, float]) -> None:
        """The next epoch."""
        self.epoch += 1
        self.learning_rate = row["learning_rate"]
        self.regularisation_loss = row["regularisation_loss"]

    def predict(self, x: Any) -> Any:
        raise NotImplementedError("a record has the outputs themselves")

    def settings(self) -> dict[str, Any]:
        """What was known of network, loss and optimiser."""
        return dict(self.document["settings"])

    def layer_rows(self, epoch: int) -> list[dict[str, Any]]:
        """The numbers of the layers in an epoch."""
        return [row for row in self.document["layers"] if row["epoch"] == epoch]

    def probe(self, *args: Any, **named: Any) -> dict[str, Any]:
        """What the layers did at the end."""
        return dict(self.document["activations"])

    def mark(self) -> float:
        """The weights never change between an epoch and the end."""
        return 0.0

    def close(self) -> None:
        """There are no hooks."""


Names = dict[str, list[str]]


def as_run(setup: Setup, record: Any, folder: Path, names: Names | None = None) -> Path:
    """The run that the recorder would have written, with names of images or without."""
    document = json.loads(record["document"].tobytes())
    watcher = Recorded(document)
    n_epochs = len(document["history"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        recorder = hirise.Recorder(
            "bench",
            class_names=setup.class_names,
            settings=setup.recipe(),
            artifacts=folder,
        )
        with recorder:
            recorder.watcher = watcher
            if names is not None:
                recorder.begin(setup.class_names, [names["train"], names["val"]])
            for epoch, row in enumerate(document["history"]):
                watcher.begin(row)
                data = {}
                for split in ("train", "val"):
                    scores = _scores(record, split, epoch, n_epochs)
                    truth = setup.given[split][: len(scores)]
                    data[split] = {"y_true": truth, "logits": scores}
                    if names is not None:
                        data[split]["images"] = names[split][: len(scores)]
                recorder.log_epoch(**data, **{name: row[name] for name in LOGGED})
            recorder._last = {}
            if setup.kept == "first":
                # Weights of the first epoch were restored before the last predictions.
                _predict_again(recorder, setup, record["val.first"], names)
        if recorder.writer is None:
            raise RuntimeError("nothing was recorded")
        recorder.writer.write_json("activations.json", document["activations"])
        known = {k: v for k, v in document["settings"].items() if v is not None}
        recorder.writer.update(recipe={"select_by": "last", **known, **setup.recipe()})
    return recorder.run.folder


def _predict_again(
    recorder: hirise.Recorder, setup: Setup, scores: np.ndarray, names: Names | None
) -> None:
    data = {"y_true": setup.given["val"][: len(scores)], "logits": scores}
    if names is not None:
        data["images"] = names["val"][: len(scores)]
    recorder._write_predictions(recorder._outcome("val", data))


def write_images(setup: Setup, fault: str, folder: Path) -> Names:
    """The images in a folder per class, and their names by split."""
    names: Names = {}
    labels = setup.given if fault in OF_DATASET else setup.truth
    for split, images in setup.images.items():
        names[split] = []
        for number, (pixels, label) in enumerate(
            zip(images, labels[split], strict=True)
        ):
            path = folder / setup.class_names[label] / f"{split}-{number:05d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels.squeeze()).save(path)
            names[split].append(str(path))
    return names


def _scores(record: Any, split: str, epoch: int, n_epochs: int) -> np.ndarray:
    if epoch == 0:
        return record[f"{split}.first"].astype(float)
    if epoch == n_epochs - 1:
        return record[f"{split}.last"].astype(float)
    return record[split][epoch].astype(float)


def predictions(setup: Setup, record: Any) -> pd.DataFrame:
    """The file of predictions that a user has: with what went wrong on its way."""
    first = setup.reported == "of the first epoch" or setup.kept == "first"
    scores = record["val.first" if first else "val.last"].astype(float)
    proba = _softmax(scores, setup)
    truth = setup.given["val"][: len(proba)]
    names = np.array(setup.class_names)
    rng = np.random.default_rng(0)
    if setup.reported == "permuted":
        proba = proba[rng.permutation(len(proba))]
    if setup.reported == "renamed":
        order = rng.permutation(len(names))
        if np.array_equal(order, np.arange(len(names))):
            order = np.roll(order, 1)
        proba = proba[:, order]
    table = pd.DataFrame({"y_true": names[truth], "y_pred": names[proba.argmax(1)]})
    for number, name in enumerate(names):
        table[f"p:{name}"] = proba[:, number]
    return table


def _softmax(scores: np.ndarray, setup: Setup) -> np.ndarray:
    if setup.last == "softmax":
        scores = np.nan_to_num(scores, nan=1 / scores.shape[1])
        return np.clip(scores, 1e-12, None) / np.clip(scores, 1e-12, None).sum(
            1, keepdims=True
        )
    scores = np.nan_to_num(scores, nan=0.0, posinf=1e4, neginf=-1e4)
    powers = np.exp(scores - scores.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def curves(record: Any) -> pd.DataFrame:
    """The file of curves that a framework logs."""
    history = pd.DataFrame(json.loads(record["document"].tobytes())["history"])
    table = history[list(LOGGED)].copy()
    table.insert(0, "epoch", np.arange(1, len(table) + 1))
    return table


def ask(
    case: Case, records: str, photos: str, forms: Sequence[str] = ALL
) -> list[dict[str, Any]]:
    """The answers about one training, one per form."""
    family = families(Path(photos))[case.family]
    setup = make(
        family, fault_named(case.fault), case.severity, case.network, case.seed
    )
    record = np.load(Path(records, f"{case.name}.npz"))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        predictions(setup, record).to_csv(folder / "predictions.csv", index=False)
        curves(record).to_csv(folder / "history.csv", index=False)
        answers = [_answer(case, form, setup, record, folder) for form in forms]
    facts = facts_of(setup, record, json.loads(record["document"].tobytes())["history"])
    facts["verdict"] = answers[0].get("verdict", "")
    return [answer | {"facts": facts} for answer in answers]


def _answer(
    case: Case, form: str, setup: Setup, record: Any, folder: Path
) -> dict[str, Any]:
    answer = {
        "name": case.name,
        "family": case.family,
        "fault": case.fault,
        "form": form,
    }
    try:
        return answer | answer_of(
            evidence_of_form(form, setup, record, folder, case.fault)
        )
    except Exception as error:
        return answer | {"error": f"{type(error).__name__}: {str(error)[:200]}"}


def answer_of(evidence: Evidence) -> dict[str, Any]:
    """What the product says of some evidence, and which signs it saw."""
    diagnosis = diagnose(evidence)
    document = diagnosis.to_dict()
    known = Known(evidence, diagnosis.verdict, diagnosis.findings, diagnosis.passed)
    signs = {
        key: None if seen is None else seen is not False
        for key, seen in look(known).items()
    }
    silent = diagnosis.verdict.passing and all(
        finding.severity == "note" for finding in diagnosis.findings
    )
    keys = ("key", "score", "probability", "for", "against")
    return {
        "verdict": document["verdict"],
        "signs": signs,
        "is_silent": silent,
        "causes": [
            {key: cause.get(key) for key in keys} for cause in document["causes"]
        ],
        "findings": [
            [f["code"], f["severity"], f["subject"]] for f in document["findings"]
        ],
        "balanced": (document["metrics"] or {})
        .get("balanced_accuracy", {})
        .get("value"),
    }


def evidence_of_form(
    form: str, setup: Setup, record: Any, folder: Path, fault: str
) -> Evidence:
    """What the product knows of one training in one form."""
    if form == RUN:
        return gather(read_run(as_run(setup, record, folder / "runs")))
    if form == IMAGES:
        names = write_images(setup, fault, folder / "images")
        run = as_run(setup, record, folder / "named", names)
        return gather_source(run, data=folder / "images")
    if form == BOTH:
        run = hirise.import_(
            folder / "predictions.csv",
            history=folder / "history.csv",
            split="val",
            artifacts=folder / "imported",
        )
        return gather(run)
    if form == FILE:
        table = read_predictions(folder / "predictions.csv")
        return gather_predictions(table, source="predictions.csv")
    return gather_history(folder / "history.csv")


def main() -> None:
    """Ask about every record that is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("records", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--photos", type=Path, default=Path("photos.npz"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", default="", help="part of the names of cases")
    parser.add_argument("--form", choices=ALL, action="append", help="only this one")
    options = parser.parse_args()
    known = families(options.photos)
    wanted = [
        c
        for c in cases(known)
        if options.only in c.name and (options.records / f"{c.name}.npz").exists()
    ]
    with ProcessPoolExecutor(options.workers) as pool, options.out.open("w") as out:
        for answers in _asked(pool, wanted, options):
            for answer in answers:
                out.write(json.dumps(answer) + "\n")
            out.flush()


def _asked(
    pool: ProcessPoolExecutor, wanted: list[Case], options: Any
) -> Iterator[list[dict[str, Any]]]:
    futures = [
        pool.submit(
            ask,
            case,
            str(options.records),
            str(options.photos),
            options.form or ALL,
        )
        for case in wanted
    ]
    for future in futures:
        yield future.result()


if __name__ == "__main__":
    main()
