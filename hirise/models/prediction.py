"""One prediction, from the model's file to the run folder."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.data import load_images
from hirise.errors import InputError
from hirise.models.input_spec import Conventions
from hirise.models.inspection import saved_loss
from hirise.models.matching import agree
from hirise.models.outputs import Decoded, decode_outputs, in_class_order
from hirise.models.plan import Plan
from hirise.models.predictor import Facts, Predictor, probe_rows
from hirise.models.sandbox import PredictorApart
from hirise.predictions import Predictions
from hirise.progress import Progress
from hirise.runs import Run, RunWriter, create_run
from hirise.runs.embeddings import write_embeddings
from hirise.runs.images import keep_image_features
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
    found : Decoded
        What was predicted, classes in the dataset's order.
    agreed : Conventions
    facts : Facts
    seconds : float
        Of predicting alone.
    features : (n, d) float32, optional
        What the model's last layer got of each image.
    """

    chosen: NDArray[np.intp]
    found: Decoded
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


def predict(
    plan: Plan,
    *,
    artifacts: Path,
    title: str | None = None,
    progress: Progress | None = None,
    apart: bool = True,
) -> Run:
    """Carry out `plan`; the run appears when everything is predicted.

    Parameters
    ----------
    artifacts : Path
        Where the run folder is made.
    title : str, optional
        The name of the model's file by default.
    apart : bool
        Run the model in a process of its own, within `plan.limits`.

    Raises
    ------
    InputError
        A model that cannot be loaded, does not fit the dataset or breaks its limits,
        or no disk.
    """
    progress = progress or Progress()
    progress.update("Loading the model")
    path, form, size = plan.model, plan.about.form, plan.size
    if apart:
        with closing(
            PredictorApart(path, form, size=size, limits=plan.limits)
        ) as predictor:
            return _carried_out(plan, predictor, artifacts, title, progress)
    return _carried_out(
        plan, Predictor(path, form, size=size), artifacts, title, progress
    )


def _carried_out(
    plan: Plan,
    predictor: Predictor | PredictorApart,
    artifacts: Path,
    title: str | None,
    progress: Progress,
) -> Run:
    _check_classes(plan, predictor.facts.n_outputs)
    progress.update("Reading the images")
    decoded = load_images(plan.catalog, size=predictor.facts.size)
    chosen = np.flatnonzero((plan.split != "").to_numpy() & decoded.kept)
    if not len(chosen):
        raise InputError(
            f"{plan.catalog.root}: no image of the split '{plan.split_name}' can be "
            f"read. `hirise data info` says what is wrong with the files."
        )
    agreed = agree(plan, predictor, decoded.pixels, chosen)
    begun = time.perf_counter()
    outputs = predictor.predict(
        decoded.pixels,
        chosen,
        agreed.scale,
        partial(progress.update, "Predicting"),
    )
    seconds = time.perf_counter() - begun
    found = decode_outputs(
        in_class_order(outputs, agreed.columns), plan.catalog.class_names
    )
    features = predictor.features
    made = Made(chosen, found, agreed, predictor.facts, seconds, features)
    inside = _looked_inside(plan, predictor, decoded.pixels, made)
    run = write_run(plan, made, artifacts, title, inside)
    keep_image_features(RunWriter(run.folder), plan.catalog, decoded)
    return run


def _looked_inside(
    plan: Plan,
    predictor: Predictor | PredictorApart,
    pixels: NDArray[np.uint8],
    made: Made,
) -> dict[str, Any] | None:
    """The document `activations.json`, from a few images of one split."""
    if not made.facts.has_inside:
        return None
    sides = plan.split.to_numpy()[made.chosen]
    side = next((name for name in ("val", "test") if name in sides), sides[0])
    return predictor.look_inside(
        pixels,
        probe_rows(made.chosen[sides == side], size=pixels.shape[1]),
        made.agreed.scale,
        class_names=list(plan.catalog.class_names),
        split=str(side),
        loss=saved_loss(plan.model, plan.about),
    )


def _check_classes(plan: Plan, n_outputs: int) -> None:
    names = plan.catalog.class_names
    if n_outputs == len(names) or (n_outputs == 1 and len(names) == 2):
        return
    raise InputError(
        f"{plan.model}: gives {n_outputs} numbers per image, but {plan.catalog.root} "
        f"has {len(names)} classes ({', '.join(names[:8])}). Use the images that it "
        f"was made for."
    )
