"""A fitted classifier of scikit-learn, recorded as a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hirise.errors import InputError
from hirise.recording.recorder import Recorder
from hirise.runs import Run


def record_estimator(
    estimator: Any,
    *,
    val: tuple[Any, Any],
    train: tuple[Any, Any] | None = None,
    title: str = "run",
    images: Any = None,
    class_names: Sequence[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    artifacts: str | Path = "artifacts",
) -> Run:
    """Record what a fitted classifier predicts; with its loss curve, if it has one.

    Parameters
    ----------
    estimator : classifier
        Fitted, with `predict`; with `predict_proba` or `decision_function` if it has
        them.
    val, train : (X, y)
    title, settings, artifacts
        As `hirise.Recorder` takes them.
    images : sequence of str, optional
        Names or paths of the validation images.
    class_names : sequence of str, optional
        In the order of `estimator.classes_`, which are the names by default.

    Raises
    ------
    InputError
        For what is not a fitted classifier.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn.linear_model import LogisticRegression
    >>> x, y = np.array([[0.0], [1.0]] * 20), np.array(["dune", "crater"] * 20)
    >>> with TemporaryDirectory() as folder:
    ...     estimator = LogisticRegression().fit(x, y)
    ...     run = record_estimator(estimator, val=(x, y), artifacts=folder)
    ...     run.info.class_names, run.history()["val_accuracy"].tolist()
    (('crater', 'dune'), [1.0])
    """
    classes = getattr(estimator, "classes_", None)
    if classes is None:
        raise InputError(
            f"{type(estimator).__name__} is not a fitted classifier.",
            how="Give a classifier of scikit-learn after `fit`.",
        )
    names = tuple(map(str, classes if class_names is None else class_names))
    about = {"name": type(estimator).__name__, **(settings or {})}
    recorder = Recorder(title, class_names=names, settings=about, artifacts=artifacts)
    recorder.layout = "sklearn"
    losses = [float(loss) for loss in getattr(estimator, "loss_curve_", ())]
    given = {"val": {**_predicted(estimator, *val), "images": images}}
    if train is not None:
        given["train"] = _predicted(estimator, *train)
    with recorder:
        for loss in losses[:-1]:
            recorder.log_epoch(loss=loss)
        last = {"loss": losses[-1]} if losses else {}
        recorder.log_epoch(**given, **last)
    return recorder.run


def _predicted(estimator: Any, x: Any, y: Any) -> dict[str, Any]:
    classes = np.asarray(estimator.classes_)
    places = {value: place for place, value in enumerate(classes.tolist())}
    labels = np.asarray(y).tolist()
    unknown = next((label for label in labels if label not in places), None)
    if unknown is not None:
        raise InputError(
            f"There is the label {str(unknown)[:80]!r}, which the classifier was not "
            "fitted on.",
            how="Give labels of its `classes_`.",
        )
    found: dict[str, Any] = {"y_true": np.array([places[label] for label in labels])}
    for method, key in (("predict_proba", "proba"), ("decision_function", "logits")):
        # Some have the method only with certain settings.
        function = getattr(estimator, method, None)
        if function is not None:
            return {**found, key: np.asarray(function(x))}
    predicted = np.asarray(estimator.predict(x)).tolist()
    return {**found, "y_pred": np.array([places[label] for label in predicted])}
