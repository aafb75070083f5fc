"""Pixel scale and class order of one prediction: given, said by the file, or found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.inference.apart import PredictorApart
from hirise.inference.conventions import (
    Conventions,
    Ints,
    find_conventions,
    trial_rows,
)
from hirise.inference.plan import Plan
from hirise.inference.predictor import Facts, Predictor
from hirise.inference.scales import fits

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
