"""Which columns of a table are probabilities, and of which class."""

import re
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.errors import InputError
from hirise.predictions.labels import natural_order
from hirise.predictions.roles import RESERVED, suggested_roles

Floats = NDArray[np.float64]

_NUMBERED = re.compile(r"(?:proba|prob|p|logit)_(\d{1,9})")


@dataclass(frozen=True)
class Scores:
    """(n_images, n_classes) scores and the class of each column.

    `columns` are their names in the file; a single one stands for the second class.
    """

    matrix: Floats
    class_names: tuple[str, ...]
    columns: tuple[str, ...]
    notes: tuple[str, ...] = ()


def find_scores(
    table: pd.DataFrame,
    labels: set[str],
    class_names: tuple[str, ...] | None,
    *,
    logits: bool,
) -> Scores | None:
    """Take the probability columns of `table`; None where there are none.

    Columns called `p:<class>`, else `proba_0`…, else one `proba` (two classes), else
    numeric columns named after classes. Columns called `logit_0`… are logits.
    """
    others = [c for c in table.columns if c not in RESERVED]
    marked = [c for c in others if c.startswith("p:")]
    numbered = [c for c in others if _NUMBERED.fullmatch(c)]
    logits = logits or bool(numbered and all(c.startswith("logit_") for c in numbered))
    if marked:
        scores = Scores(
            _numbers(table, marked), tuple(c[2:] for c in marked), tuple(marked)
        )
    elif numbered:
        scores = _numbered(table, numbered, labels, class_names)
    elif "proba" in others:
        return _sigmoid(table, labels, class_names, logits=logits)
    else:
        found = _named(table, others, labels, logits=logits)
        if found is None:
            return None
        scores = found
    named_otherwise = class_names != scores.class_names
    if class_names and named_otherwise and set(class_names) == set(scores.class_names):
        order = [scores.class_names.index(name) for name in class_names]
        columns = tuple(scores.columns[i] for i in order)
        scores = Scores(scores.matrix[:, order], class_names, columns, scores.notes)
    return replace(scores, matrix=_softmax(scores.matrix)) if logits else scores


def _numbers(table: pd.DataFrame, columns: list[str]) -> Floats:
    """(n_images, n_columns); no copy where the columns stand beside each other."""
    places = table.columns.get_indexer(pd.Index(columns))
    beside = len(columns) > 1 and (np.diff(places) == 1).all()
    if beside and (table.dtypes.iloc[places] == np.float64).all():
        return table.iloc[:, places[0] : places[-1] + 1].to_numpy()
    numbers = np.empty((len(columns), len(table))).T  # one class after the other
    for i, column in enumerate(columns):
        values = table[column]
        if not pd.api.types.is_numeric_dtype(values):
            values = pd.to_numeric(values.map(str, na_action="ignore"), errors="coerce")
            bad = (values.isna() & table[column].notna()).to_numpy()
            if bad.any():
                row = int(bad.argmax())
                raise InputError(
                    f"Probability column {column!r} holds {table[column].iloc[row]!r} "
                    f"in row {row + 1}; a number is expected."
                )
        numbers[:, i] = values.to_numpy(dtype=float, na_value=np.nan)
    return numbers


def _numbered(
    table: pd.DataFrame,
    columns: list[str],
    labels: set[str],
    class_names: tuple[str, ...] | None,
) -> Scores:
    columns = sorted(columns, key=lambda c: int(c.rsplit("_", 1)[1]))
    n_classes = len(columns)
    if class_names and len(class_names) == n_classes:
        return Scores(_numbers(table, columns), class_names, tuple(columns))
    ids = {str(i) for i in range(n_classes)}
    if labels <= ids:
        return Scores(_numbers(table, columns), natural_order(ids), tuple(columns))
    if len(labels) != n_classes:
        raise InputError(
            f"There are {n_classes} probability columns ({columns[0]} to "
            f"{columns[-1]}) but {len(labels)} labels; name each column after its "
            "class, or give the names in their order with --class-names."
        )
    names = natural_order(labels)
    order = ", ".join(names)
    note = f"Probability columns were taken in the order of the labels: {order}."
    return Scores(_numbers(table, columns), names, tuple(columns), (note,))


def _sigmoid(
    table: pd.DataFrame,
    labels: set[str],
    class_names: tuple[str, ...] | None,
    *,
    logits: bool,
) -> Scores:
    names = class_names or (
        ("0", "1") if labels <= {"0", "1"} else natural_order(labels)
    )
    if len(names) != 2:
        raise InputError(
            f"One column `proba` means two classes, but there are {len(names)} labels; "
            f"give one probability column per class."
        )
    second = _numbers(table, ["proba"])[:, 0]
    if logits:
        second = 0.5 * (1 + np.tanh(second / 2))
    note = f"`proba` was read as the probability of {names[1]!r}."
    return Scores(np.column_stack([1 - second, second]), names, ("proba",), (note,))


def _named(
    table: pd.DataFrame, others: list[str], labels: set[str], *, logits: bool
) -> Scores | None:
    of_labels = [c for c in others if c in labels]
    numbers = _numbers(table, of_labels)  # refuses text in them
    numeric = [
        c for c in others if c in of_labels or pd.api.types.is_numeric_dtype(table[c])
    ]
    if not of_labels and labels and not _are_ids(labels, table[numeric]):
        return None
    if not labels and suggested_roles(numeric) and not _sums_to_one(table[numeric]):
        return None  # such as `label` and `prediction`, both numbers
    chosen = numeric
    if not logits and len(of_labels) >= 2 and not _sums_to_one(table[numeric]):
        chosen = of_labels
    if len(chosen) < 2:
        return None
    ignored = [c for c in numeric if c not in chosen]
    notes = (f"Columns left aside: {', '.join(ignored)}.",) if ignored else ()
    if chosen != of_labels:
        numbers = _numbers(table, chosen)
    return Scores(numbers, tuple(chosen), tuple(chosen), notes)


def _are_ids(labels: set[str], numeric: pd.DataFrame) -> bool:
    """Whether the labels number the columns from 0 on, which hold probabilities."""
    ids = set(map(str, range(numeric.shape[1])))
    return labels <= ids and _sums_to_one(numeric)


def _sums_to_one(table: pd.DataFrame) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):
        sums = table.apply(pd.to_numeric, errors="coerce").to_numpy(float).sum(axis=1)
    return len(sums) > 0 and bool(np.median(np.abs(sums - 1)) < 1e-3)


def _softmax(logits: Floats) -> Floats:
    with np.errstate(invalid="ignore"):  # what is no number is refused with its row
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        proba: Floats = shifted / shifted.sum(axis=1, keepdims=True)
    return proba
