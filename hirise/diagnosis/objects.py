"""What a call is given in memory, as a source: arrays, tables, estimators, curves."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from hirise.errors import InputError
from hirise.history import curve_of
from hirise.predictions import Predictions
from hirise.predictions.arguments import NAMES, class_names_of
from hirise.predictions.arrays import as_array, as_table, is_array
from hirise.runs import Run

USAGE = (
    "Call diagnose(y_true, y_pred), diagnose(y_true, proba=…), or give a table, a "
    "path, a run or a mapping such as {'y_true': …, 'proba': …}."
)
_MOST_COUNTED = 50_000_000
"""Images of a confusion matrix, at most."""
_MASKED = -100
"""What transformers give an image without a label."""

Known = Run | Predictions | pd.DataFrame | Mapping[str, Any] | str | os.PathLike[str]


class Found(NamedTuple):
    """A source, and the columns that were named for it by their roles."""

    source: Known
    columns: Mapping[str, str] = {}


def source_of(
    source: Any, arrays: Mapping[str, Any], *, class_names: Any = None
) -> Found:
    """What is to be diagnosed.

    Parameters
    ----------
    source : object
        The first argument of a call: a source, or the true labels.
    arrays : mapping of argument to array
        Those of the others that are not None.
    class_names : sequence or mapping, optional

    Raises
    ------
    TypeError
        Nothing that can be diagnosed.
    InputError
        Arrays or objects that cannot be evaluated, with the name of the argument.

    Examples
    --------
    >>> source_of(["a", "b"], {"y_pred": ["a", "a"]}).source
    {'y_true': ['a', 'b'], 'y_pred': ['a', 'a']}
    >>> source_of("predictions.csv", {"y_true": "label"})
    Found(source='predictions.csv', columns={'y_true': 'label'})
    """
    if source is None and not arrays:
        raise TypeError(f"There is nothing to diagnose. {USAGE}")
    if source is None:
        return Found(dict(arrays))
    if callable(getattr(source, "predict", None)):
        return Found(_of_call(source, arrays))
    if callable(source) and not is_array(source):
        raise _without_predict("source", source)
    table = as_table(source)
    if not arrays:
        return Found(_of_object(source, table, class_names))
    is_file = isinstance(source, str | os.PathLike | Run | Predictions | Mapping)
    if not is_file and (table is None or _is_label_table(table, arrays)):
        return Found(_with_truth(source, arrays))
    if all(isinstance(value, str) for value in arrays.values()):
        roles = {"images": "image", "groups": "group"}
        columns = {roles.get(name, name): str(c) for name, c in arrays.items()}
        return Found(source if table is None else table, columns)
    raise TypeError(
        f"`source` is of type {_kind(source)}, and `{next(iter(arrays))}` an array. "
        "Give either of them, or the names of the columns."
    )


def _is_label_table(table: pd.DataFrame, arrays: Mapping[str, Any]) -> bool:
    """Whether a table is the true labels: one column, or one-hot."""
    if any(isinstance(value, str) for value in arrays.values()):
        return False
    numeric = all(pd.api.types.is_numeric_dtype(kind) for kind in table.dtypes)
    return table.shape[1] == 1 or (numeric and not set(table.columns) & set(NAMES))


def _with_truth(source: Any, arrays: Mapping[str, Any]) -> dict[str, Any]:
    if "y_true" in arrays:
        raise TypeError(
            "`y_true` is given twice: as the first argument and by its name."
        )
    return {"y_true": source, **arrays}


def _of_object(source: Any, table: pd.DataFrame | None, class_names: Any) -> Known:
    """The source that one object is."""
    if isinstance(source, str | os.PathLike | Run | Predictions):
        return source
    if table is not None:
        matrix = _matrix_of_table(table)
        return table if matrix is None else _of_counts(*matrix, class_names)
    if isinstance(source, Mapping):
        return source
    if hasattr(source, "predictions") and hasattr(source, "label_ids"):
        return _of_trainer(source.predictions, source.label_ids)
    for name in ("history", "log_history"):  # of Keras, and of transformers
        curves = getattr(source, name, None)
        if isinstance(curves, Mapping | list):
            return _records(curves) if isinstance(curves, list) else curves
    if isinstance(source, list) and source and isinstance(source[0], Mapping):
        return _records(source)
    if is_array(source) or isinstance(source, list | tuple):
        return _of_one_array(source, class_names)
    raise TypeError(f"`source` is of type {_kind(source)}, which is not known. {USAGE}")


def _kind(source: object) -> str:
    return type(source).__name__


def _records(rows: list[Any]) -> pd.DataFrame:
    return pd.DataFrame([dict(row) for row in rows])


def _of_one_array(source: Any, class_names: Any) -> Predictions:
    """A confusion matrix; any other array by itself says too little."""
    if isinstance(source, tuple) and len(source) == 2:
        raise _says_too_little("a tuple of two")
    array = as_array("source", source)
    if array.ndim != 2 or array.shape[0] != array.shape[1]:
        raise _says_too_little(f"one array of shape {array.shape}")
    names = tuple(map(str, range(len(array))))
    return _of_counts(array, names, class_names)


def _says_too_little(form: str) -> TypeError:
    return TypeError(
        f"`source` is {form}, which does not tell true labels from predictions. Call "
        "diagnose(y_true, y_pred), or diagnose(y_pred=…) without true labels."
    )


def _matrix_of_table(
    table: pd.DataFrame,
) -> tuple[np.ndarray[Any, Any], tuple[str, ...]] | None:
    """The numbers and classes of a table whose rows and columns have the same names."""
    if table.shape[0] != table.shape[1] or len(table) < 2:
        return None
    names, columns = list(map(str, table.index)), list(map(str, table.columns))
    if set(names) != set(columns) or len(set(names)) < len(names):
        return None
    matrix = table.set_axis(columns, axis="columns")[names]
    return matrix.to_numpy(), tuple(names)


def _of_counts(
    matrix: np.ndarray[Any, Any], names: tuple[str, ...], class_names: Any
) -> Predictions:
    """A confusion matrix as so many predictions: true classes in rows."""
    given = class_names_of(class_names) if class_names is not None else names
    if len(given) != len(matrix):
        raise InputError(
            f"The confusion matrix has {len(matrix)} classes, but `class_names` has "
            f"{len(given)} names."
        )
    try:
        numbers = matrix.astype(float)
        counts = numbers.astype(np.int64)
    except (TypeError, ValueError):
        counts, numbers = np.array([-1]), np.array([0.0])
    if (counts != numbers).any() or (counts < 0).any():
        raise InputError(
            "A square array is read as a confusion matrix, but this array holds "
            "numbers that are not counts.",
            how="Give counts of images, as `confusion_matrix(y_true, y_pred)` of "
            "scikit-learn without `normalize`. Give scores as diagnose(y_true, "
            "proba=…).",
        )
    if counts.sum() > _MOST_COUNTED:
        raise InputError(
            f"The confusion matrix counts {counts.sum():,} images. At most "
            f"{_MOST_COUNTED:,} are read."
        )
    true, predicted = np.indices(counts.shape).reshape(2, -1)
    flat = counts.ravel()
    note = "Rows of the confusion matrix were read as true classes."
    return Predictions(
        y_pred=np.repeat(predicted, flat).astype(np.int64),
        y_true=np.repeat(true, flat).astype(np.int64),
        class_names=given,
        notes=(note,),
    )


def _of_trainer(predictions: Any, labels: Any) -> dict[str, Any]:
    """What `Trainer.predict` of transformers gives: logits, unless they sum to 1."""
    if isinstance(predictions, tuple | list) and any(map(is_array, predictions)):
        predictions = predictions[0]  # the others are hidden states
    scores = as_array("predictions", predictions)
    found: dict[str, Any] = {}
    if labels is not None:
        ids = as_array("label_ids", labels)
        is_masked = ids.dtype.kind in "iu" and ids.ndim == 1 and (ids == _MASKED).any()
        found["y_true"] = np.where(ids == _MASKED, np.nan, ids) if is_masked else ids
    if scores.ndim == 1:
        return {**found, "y_pred": scores}
    sums = scores.sum(axis=-1) if scores.dtype.kind == "f" else np.array([0.0])
    inside = scores.min(initial=0) >= 0 and np.allclose(sums, 1, atol=1e-3)
    return {**found, "proba" if inside else "logits": scores}


def _of_call(estimator: Any, arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays of diagnose(estimator, X, y)."""
    if set(arrays) == {"y_pred", "y_score"}:
        return estimator_arrays(estimator, arrays["y_pred"], arrays["y_score"])
    raise TypeError(
        f"`source` is of type {_kind(estimator)}, which predicts. Give its "
        "images and true labels: diagnose(estimator, X, y), or "
        "from_estimator(estimator, X, y)."
    )


