"""The run folder of a prediction."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.inference.conventions import Conventions
from hirise.inference.plan import Plan
from hirise.inference.predictor import Facts
from hirise.inference.scores import Read
from hirise.predictions import Predictions
from hirise.runs import Run, create_run
from hirise.runs.embeddings import write_embeddings
from hirise.runs.writer import portable_path

_PACKAGES = {
    "tflite": ("ai-edge-litert",),
    "onnx": ("onnxruntime",),
}
_TENSORFLOW = ("tensorflow", "tensorflow-cpu", "keras")


class Made(NamedTuple):
    """A prediction that was made.

    Attributes
    ----------
    chosen : (n,) int
        Rows of the catalog that were predicted.
    found : Read
        What was predicted, classes in the dataset's order.
    agreed : Conventions
    facts : Facts
    seconds : float
        Of predicting alone.
    features : (n, d) float32, optional
        What the model's last layer got of each image.
    """

    chosen: NDArray[np.intp]
    found: Read
    agreed: Conventions
    facts: Facts
    seconds: float
    features: NDArray[np.float32] | None = None


def write_run(
    plan: Plan,
    made: Made,
    artifacts: Path,
    title: str | None,
    inside: dict[str, Any] | None,
) -> Run:
    """A run with the predictions of `made`, whole or not at all."""
    # What could not be decoded is on no side.
    predicted = np.zeros(len(plan.split), dtype=bool)
    predicted[made.chosen] = True
    table = plan.catalog.table.assign(split=plan.split.where(predicted, ""))
    writer = create_run(
        artifacts,
        title=title or plan.model.stem,
        class_names=plan.catalog.class_names,
        dataset=_described(plan, artifacts, len(made.chosen)),
        status="imported",
        packages=_PACKAGES.get(plan.about.form, _TENSORFLOW),
        notes=list(_notes(plan, made)),
    )
    try:
        for predictions in _by_split(plan, made, table):
            writer.write_predictions(predictions.split, predictions.write)
        writer.write_table("catalog.parquet", table)
        if made.features is not None:
            sides = plan.split.to_numpy()[made.chosen]
            for side in dict.fromkeys(sides):
                write_embeddings(writer, str(side), made.features[sides == side])
        writer.update(model=_model(plan, made, artifacts))
        if inside is not None:
            writer.write_json("activations.json", inside)
        if plan.about.form == "keras":
            writer.write_file(
                "model.keras", lambda path: shutil.copyfile(plan.model, path)
            )
    except BaseException:
        shutil.rmtree(writer.folder, ignore_errors=True)
        raise
    return writer.read()


def _by_split(plan: Plan, made: Made, table: pd.DataFrame) -> Iterator[Predictions]:
    found, sides = made.found, plan.split.to_numpy()[made.chosen]
    for side in dict.fromkeys(sides):
        here = sides == side
        part = table.iloc[made.chosen[here]]
        grouped = bool((part["landmark"] != "").all())
        yield Predictions(
            image=part["image"].to_numpy(dtype=object),
            y_true=part["label"].to_numpy(dtype=np.int64),
            y_pred=found.y_pred[here],
            proba=None if found.proba is None else found.proba[here],
            class_names=plan.catalog.class_names,
            split=str(side),
            group=part["landmark"].to_numpy(dtype=object) if grouped else None,
        )


def _model(plan: Plan, made: Made, artifacts: Path) -> dict[str, Any]:
    """What made the predictions, and how the images went into it."""
    return {
        "path": portable_path(plan.model, artifacts),
        "form": plan.about.form,
        "size": made.facts.size,
        "scale": made.agreed.scale,
        "columns": made.agreed.columns.tolist(),
    }


def _notes(plan: Plan, made: Made) -> Iterator[str]:
    facts, n = made.facts, len(made.chosen)
    yield (
        f"Predicted by {plan.model.name}; pixels were given as {made.agreed.scale} "
        f"in {facts.channels} channel{'s' * (facts.channels > 1)}"
        f"{', channels first' * (facts.layout == 'NCHW')}."
    )
    yield from made.agreed.notes
    yield made.found.note
    yield (
        f"{n:,} images in {made.seconds:.1f} s "
        f"({n / max(made.seconds, 1e-3):,.0f} images/s)."
    )
    if facts.network_cut is not None:
        cut = "out of reach" if facts.network_cut else "within reach on this system"
        yield (
            f"The model ran in a process of its own, within {plan.limits.memory:.1f} "
            f"GB, the network {cut}."
        )
    corrupt = plan.catalog.problem_counts.get("corrupt", 0)
    lost = int((plan.split != "").sum()) - n + corrupt
    if lost:
        yield f"{lost:,} image{'s' * (lost > 1)} cannot be decoded: left out."
    yield from plan.notes


def _described(plan: Plan, artifacts: Path, n_images: int) -> dict[str, Any]:
    return {
        "path": portable_path(plan.catalog.root, artifacts),
        "fingerprint": plan.catalog.fingerprint,
        "layout": plan.catalog.layout,
        "split": plan.split_name,
        "n_images": n_images,
        "problems": plan.catalog.problem_counts,
    }
