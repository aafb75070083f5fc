"""Whether it makes sense to ask where a run's model looks."""

from __future__ import annotations

import numpy as np

from hirise.diagnosis.kind import KIND_RULES
from hirise.predictions import Predictions
from hirise.runs import Run

FLOOR = 1e-7
"""Of a probability before its logarithm is taken, as in the log-loss."""


def is_constant(predictions: Predictions) -> bool:
    """Whether the probabilities hardly differ from image to image, in every class."""
    if predictions.proba is None or len(predictions) < 2:
        return False
    logs = np.log(np.maximum(predictions.proba, FLOOR))
    return bool((logs.std(axis=0) < KIND_RULES.logit_std).all())


def why_no_saliency(run: Run, predictions: Predictions) -> str:
    """Why it cannot be seen where the model of `run` looks, in one line, or ""."""
    name = run.info.id
    if run.info.status == "training":
        return f"{name} is still training (process {run.info.pid}). Wait until it ends."
    if run.is_example:
        return f"{name} is an example that ships with hirise; it stays as it is."
    if predictions.image is None:
        return f"{name} does not say which images it predicted."
    if is_constant(predictions):
        return (
            f"{name} gives all images the same probabilities, wherever it looks: there "
            f"is nothing to explain."
        )
    return ""


def why_no_model(run: Run) -> str:
    """Why there is no model to ask, and what to do, in one line, or ""."""
    name, path = run.info.id, run.model_path
    if path is not None and path.exists():
        return ""
    if path is not None:
        return (
            f"{name} was predicted by {path}, which is gone. If it lies elsewhere: "
            f"hirise saliency {name} --model FILE"
        )
    if run.info.parent is not None:
        return (
            f"{name} has no network of its own; it changes what that of "
            f"{run.info.parent} said. See where that one looks."
        )
    return (
        f"{name} came without the model that predicted it. If it is at hand: "
        f"hirise saliency {name} --model FILE"
    )
