"""One prediction, from the model's file to the run folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hirise.dataset import load_images
from hirise.errors import InputError
from hirise.inference.plan import SCALES, Plan
from hirise.inference.savedloss import saved_loss
from hirise.inference.scores import Read, read_outputs
from hirise.native import native_output_to
from hirise.predictions import Predictions
from hirise.runs import Run, RunWriter, create_run
from hirise.runs.features import keep_image_features
from hirise.runs.writer import portable_path

if TYPE_CHECKING:
    from hirise.inference.loading import LoadedModel

BATCH = 64

Report = Callable[[str, int, int], object]
"""Told what is done: the step, images done and images in all."""


def predict(
    plan: Plan,
    *,
    artifacts: Path,
    title: str | None = None,
    report: Report = lambda *_: None,
) -> Run:
    """Carry out `plan`; the run appears when everything is predicted.

    Parameters
    ----------
    artifacts : Path
        Where the run folder is made.
    title : str, optional
        The name of the model's file by default.

    Raises
    ------
    InputError
        A model that cannot be loaded or does not fit the dataset, or no memory or disk.
    """
    report("Loading the model", 0, 0)
    with native_output_to(Path(os.devnull)):
        from hirise.inference.loading import load_model

        loaded = load_model(plan.model)
    names = plan.catalog.class_names
    _check_classes(plan, loaded.n_outputs)
    report("Reading the images", 0, 0)
    decoded = load_images(plan.catalog, size=loaded.size)
    chosen = np.flatnonzero((plan.split != "").to_numpy() & decoded.kept)
    if not len(chosen):
        raise InputError(
            f"{plan.catalog.root}: no image of the split '{plan.split_name}' can be "
            f"read. `hirise data info` says what is wrong with the files."
        )
    outputs = np.empty((len(chosen), loaded.n_outputs))
    try:
        for start in range(0, len(chosen), BATCH):
            rows = chosen[start : start + BATCH]
            batch = as_input(decoded.pixels[rows], loaded.channels, plan.scale)
            outputs[start : start + len(rows)] = loaded.model.predict_on_batch(batch)
            report("Predicting", start + len(rows), len(chosen))
    except MemoryError as error:
        raise InputError("The memory is not enough for this model.") from error
    found = read_outputs(outputs, names)
    inside = _looked_inside(plan, loaded, decoded.pixels, chosen)
    run = _written(plan, artifacts, title, chosen, found, loaded.channels, inside)
    keep_image_features(RunWriter(run.folder), plan.catalog, decoded)
    return run


def _looked_inside(
    plan: Plan, loaded: LoadedModel, pixels: NDArray[np.uint8], chosen: NDArray[np.intp]
) -> dict[str, Any]:
    """The document `activations.json`, from a few images of one split."""
    from hirise.inference.probe import probe, probe_rows

    sides = plan.split.to_numpy()[chosen]
    side = next((name for name in ("val", "test") if name in sides), sides[0])
    rows = probe_rows(chosen[sides == side])
    return probe(
        loaded.model,
        as_input(pixels[rows], loaded.channels, plan.scale),
        plan.catalog.class_names,
        split=str(side),
        loss=saved_loss(plan.model, plan.about),
    )


def as_input(
    pixels: NDArray[np.uint8], channels: int, scale: str
) -> NDArray[np.float32]:
    """(n, size, size) bytes as the (n, size, size, channels) that a model takes."""
    factor, added = SCALES[scale]
    scaled = pixels.astype(np.float32) * np.float32(factor) + np.float32(added)
    return np.repeat(scaled[..., None], channels, axis=3)


def _check_classes(plan: Plan, n_outputs: int) -> None:
    names = plan.catalog.class_names
    if n_outputs == len(names) or (n_outputs == 1 and len(names) == 2):
        return
    raise InputError(
        f"{plan.model}: gives {n_outputs} numbers per image, but {plan.catalog.root} "
        f"has {len(names)} classes ({', '.join(names[:8])}). Use the images that it "
        f"was made for."
    )


def _written(
    plan: Plan,
    artifacts: Path,
    title: str | None,
    chosen: NDArray[np.intp],
    found: Read,
    channels: int,
    inside: dict[str, Any],
) -> Run:
    table = plan.catalog.table.assign(split=plan.split)
    writer = create_run(
        artifacts,
        title=title or plan.model.stem,
        class_names=plan.catalog.class_names,
        dataset=_described(plan, artifacts, len(chosen)),
        status="imported",
        packages=("tensorflow", "tensorflow-cpu", "keras"),
        notes=_notes(plan, found, channels, len(chosen)),
    )
    try:
        sides = plan.split.to_numpy()[chosen]
        for side in dict.fromkeys(sides):
            here = sides == side
            part = table.iloc[chosen[here]]
            grouped = bool((part["landmark"] != "").all())
            predictions = Predictions(
                image=part["image"].to_numpy(dtype=object),
                y_true=part["label"].to_numpy(dtype=np.int64),
                y_pred=found.y_pred[here],
                proba=None if found.proba is None else found.proba[here],
                class_names=plan.catalog.class_names,
                split=str(side),
                group=part["landmark"].to_numpy(dtype=object) if grouped else None,
            )
            writer.write_predictions(str(side), predictions.write)
        writer.write_table("catalog.parquet", table)
        writer.write_json("activations.json", inside)
        if plan.about.form == "keras":
            writer.write_file(
                "model.keras", lambda path: shutil.copyfile(plan.model, path)
            )
    except BaseException:
        shutil.rmtree(writer.folder, ignore_errors=True)
        raise
    return writer.read()


def _notes(plan: Plan, found: Read, channels: int, n_images: int) -> Sequence[str]:
    lost = int((plan.split != "").sum()) - n_images
    return [
        f"Predicted by {plan.model.name}; pixels were given as {plan.scale} "
        f"in {channels} channel{'s' * (channels > 1)}.",
        found.note,
        "Its outputs were taken in the order of the dataset's classes.",
        *([f"{lost:,} images cannot be decoded and are left out."] if lost else []),
        *plan.notes,
    ]


def _described(plan: Plan, artifacts: Path, n_images: int) -> dict[str, Any]:
    return {
        "path": portable_path(plan.catalog.root, artifacts),
        "fingerprint": plan.catalog.fingerprint,
        "layout": plan.catalog.layout,
        "split": plan.split_name,
        "n_images": n_images,
        "problems": plan.catalog.problem_counts,
    }
