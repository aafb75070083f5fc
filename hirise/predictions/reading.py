"""A file of any supported format, a table or arrays as Predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.arrays import Floats, Ints
from hirise.errors import InputError, nearest, parameter
from hirise.predictions.columns import (
    RESERVED,
    Labels,
    Scores,
    find_scores,
    natural_order,
    read_labels,
    suggested_roles,
    with_roles,
)
from hirise.predictions.files import columns_of_arrays, columns_of_table, read_columns
from hirise.predictions.table import Predictions, check_probabilities, largest_column


@dataclass(frozen=True)
class Interpreted:
    """A table of predictions, understood: one part per split, and the scores found."""

    parts: tuple[Predictions, ...]
    scores: Scores | None


def interpret(
    table: pd.DataFrame,
    about: Mapping[str, object],
    *,
    logits: bool = False,
    class_names: tuple[str, ...] | None = None,
) -> Interpreted:
    """Predictions from a table whose columns are called by their roles.

    Parameters
    ----------
    about : mapping
        What the file says of itself: `class_names`, `split`.
    class_names : tuple of str, optional
        Names of the classes in the order of their ids, instead of the file's own.

    Raises
    ------
    InputError
        Whatever keeps the table from being predictions.

    Examples
    --------
    >>> table = pd.DataFrame({"p:a": [0.9, 0.4], "p:b": [0.1, 0.6]})
    >>> (part,) = interpret(table, {"split": "val"}).parts
    >>> part.class_names, part.y_pred.tolist(), part.split
    (('a', 'b'), [0, 1], 'val')
    """
    _check_one_truth(table)
    labels = [read_labels(table[c]) for c in ("y_true", "y_pred") if c in table]
    seen = {name for column in labels for name in column.names}
    named = class_names or about.get("class_names")
    known = named if isinstance(named, tuple) else None
    scores = find_scores(table, seen, known, logits=logits)
    if scores is None and "y_pred" not in table:
        raise _not_predictions(table)
    if not len(table):
        raise InputError("There are no predictions: the table has no rows.")
    names = scores.class_names if scores else _label_names(seen, known)
    _check_given(class_names, names, scores)
    whole = _assemble(table, labels, scores, names)
    if "split" not in table:
        part = Predictions(**whole, split=str(about.get("split", "")))
        return Interpreted((part,), scores)
    if scores is not None:
        check_probabilities(scores.matrix, len(names))  # names the row of the file
    splits = read_labels(table["split"])
    numbered = [*enumerate(splits.names), *([(-1, "")] if -1 in splits.codes else [])]
    parts = tuple(
        _part(whole, np.flatnonzero(splits.codes == code), name)
        for code, name in numbered
    )
    return Interpreted(parts, scores)


def _check_given(
    given: tuple[str, ...] | None, names: tuple[str, ...], scores: Scores | None
) -> None:
    """Refuse class names that do not fit the probability columns."""
    if given is None or given == names or scores is None:
        return
    if len(given) != len(names):
        raise InputError(
            f"{len(given)} class names were given ({', '.join(given[:6])}), but there "
            f"are {len(names)} classes ({', '.join(names[:6])})."
        )
    raise InputError(
        "The probability columns are named after other classes "
        f"({', '.join(names[:6])}) than those given.",
        how=f"Give the same names with {parameter('class_names')}.",
    )


def _label_names(seen: set[str], named: tuple[str, ...] | None) -> tuple[str, ...]:
    if named is None:
        return natural_order(seen)
    if seen <= {str(i) for i in range(len(named))} and not seen <= set(named):
        return named
    return (*named, *natural_order(seen - set(named)))


def _assemble(
    table: pd.DataFrame,
    labels: list[Labels],
    scores: Scores | None,
    names: tuple[str, ...],
) -> dict[str, Any]:
    ids = {c.column: c.ids_as_names(names).encode(names) for c in labels}
    y_pred = ids.get("y_pred")
    if y_pred is None and scores is not None:
        y_pred = _most_probable(scores.matrix)
    elif y_pred is not None and len(y_pred) and y_pred.min() < 0:
        row = int(np.flatnonzero(y_pred < 0)[0])
        raise InputError(
            f"`y_pred` is empty in row {row + 1}.", how="Every image needs one."
        )
    return {
        "y_pred": y_pred,
        "y_true": ids.get("y_true"),
        "proba": scores.matrix if scores else None,
        "image": table["image"].array if "image" in table else None,
        "group": table["group"].array if "group" in table else None,
        "class_names": names,
        "notes": scores.notes if scores else (),
    }


def _most_probable(matrix: Floats) -> Ints:
    """Class of the largest probability; the first of equal ones."""
    undefined = np.isnan(matrix).any(axis=1)
    if undefined.any():
        raise InputError(
            f"The probabilities of row {int(undefined.argmax()) + 1} are not numbers "
            "(NaN).",
            how="Correct or leave out such rows.",
        )
    return largest_column(matrix)


def _part(whole: dict[str, Any], rows: NDArray[np.intp], split: str) -> Predictions:
    by_row = ("y_pred", "y_true", "proba", "image", "group")
    cut = {
        key: value[rows] if key in by_row and value is not None else value
        for key, value in whole.items()
    }
    return Predictions(**cut, split=split)


def _check_one_truth(table: pd.DataFrame) -> None:
    several = [c for c in table.columns if c.startswith("y_true_")]
    if len(several) > 1:
        raise InputError(
            f"Columns {several[0]!r}, {several[1]!r}… give several true labels per "
            "image. Multi-label targets cannot be evaluated here.",
            how="Give one column `y_true`.",
        )


def _not_predictions(table: pd.DataFrame) -> InputError:
    names = [str(name) for name in table.columns]
    listed = ", ".join(map(repr, names[:6])) + (", …" if len(names) > 6 else "")
    what = f"No predictions were found in the columns {listed}."
    roles = suggested_roles(names)
    if "y_pred" in roles:
        pairs = ",".join(f"{role}={name}" for role, name in roles.items())
        how = f"If these names mean so, say so with {parameter('columns', pairs)}."
        return InputError(what, how=how)
    return InputError(
        f"{what} Expected are `y_pred`, or one probability column per class, and for a "
        "verdict `y_true`.",
        how=f"See {', '.join(RESERVED)} in the README, or say which is which with "
        f"{parameter('columns')}.",
    )


_DIAGNOSED_FIRST = ("val", "validation", "valid", "test")


def read_predictions(
    path: str | Path,
    *,
    split: str | None = None,
    logits: bool = False,
    class_names: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> Predictions:
    r"""Read one split of a predictions file: CSV (any delimiter), Parquet or npz.

    Parameters
    ----------
    split : str, optional
        Defaults to val, else test, else the only one.
    logits, class_names, columns
        As in `read_all_predictions`.

    Raises
    ------
    InputError
        A file that cannot be read as predictions, saying where.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "predictions.csv")
    ...     _ = path.write_text("image,y_true,y_pred\na.jpg,crater,other\n")
    ...     predictions = read_predictions(path)
    >>> predictions.class_names, predictions.y_pred.tolist()
    (('crater', 'other'), [1])
    """
    everything = read_all_predictions(
        path, logits=logits, class_names=class_names, columns=columns
    )
    names = [predictions.split for predictions in everything]
    return everything[names.index(choose_split(names, split, where=str(path)))]


def predictions_of(
    table: pd.DataFrame | Mapping[str, Any],
    *,
    split: str | None = None,
    logits: bool = False,
    class_names: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> Predictions:
    """Predictions from a table or from arrays in memory.

    Parameters
    ----------
    table : DataFrame, or mapping of name to array
        The columns of a predictions file, or the arrays of an npz archive:
        `{"y_true": labels, "proba": model.predict(images)}`. Labels are ids, names or
        one-hot rows; `proba` (n_images, n_classes), or (n_images,) for two classes;
        `logits` instead; `image`, `group` and `class_names` if you like.
    split : str, optional
        Which split to take of a table with a column `split`; what to call it otherwise.
    logits, class_names, columns
        As in `read_all_predictions`.

    Raises
    ------
    InputError
        Whatever keeps the table from being predictions.

    Examples
    --------
    >>> predictions = predictions_of(
    ...     {"y_true": ["crater", "other"], "y_pred": ["other", "other"]}
    ... )
    >>> predictions.class_names, predictions.y_pred.tolist()
    (('crater', 'other'), [1, 1])
    """
    about: dict[str, object] = {}
    if isinstance(table, pd.DataFrame):
        named = with_roles(columns_of_table(table), columns or {})
    else:
        arrays, about = columns_of_arrays(table)
        named = with_roles(arrays, columns or {})
    if "split" not in named and split is not None:
        about["split"] = split
    parts = interpret(
        named, about, logits=logits, class_names=_names(class_names)
    ).parts
    if "split" not in named:
        return parts[0]
    names = [part.split for part in parts]
    return parts[names.index(choose_split(names, split, where="The table"))]


def _names(class_names: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if class_names is None else tuple(map(str, class_names))


def read_all_predictions(
    path: str | Path,
    *,
    logits: bool = False,
    class_names: Sequence[str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> tuple[Predictions, ...]:
    r"""Read every split of a predictions file, in the order they first occur.

    Parameters
    ----------
    logits : bool
        The score columns are logits; turned into probabilities by softmax.
    class_names : sequence of str, optional
        Names of the classes in the order of their ids or numbered columns.
    columns : mapping of role to column, optional
        Such as `{"y_true": "label"}`, where the file calls them otherwise.

    Raises
    ------
    InputError
        A file that cannot be read as predictions, saying where.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "predictions.csv")
    ...     _ = path.write_text("y_true,y_pred,split\na,b,val\na,a,test\n")
    ...     [part.split for part in read_all_predictions(path)]
    ['val', 'test']
    """
    path, columns, names = Path(path), columns or {}, _names(class_names)
    try:
        table, about = read_columns(path, text=tuple(columns.values()))
        named = with_roles(table, columns)
        return interpret(named, about, logits=logits, class_names=names).parts
    except InputError as error:
        raise error.at(path) from error


def choose_split(names: list[str], wanted: str | None, *, where: str) -> str:
    """The split to diagnose: the wanted one, else val, else test, else the only one.

    Examples
    --------
    >>> choose_split(["train", "val", "test"], None, where="predictions.csv")
    'val'
    """
    if wanted is not None:
        if names == [""]:
            raise InputError(
                "There are no splits, as there is no column `split`.",
                where=where,
                how=f"Leave {parameter('split')} out.",
            )
        if wanted not in names:
            listed = ", ".join(repr(name) for name in names)
            raise InputError(
                f"There is no split {wanted!r}, only {listed}.{nearest(wanted, names)}",
                where=where,
            )
        return wanted
    for name in _DIAGNOSED_FIRST:
        if name in names:
            return name
    if len(names) == 1:
        return names[0]
    listed = ", ".join(repr(name) for name in names)
    raise InputError(
        f"There are the splits {listed}.",
        where=where,
        how=f"Choose one with {parameter('split')}.",
    )
