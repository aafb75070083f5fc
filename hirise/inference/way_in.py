"""How a run's images go into its model, and which output is which class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hirise.errors import InputError
from hirise.inference.agreement import USUAL
from hirise.inference.apart import PredictorApart
from hirise.inference.conventions import class_orders, in_order
from hirise.inference.predictor import Predictor
from hirise.inference.scales import SCALES
from hirise.inference.scores import read_outputs
from hirise.predictions import Predictions
from hirise.runs import Run

Ints = NDArray[np.int64]
Pixels = NDArray[np.uint8]

SAME, MOST = 0.01, 0.10
"""Distance to what the run says that is taken at once, and that is taken at all."""


class WayIn(NamedTuple):
    """A scale of pixels, and which output belongs to each class."""

    scale: str
    columns: Ints


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
        apart = _distance(in_order(outputs[way.scale], way.columns), said)
        if apart < least:
            best, least = way, apart
        if least <= SAME:
            break
    if best is None or least > MOST:
        raise InputError(
            f"The model does not say of {len(said)} images what {run.info.id} says of "
            f"them (its probabilities are {least:.2f} apart): it is another model, or "
            f"--data names other images."
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
    found = read_outputs(outputs, said.class_names)
    if found.proba is None or said.proba is None:
        return float((found.y_pred != said.y_pred).mean())
    return float(np.abs(found.proba - said.proba).max(axis=1).mean())