def estimator_arrays(estimator: Any, X: Any, y: Any) -> dict[str, Any]:
    """What an estimator predicts for the rows of `X`, whose true labels are `y`.

    Examples
    --------
    >>> class Guess:
    ...     def predict(self, X):
    ...         return ["a"] * len(X)
    >>> estimator_arrays(Guess(), [[0], [1]], ["a", "b"])
    {'y_true': ['a', 'b'], 'y_pred': ['a', 'a']}
    """
    if not callable(getattr(estimator, "predict", None)):
        raise _without_predict("estimator", estimator)
    classes = getattr(estimator, "classes_", None)
    if isinstance(classes, list):
        raise InputError(
            "`estimator` is multi-label: it predicts several labels for one image.",
            how="Diagnose each label by itself: diagnose(y[:, k], y_pred[:, k]).",
        )
    predicted = estimator.predict(X)
    found = {"y_true": y, "y_pred": predicted}
    if classes is None:
        kind = getattr(estimator, "_estimator_type", None)
        if kind == "regressor" or _is_regressor(estimator):
            raise InputError(
                f"`estimator` is of type {_kind(estimator)}, a regressor.",
                how="Give a classifier.",
            )
        return found
    if callable(getattr(estimator, "predict_proba", None)):
        columns = [str(name) for name in as_array("classes_", classes).tolist()]
        found["proba"] = pd.DataFrame(estimator.predict_proba(X), columns=columns)
    return found


