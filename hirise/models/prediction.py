"""One prediction, from the model file to the run folder."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.arrays import Ints
from hirise.data import load_images
from hirise.errors import InputError
from hirise.models.input_spec import InputSpec
from hirise.models.inspection import saved_loss
from hirise.models.outputs import (
    Decoded,
    catalog_predictions,
    decode_outputs,
    in_class_order,
)
from hirise.models.pixel_scales import BGR, GREY, RGB
from hirise.models.plan import PredictionPlan
from hirise.models.predictor import ModelFacts, Predictor, probe_rows
from hirise.models.resolve_input import resolve_input
from hirise.models.sandbox import SandboxedPredictor
from hirise.predictions import Predictions
from hirise.progress import Progress
from hirise.runs import Run, RunWriter, create_run
from hirise.runs.embeddings import write_embeddings
from hirise.runs.images import store_image_features
from hirise.runs.writer import portable_path

_PACKAGES = {
    "tflite": ("ai-edge-litert",),
    "onnx": ("onnxruntime",),
}
_TENSORFLOW = ("tensorflow", "tensorflow-cpu", "keras")


def predict(
    plan: PredictionPlan,
    *,
    artifacts: Path,
    title: str | None = None,
    progress: Progress | None = None,
    sandboxed: bool = True,
) -> Run:
    """Carry out `plan`; the run appears when everything is predicted.

    Parameters
    ----------
    artifacts : Path
        Where the run folder is made.
    title : str, optional
        The name of the model's file by default.
    sandboxed : bool
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
    predictor = (
        SandboxedPredictor(path, form, size=size, limits=plan.limits)
        if sandboxed
        else Predictor(path, form, size=size)
    )
    with closing(predictor):
        return _predict(plan, predictor, artifacts, title, progress)


def _predict(
    plan: PredictionPlan,
    predictor: Predictor | SandboxedPredictor,
    artifacts: Path,
    title: str | None,
    progress: Progress,
) -> Run:
    _check_classes(plan, predictor.facts.n_outputs)
    progress.update("Trying how the model takes its images")
    spec = resolve_input(plan, predictor)
    facts, encoding = predictor.facts, spec.form.encoding
    decoded = load_images(
        plan.catalog,
        size=facts.size,
        channels=1 if facts.channels == 1 else plan.catalog.channels,
        resizing=spec.form.resizing,
        progress=progress,
    )
    pixels = decoded.pixels
    rows = np.flatnonzero((plan.split != "").to_numpy() & decoded.kept)
    if not len(rows):
        raise InputError(
            f"No image of the split '{plan.split_name}' can be read.",
            where=plan.catalog.root,
            how="`hirise data info` says what is wrong with the files.",
        )
    started = time.perf_counter()
    outputs = predictor.predict(pixels, rows, encoding, progress)
    seconds = time.perf_counter() - started
    ordered = in_class_order(outputs, spec.columns)
    prediction = _Prediction(
        rows,
        decode_outputs(
            ordered, plan.catalog.class_names, step=predictor.facts.output_step
        ),
        spec,
        predictor.facts,
        seconds,
        predictor.features,
    )
    activations = _activations(plan, predictor, pixels, prediction)
    run = _write_run(plan, prediction, artifacts, title, activations)
    store_image_features(RunWriter(run.folder), plan.catalog, decoded)
    return run


class _Prediction(NamedTuple):
    """Outputs of a model for the images of a plan.

    Attributes
    ----------
    rows : (n,) int
        Rows of the catalog that were predicted.
    decoded : Decoded
        Classes in the order of the dataset.
    spec : InputSpec
    facts : ModelFacts
    seconds : float
        Of predicting alone.
    features : (n, d) float32, optional
        Inputs of the model's last layer.
    """

    rows: Ints
    decoded: Decoded
    spec: InputSpec
    facts: ModelFacts
    seconds: float
    features: NDArray[np.float32] | None = None


def _check_classes(plan: PredictionPlan, n_outputs: int) -> None:
    names = plan.catalog.class_names
    if n_outputs == len(names) or (n_outputs == 1 and len(names) == 2):
        return
    raise InputError(
        f"The model gives {n_outputs} numbers per image, but {plan.catalog.root} "
        f"has {len(names)} classes ({', '.join(names[:8])}).",
        where=plan.model,
        how="Use the images that it was made for.",
    )


def _activations(
    plan: PredictionPlan,
    predictor: Predictor | SandboxedPredictor,
    pixels: NDArray[np.uint8],
    prediction: _Prediction,
) -> dict[str, Any] | None:
    """The document `activations.json`, from a few images of one split."""
    if not prediction.facts.has_layers:
        return None
    splits = plan.split.to_numpy()[prediction.rows]
    split = next((name for name in ("val", "test") if name in splits), splits[0])
    return predictor.activations(
        pixels,
        probe_rows(prediction.rows[splits == split], size=pixels.shape[1]),
        prediction.spec.form.encoding,
        class_names=list(plan.catalog.class_names),
        split=str(split),
        loss=saved_loss(plan.model, plan.about),
    )


