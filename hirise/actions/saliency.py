"""Compute saliency maps of a run's model, and keep them in the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from pathlib import Path

import numpy as np

from hirise.actions import RunLike, StrPath, resolve_run
from hirise.actions.preconditions import refuse_package, refuse_space
from hirise.actions.predict import limits_of
from hirise.errors import InputError, Refusal, nearest, parameter, shown
from hirise.predictions import Predictions, read_predictions
from hirise.progress import Progress
from hirise.runs import Run

FLOOR = 1e-7
"""Of a probability before its logarithm is taken, as in the log-loss."""

NEEDS = {
    ".onnx": ("onnxruntime", "onnxruntime", "models"),
    ".tflite": ("ai_edge_litert", "ai-edge-litert", "models"),
    ".pt2": ("torch", "PyTorch", ""),
}
"""What runs a model that TensorFlow does not: module, name and extra, by suffix."""


@dataclass(frozen=True)
class SaliencyRequest:
    """Saliency maps to be computed.

    Attributes
    ----------
    run : str, path or Run
        Id or folder of the run, or the run.
    split : str, optional
        val by default, else test.
    image : tuple of str
        Images of the split, as the run names them.
    images : int
        Without `image`: how many are drawn from the split; the 60 most confident
        mistakes are added.
    data : path, optional
        Folder of the images, if not the one that the run names.
    model : path, optional
        The model that made the predictions, if the run does not hold or name it.
    memory_limit, time_limit
        See `PredictRequest`.
    artifacts : path
        Folder of the runs.
    """

    run: RunLike
    _: KW_ONLY
    split: str | None = None
    image: tuple[str, ...] = ()
    images: int = 200
    data: StrPath | None = None
    model: StrPath | None = None
    memory_limit: float | None = None
    time_limit: float = 60.0
    artifacts: StrPath = "artifacts"


@dataclass(frozen=True)
class SaliencyResult:
    """What was computed.

    Attributes
    ----------
    run, split
    path : Path
        Where the maps are kept.
    n_images, n_stored : int
        Images that were requested, and those whose maps existed already.
    methods : mapping
        Images by method.
    notes : tuple of str
        What was left out, and why.
    """

    run: Run
    split: str
    path: Path
    n_images: int
    n_stored: int
    methods: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def saliency(
    request: SaliencyRequest, *, progress: Progress | None = None
) -> SaliencyResult:
    """Compute what in an image is evidence for the class that was predicted.

    The method is Grad-CAM if the network has feature maps, else occlusion. Images whose
    maps are stored in the run are left as they are.

    Raises
    ------
    InputError
        If the run has no such split or image, its images or model are not here, or the
        model cannot be loaded or breaks its limits.
    """
    from hirise.models.saliency_maps import compute_saliency
    from hirise.runs.saliency import saliency_path, stored_images

    progress = progress or Progress()
    run = resolve_run(request.run, request.artifacts)
    split = run.choose_split(request.split)
    predictions = read_predictions(run.predictions_path(split))
    model, data = (
        None if path is None else Path(path) for path in (request.model, request.data)
    )
    _require(run, predictions, model, data)
    names = _images(predictions, request)
    stored = set(stored_images(run, split))
    missing = [name for name in names if name not in stored]
    result = SaliencyResult(
        run,
        split,
        saliency_path(run.folder, split),
        n_images=len(names),
        n_stored=len(names) - len(missing),
    )
    if not missing:
        return result
    model = model or run.model_path
    assert model is not None
    computed = compute_saliency(
        run,
        predictions,
        missing,
        model=model,
        data=data,
        limits=limits_of(request.memory_limit, request.time_limit),
        progress=progress,
    )
    return replace(result, methods=computed.methods, notes=computed.notes)


def refuse_saliency(run: Run, predictions: Predictions) -> Refusal | None:
    """Why nothing would be learnt from saliency maps of a run's predictions."""
    if run.info.status == "training":
        return Refusal(
            f"{run.info.id} is still training (process {run.info.pid}).",
            how="Wait until it ends.",
        )
    if run.is_example:
        return Refusal(
            f"{run.info.id} is an example that ships with hirise; it stays as it is."
        )
    if predictions.image is None:
        return Refusal(f"{run.info.id} does not say which images it predicted.")
    if _is_constant(predictions):
        return Refusal(
            f"{run.info.id} gives all images the same probabilities, so there is "
            "nothing to explain."
        )
    return None


def refuse_model(run: Run) -> Refusal | None:
    """Why the model that predicted is not here."""
    path = run.model_path
    if path is not None and path.exists():
        return None
    elsewhere = f"If it is elsewhere, name it with {parameter('model', 'FILE')}."
    if path is not None:
        return Refusal(
            f"{run.info.id} was predicted by {path}, which is gone.", how=elsewhere
        )
    if run.info.parent is not None:
        return Refusal(
            f"{run.info.id} has no network of its own; it changes the predictions of "
            f"{run.info.parent}.",
            how="Use that run instead.",
        )
    return Refusal(
        f"{run.info.id} came without the model that predicted it.", how=elsewhere
    )


def refuse_job(artifacts: Path, run: Run, predictions: Predictions) -> Refusal | None:
    """Why saliency maps of `run` cannot be computed here with what it holds."""
    from hirise.runs.images import check_images

    refusal = refuse_saliency(run, predictions) or refuse_model(run)
    if refusal is not None:
        return refusal
    if (refusal := check_images(run)) is not None:
        return refusal
    assert run.model_path is not None
    suffix = run.model_path.suffix.lower()
    module, name, extra = NEEDS.get(suffix, ("tensorflow", "TensorFlow", "train"))
    return refuse_package(module, name, extra, "Its model") or refuse_space(
        artifacts, "A saliency map"
    )


def _is_constant(predictions: Predictions) -> bool:
    """Whether the probabilities hardly differ from image to image, in every class."""
    from hirise.diagnosis.collapse_kind import KIND_RULES

    if predictions.proba is None or len(predictions) < 2:
        return False
    logs = np.log(np.maximum(predictions.proba, FLOOR))
    return bool((logs.std(axis=0) < KIND_RULES.logit_std).all())


def _require(
    run: Run, predictions: Predictions, model: Path | None, data: Path | None
) -> None:
    """Refuse what cannot be done before anything slow is loaded."""
    from hirise.runs.images import check_images

    refusal = refuse_saliency(run, predictions)
    if refusal is None and model is None:
        refusal = refuse_model(run)
    if refusal:
        raise refusal.error()
    if data is None and (refusal := check_images(run)) is not None:
        elsewhere = (
            "If the images are elsewhere, name their folder: "
            f"{parameter('data', 'DIR')}"
        )
        raise InputError(refusal.what, how=f"{refusal.how} {elsewhere}")
    if data is not None and not data.is_dir():
        raise InputError("There is no such folder of images.", where=data)


def _images(predictions: Predictions, request: SaliencyRequest) -> list[str]:
    assert predictions.image is not None
    if not request.image:
        from hirise.evaluation.images import images_for_saliency

        return images_for_saliency(predictions, request.images)
    known = set(predictions.image)
    for name in request.image:
        if name not in known:
            raise InputError(
                f"{parameter('image')}: no image '{shown(name)}' among the "
                f"{len(known):,} of the split {predictions.split}."
                f"{nearest(name, known)}"
            )
    return list(dict.fromkeys(request.image))
