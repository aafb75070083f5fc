"""Pixel scale and class order of one model and one set of images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.errors import InputError, parameter
from hirise.metrics.metrics import Ints
from hirise.models.input_spec import (
    SCALES,
    Conventions,
    class_orders,
    find_conventions,
    fits,
    trial_rows,
)
from hirise.models.outputs import decode_outputs, in_class_order
from hirise.models.plan import Plan
from hirise.models.predictor import Facts, Predictor
from hirise.models.sandbox import PredictorApart
from hirise.predictions import Predictions
from hirise.runs import Run

USUAL = "0-255"


def agree(
    plan: Plan,
    predictor: Predictor | PredictorApart,
    pixels: NDArray[np.uint8],
    chosen: Ints,
) -> Conventions:
    """The conventions that are taken, after trying where several are open.

    Parameters
    ----------
    pixels : (n_images, size, size) uint8
    chosen : (n,) int
        The rows that will be predicted. Those of test are tried with only where there
        are no others.
    """
    scales, said = _scales(plan, predictor.facts)
    if len(scales) == 1 and len(plan.orders) == 1 and not plan.relabel:
        return replace(_given(plan, scales[0]), notes=(*said, *_order_note(plan)))
    rows = _tried(plan, chosen)
    truth = plan.catalog.table["label"].to_numpy(dtype=np.int64)[rows]
    trials = {scale: predictor.predict(pixels, rows, scale) for scale in scales}
    found = find_conventions(
        trials,
        truth,
        plan.catalog.class_names,
        orders=plan.orders,
        relabel=plan.relabel,
    )
    return replace(found, notes=(*said, *found.notes))


def _scales(plan: Plan, facts: Facts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The scales that are open, and what the file says of them."""
    if len(plan.scales) == 1 or facts.input_range is None:
        return plan.scales, ()
    low, high = facts.input_range
    said = f"Its inputs are {facts.dtype} that stand for {low:.3g} to {high:.3g}"
    near = [one for one in plan.scales if fits(one, facts.channels, facts.input_range)]
    if near:
        return tuple(near), (f"{said}: {' or '.join(near)}.",)
    return plan.scales, (f"{said}, which is no usual scale.",)


def _tried(plan: Plan, chosen: Ints) -> Ints:
    """Rows of a few images of each class, apart from test if that can be."""
    sides = plan.split.to_numpy()[chosen]
    others = chosen[sides != "test"]
    rows = others if len(others) else chosen
    labels = plan.catalog.table["label"].to_numpy(dtype=np.int64)
    return np.asarray(rows[trial_rows(labels[rows])], dtype=np.int64)


def _given(plan: Plan, scale: str) -> Conventions:
    ((order, columns),) = plan.orders.items()
    return Conventions(scale, order, columns, pd.DataFrame(), ())


def _order_note(plan: Plan) -> tuple[str, ...]:
    (order,) = plan.orders
    if order == "as given":
        return ("Its outputs were taken in the order of classes that was given.",)
    return (f"Its outputs were taken in the order of the classes: {order}.",)


Columns = NDArray[np.int64]
Pixels = NDArray[np.uint8]

SAME, MOST = 0.01, 0.10
"""Distance to what the run says that is taken at once, and that is taken at all."""


class WayIn(NamedTuple):
    """A scale of pixels, and which output belongs to each class."""

    scale: str
    columns: Columns


def way_in(
    run: Run, predictor: Predictor | PredictorApart, pixels: Pixels, said: Predictions
) -> WayIn:
    """The way on which the model says of images what the run says of them.

    What the run records is tried first, then every scale in every usual order.

    Parameters
    ----------
    pixels : (n_images, size, size) uint8
    said : Predictions
        Of these images, in this order.

    Raises
    ------
    InputError
        If there is none: it is another model, or these are other images.
    """
    names, n_outputs = said.class_names, predictor.facts.n_outputs
    if n_outputs != len(names) and not (n_outputs == 1 and len(names) == 2):
        raise InputError(
            f"The model gives {n_outputs} numbers per image, but {run.info.id} has "
            f"{len(names)} classes; it is another model."
        )
    best, least = None, np.inf
    outputs: dict[str, NDArray[np.float64]] = {}
    for way in _ways(run, names):
        if way.scale not in outputs:
            rows = np.arange(len(pixels))
            outputs[way.scale] = predictor.predict(pixels, rows, way.scale)
        apart = _distance(in_class_order(outputs[way.scale], way.columns), said)
        if apart < least:
            best, least = way, apart
        if least <= SAME:
            break
    if best is None or least > MOST:
        raise InputError(
            f"The model does not say of {len(said)} images what {run.info.id} says of "
            f"them (its probabilities are {least:.2f} apart): it is another model, or "
            f"{parameter('data')} names other images."
        )
    return best


def _ways(run: Run, names: tuple[str, ...]) -> Iterator[WayIn]:
    recorded = run.info.model or {}
    columns = recorded.get("columns", [])
    if recorded.get("scale") in SCALES and sorted(columns) == list(range(len(names))):
        yield WayIn(recorded["scale"], np.array(columns, dtype=np.int64))
    for scale in (USUAL, *(one for one in SCALES if one != USUAL)):
        for order in class_orders(names).values():
            yield WayIn(scale, order)


def _distance(outputs: NDArray[np.float64], said: Predictions) -> float:
    """Mean over images of the largest difference of a probability; else of labels."""
    found = decode_outputs(outputs, said.class_names)
    if found.proba is None or said.proba is None:
        return float((found.y_pred != said.y_pred).mean())
    return float(np.abs(found.proba - said.proba).max(axis=1).mean())
