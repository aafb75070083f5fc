"""Pixel scale and class order of one model, for a dataset or for a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Floats, Ints
from hirise.errors import InputError, parameter
from hirise.models.input_spec import (
    SCALES,
    USUAL,
    InputSpec,
    class_orders,
    find_input_spec,
    fits,
    trial_rows,
)
from hirise.models.outputs import decode_outputs, in_class_order
from hirise.models.plan import PredictionPlan
from hirise.models.predictor import ModelFacts, Predictor
from hirise.models.sandbox import SandboxedPredictor
from hirise.predictions import Predictions
from hirise.runs import Run

SAME, MOST = 0.01, 0.10
"""Distance to the predictions of a run that is taken at once, and taken at all."""


def resolve_input(
    plan: PredictionPlan,
    predictor: Predictor | SandboxedPredictor,
    pixels: NDArray[np.uint8],
    rows: Ints,
) -> InputSpec:
    """The scale and order for a dataset, after trying where several are possible.

    Parameters
    ----------
    pixels : (n_images, size, size) uint8
    rows : (n,) int
        The images that will be predicted. Those of test are tried with only where
        there are no others.
    """
    scales, notes = _possible_scales(plan, predictor.facts)
    if len(scales) == 1 and len(plan.orders) == 1 and not plan.relabel:
        ((order, columns),) = plan.orders.items()
        note = (
            "Its outputs were taken in the order of classes that was given."
            if order == "as given"
            else f"Its outputs were taken in the order of the classes: {order}."
        )
        return InputSpec(scales[0], columns, order, notes=(*notes, note))
    # What is chosen on test images would make their own score too good.
    others = rows[plan.split.to_numpy()[rows] != "test"]
    usable = others if len(others) else rows
    labels = plan.catalog.table["label"].to_numpy(dtype=np.int64)
    tried = usable[trial_rows(labels[usable])]
    trials = {scale: predictor.predict(pixels, tried, scale) for scale in scales}
    spec = find_input_spec(
        trials,
        labels[tried],
        plan.catalog.class_names,
        orders=plan.orders,
        relabel=plan.relabel,
    )
    return replace(spec, notes=(*notes, *spec.notes))


def _possible_scales(
    plan: PredictionPlan, facts: ModelFacts
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The scales that are possible, and what the file says about them."""
    if len(plan.scales) == 1 or facts.input_range is None:
        return plan.scales, ()
    low, high = facts.input_range
    note = f"Its inputs are {facts.dtype} that stand for {low:.3g} to {high:.3g}"
    near = tuple(
        scale for scale in plan.scales if fits(scale, facts.channels, facts.input_range)
    )
    if near:
        return near, (f"{note}: {' or '.join(near)}.",)
    return plan.scales, (f"{note}, which is no usual scale.",)


def input_of_run(
    run: Run,
    predictor: Predictor | SandboxedPredictor,
    pixels: NDArray[np.uint8],
    predictions: Predictions,
) -> InputSpec:
    """The scale and order with which the model gives the predictions of a run.

    What the run records is tried first, then every scale in every usual order.

    Parameters
    ----------
    pixels : (n_images, size, size) uint8
    predictions : Predictions
        For these images, in this order.

    Raises
    ------
    InputError
        If there is none: it is another model, or these are other images.
    """
    names, n_outputs = predictions.class_names, predictor.facts.n_outputs
    if n_outputs != len(names) and not (n_outputs == 1 and len(names) == 2):
        raise InputError(
            f"The model gives {n_outputs} numbers per image, but {run.info.id} has "
            f"{len(names)} classes.",
            how="Give the model of the run.",
        )
    best, least = None, np.inf
    outputs: dict[str, Floats] = {}
    for spec in _usual_specs(run, names):
        if spec.scale not in outputs:
            rows = np.arange(len(pixels))
            outputs[spec.scale] = predictor.predict(pixels, rows, spec.scale)
        ordered = in_class_order(outputs[spec.scale], spec.columns)
        distance = _distance(ordered, predictions)
        if distance < least:
            best, least = spec, distance
        if least <= SAME:
            break
    if best is None or least > MOST:
        raise InputError(
            f"The model does not give the predictions of {run.info.id} for "
            f"{len(predictions)} images (its probabilities differ by {least:.2f}).",
            how="It is another model, or these are other images: give the folder of "
            f"the images ({parameter('data')}) or the model of the run.",
        )
    return best


def _usual_specs(run: Run, names: tuple[str, ...]) -> Iterator[InputSpec]:
    recorded = run.info.model or {}
    columns = recorded.get("columns", [])
    if recorded.get("scale") in SCALES and sorted(columns) == list(range(len(names))):
        yield InputSpec(recorded["scale"], np.array(columns, dtype=np.int64))
    for scale in (USUAL, *(name for name in SCALES if name != USUAL)):
        for order, usual in class_orders(names).items():
            yield InputSpec(scale, usual, order)


def _distance(outputs: Floats, predictions: Predictions) -> float:
    """Mean over images of the largest difference of a probability; else of labels."""
    decoded = decode_outputs(outputs, predictions.class_names)
    if decoded.proba is None or predictions.proba is None:
        return float((decoded.y_pred != predictions.y_pred).mean())
    return float(np.abs(decoded.proba - predictions.proba).max(axis=1).mean())