def _write_run(
    plan: PredictionPlan,
    prediction: _Prediction,
    artifacts: Path,
    title: str | None,
    activations: dict[str, Any] | None,
) -> Run:
    """A run with the predictions, whole or not at all."""
    # Images that could not be decoded are in no split.
    is_predicted = np.zeros(len(plan.split), dtype=bool)
    is_predicted[prediction.rows] = True
    table = plan.catalog.table.assign(split=plan.split.where(is_predicted, ""))
    writer = create_run(
        artifacts,
        title=title or plan.model.stem,
        class_names=plan.catalog.class_names,
        dataset=_dataset_document(plan, artifacts, len(prediction.rows)),
        status="imported",
        packages=_PACKAGES.get(plan.about.form, _TENSORFLOW),
        notes=list(_notes(plan, prediction)),
    )
    try:
        for split, selected in _by_split(plan, prediction):
            predictions = _predictions(plan, prediction, table, split, selected)
            writer.write_predictions(split, predictions.write)
            if prediction.features is not None:
                write_embeddings(writer, split, prediction.features[selected])
        writer.write_table("catalog.parquet", table)
        writer.update(model=_model_document(plan, prediction, artifacts))
        if activations is not None:
            writer.write_json("activations.json", activations)
        if plan.about.form == "keras":
            writer.write_file(
                "model.keras", lambda path: shutil.copyfile(plan.model, path)
            )
    # Ctrl-C is no Exception, and must not leave half a run either.
    except BaseException:
        shutil.rmtree(writer.folder, ignore_errors=True)
        raise
    return writer.read()


def _by_split(
    plan: PredictionPlan, prediction: _Prediction
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Each split, and which of the predicted images are in it."""
    splits = plan.split.to_numpy()[prediction.rows]
    for split in dict.fromkeys(splits):
        yield str(split), splits == split


def _predictions(
    plan: PredictionPlan,
    prediction: _Prediction,
    table: pd.DataFrame,
    split: str,
    selected: NDArray[np.bool_],
) -> Predictions:
    decoded = prediction.decoded
    return catalog_predictions(
        table.iloc[prediction.rows[selected]],
        decoded.y_pred[selected],
        None if decoded.proba is None else decoded.proba[selected],
        class_names=plan.catalog.class_names,
        split=split,
    )


def _model_document(
    plan: PredictionPlan, prediction: _Prediction, artifacts: Path
) -> dict[str, Any]:
    """The model in `run.json`, and how the images went into it."""
    form = prediction.spec.form
    return {
        "path": portable_path(plan.model, artifacts),
        "form": plan.about.form,
        "size": prediction.facts.size,
        "scale": form.encoding.scale,
        "channels": form.encoding.channels,
        "resize": str(form.resizing),
        "interpolation": form.resizing.interpolation,
        "columns": prediction.spec.columns.tolist(),
    }


def _dataset_document(
    plan: PredictionPlan, artifacts: Path, n_images: int
) -> dict[str, Any]:
    return {
        "path": portable_path(plan.catalog.root, artifacts),
        "fingerprint": plan.catalog.fingerprint,
        **plan.catalog.chosen,
        "layout": plan.catalog.layout,
        "channels": plan.catalog.channels,
        "split": plan.split_name,
        "n_images": n_images,
        "problems": plan.catalog.problem_counts,
    }


def _told_of_colour(channels: int, order: str) -> str:
    if channels == 1:
        return (
            "The images have colour, but the model takes one channel: it was given "
            "their brightness."
        )
    if order == GREY:
        return "The model was given the brightness of the images in three channels."
    names = {RGB: "red, green, blue", BGR: "blue, green, red"}
    return f"The model was given colours in the order {names[order]}."


def _notes(plan: PredictionPlan, prediction: _Prediction) -> Iterator[str]:
    facts, n, seconds = prediction.facts, len(prediction.rows), prediction.seconds
    form = prediction.spec.form
    yield (
        f"Predicted by {plan.model.name}. Pixels were given as {form.encoding.scale} "
        f"in {facts.channels} channel{'s' * (facts.channels > 1)}"
        f"{', channels first' * (facts.layout == 'NCHW')}. Images were brought to "
        f"{facts.size} × {facts.size} pixels by {form.resizing} "
        f"({form.resizing.interpolation})."
    )
    if plan.catalog.channels == 3:
        yield _told_of_colour(facts.channels, form.encoding.channels)
    yield from prediction.spec.notes
    yield prediction.decoded.note
    yield f"{n:,} images in {seconds:.1f} s ({n / max(seconds, 1e-3):,.0f} images/s)."
    if facts.network_cut is not None:
        internet = (
            "without internet access"
            if facts.network_cut
            else "with internet access, which cannot be blocked on this system"
        )
        yield (
            f"The model ran in a separate process, within {plan.limits.memory:.1f} "
            f"GB, {internet}."
        )
    corrupt = plan.catalog.problem_counts.get("corrupt", 0)
    lost = int((plan.split != "").sum()) - n + corrupt
    if lost:
        yield f"{lost:,} image{'s' * (lost > 1)} cannot be decoded: left out."
    yield from plan.notes
