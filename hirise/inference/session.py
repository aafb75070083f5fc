"""One prediction, from the model's file to the run folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hirise.dataset import load_images
from hirise.errors import InputError
from hirise.inference.agreement import agree
from hirise.inference.apart import PredictorApart
from hirise.inference.conventions import in_order
from hirise.inference.plan import Plan
from hirise.inference.predicted_run import Made, write_run
from hirise.inference.predictor import Predictor
from hirise.inference.rows import probe_rows
from hirise.inference.savedloss import saved_loss
from hirise.inference.scores import read_outputs
from hirise.runs import Run, RunWriter
from hirise.runs.features import keep_image_features

Report = Callable[[str, int, int], object]
"""Told what is done: the step, images done and images in all."""


def predict(
    plan: Plan,
    *,
    artifacts: Path,
    title: str | None = None,
    report: Report = lambda *_: None,
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
    report("Loading the model", 0, 0)
    path, form, size = plan.model, plan.about.form, plan.size
    if apart:
        with closing(
            PredictorApart(path, form, size=size, limits=plan.limits)
        ) as predictor:
            return _carried_out(plan, predictor, artifacts, title, report)
    return _carried_out(
        plan, Predictor(path, form, size=size), artifacts, title, report
    )


def _carried_out(
    plan: Plan,
    predictor: Predictor | PredictorApart,
    artifacts: Path,
    title: str | None,
    report: Report,
) -> Run:
    _check_classes(plan, predictor.facts.n_outputs)
    report("Reading the images", 0, 0)
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
        lambda done, of: report("Predicting", done, of),
    )
    seconds = time.perf_counter() - begun
    found = read_outputs(in_order(outputs, agreed.columns), plan.catalog.class_names)
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
