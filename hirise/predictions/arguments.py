"""Arrays that are arguments of a call: checked, and named by their roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from hirise.errors import InputError
from hirise.predictions.argument_labels import (
    LabelArray,
    check_known,
    check_one_naming,
    label_array,
    named_labels,
)
from hirise.predictions.argument_scores import ScoreArray, score_array
from hirise.predictions.arrays import as_array

SCORES = ("y_score", "proba", "probabilities", "logits")
ROLES = {"images": "image", "image": "image", "groups": "group", "group": "group"}
NAMES = ("y_true", "y_pred", *SCORES, *ROLES)
"""Arguments and keys of mappings that are arrays."""


@dataclass(frozen=True)
class Arrays:
    """Arrays by role, as `columns_of_arrays` takes them; `proba` may hold `logits`."""

    columns: dict[str, Any] = field(default_factory=dict)
    logits: bool = False


def class_names_of(names: Any) -> tuple[str, ...]:
    """Class names in the order of their ids, from a sequence or a mapping.

    Raises
    ------
    InputError
        One text, or a mapping whose ids do not count from 0.

    Examples
    --------
    >>> class_names_of({"crater": 0, "other": 1}), class_names_of({0: "a", 1: "b"})
    (('crater', 'other'), ('a', 'b'))
    """
    if isinstance(names, str):
        raise InputError(
            f"`class_names` is one text, {names!r}.",
            how="Give a list of names in the order of the ids.",
        )
    if isinstance(names, Mapping):
        by_id = {str(i): str(name) for i, name in names.items()}
        ids = [str(i) for i in range(len(by_id))]
        if set(by_id) != set(ids):
            by_id = {str(i): str(name) for name, i in names.items()}
        if set(by_id) != set(ids):
            raise InputError(
                "`class_names` is a mapping whose ids do not count from 0.",
                how="Give a list of names in the order of the ids.",
            )
        return tuple(by_id[i] for i in ids)
    return tuple(map(str, as_array("class_names", names).ravel().tolist()))


def checked_arrays(
    arguments: Mapping[str, Any],
    *,
    logits: bool = False,
    class_names: tuple[str, ...] | None = None,
) -> Arrays:
    """Arrays of any library by role, where they fit together.

    Parameters
    ----------
    arguments : mapping of argument to array
        `y_true`, `y_pred`, one of `y_score`, `proba` and `logits`, `images`, `groups`;
        others stay as they are.
    logits : bool
        The scores are logits.
    class_names : tuple of str, optional
        In the order of the ids.

    Raises
    ------
    InputError
        Arrays that cannot be evaluated, naming the argument.

    Examples
    --------
    >>> checked_arrays({"y_true": [1], "y_score": [[0.2, 0.8]]}).columns["y_true"]
    array([1])
    """
    given = {name: value for name, value in arguments.items() if value is not None}
    if "class_names" in given:
        class_names = class_names or class_names_of(given["class_names"])
    _check_same_order(given)
    true = label_array("y_true", given["y_true"]) if "y_true" in given else None
    pred = label_array("y_pred", given["y_pred"]) if "y_pred" in given else None
    scores = _scores(given, pred, logits=logits)
    if pred is not None and pred.are_scores:
        pred = None
    if true is not None and true.are_scores:
        raise _not_labels(true, pred)
    labels = [one for one in (true, pred) if one is not None]
    others = _others(given)
    _check_lengths(labels, scores, others)
    if scores is not None and class_names is not None:
        scores = scores.in_order(class_names)
    names = class_names or (scores.class_names if scores else None)
    labels, names = check_one_naming(labels, scores, names)
    check_known(labels, scores, class_names)
    labels = named_labels(labels, names)
    columns: dict[str, Any] = {one.name: one.array for one in labels}
    if scores is not None:
        columns["proba"] = scores.array
    known = {*NAMES, "class_names"}
    rest: dict[str, Any] = {
        key: value if isinstance(value, str) else as_array(str(key), value)
        for key, value in given.items()
        if key not in known
    }
    if names is not None:
        rest["class_names"] = names
    are_logits = scores.are_logits if scores is not None else logits
    return Arrays({**columns, **others, **rest}, are_logits)


def _scores(
    given: Mapping[str, Any], pred: LabelArray | None, *, logits: bool
) -> ScoreArray | None:
    names = [name for name in SCORES if name in given]
    if len(names) > 1:
        raise InputError(
            f"`{names[0]}` and `{names[1]}` are both scores.", how="Give one of them."
        )
    if names:
        name = names[0]
        are_logits = logits or name == "logits"
        return score_array(name, given[name], logits=are_logits)
    if pred is not None and pred.are_scores:
        return score_array("y_pred", given["y_pred"], logits=logits)
    return None


def _not_labels(true: LabelArray, pred: LabelArray | None) -> InputError:
    if pred is not None and not pred.are_scores:
        return InputError(
            "`y_true` holds probabilities and `y_pred` holds labels, so they are "
            "swapped.",
            how="Give the true labels first: diagnose(y_true, y_pred).",
        )
    values = np.asarray(true.array)
    if values.ndim == 1:
        row = int(np.flatnonzero(values != np.round(values))[0])
        return InputError(
            f"`y_true` is {values[row]:.6g} in row {row + 1}, and labels are expected.",
            how="Give ids or names of classes.",
        )
    return InputError(
        f"`y_true` has shape {values.shape}, but one label per image is expected.",
        how="Give ids, such as `y_true.argmax(axis=1)` of class probabilities.",
    )


def _others(given: Mapping[str, Any]) -> dict[str, Any]:
    """Names of images and of groups, as text."""
    found: dict[str, Any] = {}
    for name, role in ROLES.items():
        if name not in given:
            continue
        array = as_array(name, given[name])
        if array.ndim != 1:
            raise InputError(
                f"`{name}` has shape {array.shape}, but one name per image is "
                "expected, not pixels."
            )
        missing = np.asarray(pd.isna(array))
        if missing.any():
            raise InputError(
                f"`{name}` is empty in row {int(missing.argmax()) + 1}.",
                how="Fill it for every image, or leave it out.",
            )
        found[role] = np.array([_text(one) for one in array.tolist()], dtype=object)
    return found


def _text(value: object) -> str:
    return str(value).replace("\\", "/")


def _check_lengths(
    labels: list[LabelArray], scores: ScoreArray | None, others: Mapping[str, Any]
) -> None:
    lengths = {one.name: len(one.array) for one in labels}
    if scores is not None:
        lengths[scores.name] = len(scores.array)
    names = {role: name for name, role in ROLES.items() if name.endswith("s")}
    lengths |= {names[role]: len(values) for role, values in others.items()}
    first = next(iter(lengths), "")
    for name, n in lengths.items():
        if n == lengths[first]:
            continue
        how = "Give one row per image, in the same order."
        shape = scores.array.shape if scores and name == scores.name else ()
        if len(shape) == 2 and shape[1] == lengths[first]:
            how = f"It seems to be transposed: give `{name}.T`."
        raise InputError(
            f"`{first}` has {lengths[first]:,} rows, but `{name}` has {n:,}.", how=how
        )


def _check_same_order(given: Mapping[str, Any]) -> None:
    """Refuse tables of pandas whose rows have the same names in another order."""
    tables = {
        name: value.index
        for name, value in given.items()
        if isinstance(value, pd.Series | pd.DataFrame)
    }
    first = next(iter(tables), "")
    for name, index in tables.items():
        known = tables[first]
        if index.equals(known) or len(index) != len(known) or not index.is_unique:
            continue
        if set(index) == set(known):
            raise InputError(
                f"The rows of `{name}` are those of `{first}` in another order.",
                how=f"Give `{name}.loc[{first}.index]`, or arrays.",
            )