def _without_predict(name: str, model: object) -> TypeError:
    return TypeError(
        f"`{name}` is of type {_kind(model)}, without `predict`. Give its outputs: "
        "diagnose(y, logits=model(X))."
    )


def _is_regressor(estimator: Any) -> bool:
    tags = getattr(estimator, "__sklearn_tags__", None)
    return callable(tags) and getattr(tags(), "estimator_type", "") == "regressor"


def is_curves(source: pd.DataFrame | Mapping[str, Any]) -> bool:
    """Whether the columns of a table or mapping are training curves by their names.

    Examples
    --------
    >>> is_curves({"loss": [0.9, 0.7]}), is_curves({"y_true": [0], "y_pred": [0]})
    (True, False)
    """
    names = {str(name) for name in source}
    if names & set(NAMES):
        return False
    return bool({curve_of(name) for name in names} - {None, "learning_rate"})


def write_curves(source: pd.DataFrame | Mapping[str, Any], path: Path) -> None:
    """Write curves in memory as JSON, so that they are read as those in a file are.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "curves.json")
    ...     write_curves({"loss": np.float32([0.5, 0.25])}, path)
    ...     path.read_text()
    '{"loss": [0.5, 0.25]}'
    """
    document: Any
    if isinstance(source, pd.DataFrame):
        rows = source.to_dict(orient="records")
        document = [
            {str(k): _plain(v) for k, v in row.items() if not _is_missing(v)}
            for row in rows
        ]
    else:
        document = {
            str(name): [_plain(value) for value in as_array(str(name), curve).tolist()]
            for name, curve in source.items()
        }
    path.write_text(json.dumps(document), encoding="utf-8")


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
