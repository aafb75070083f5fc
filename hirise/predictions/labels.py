"""Columns of labels as text, and two columns that name the same classes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hirise.arrays import Floats, Ints
from hirise.errors import InputError, nearest, parameter
from hirise.predictions.column_names import common_spelling, folded

_WHOLE = re.compile(r"-?\d{1,18}")
_WHOLE_FLOAT = re.compile(r"(-?\d+)\.0+")
_LIST = re.compile(r"\s*(\[.*\]|\(.*,.*\)|\{.*\})\s*")
_SEPARATORS = "|;,"
_FLAGS = {"true": "1", "false": "0"}
FEWEST_TEXTS, MOST_DIFFERENT = 60, 0.85
"""Rows, and the fraction of them with another value, that are no classes."""
MANY = 10
"""Rows from which labels that never occur in the other column are no coincidence."""


@dataclass(frozen=True)
class Labels:
    """A column of labels: `names[code]` of each row, code -1 where missing."""

    column: str
    codes: Ints
    names: tuple[str, ...]

    def encode(self, class_names: tuple[str, ...]) -> Ints:
        """Ids in `class_names` of each row, -1 where missing.

        Raises
        ------
        InputError
            A label that is not among `class_names`, with its row.
        """
        known = {name: i for i, name in enumerate(class_names)}
        # Code -1, of a missing label, finds the -1 at the end.
        ids = np.array([known.get(name, -2) for name in self.names] + [-1])
        if (ids == -2).any():
            code = int(np.flatnonzero(ids == -2)[0])
            row = int(np.flatnonzero(self.codes == code)[0])
            label = self.names[code]
            raise InputError(
                f"`{self.column}` is {label!r} in row {row + 1}, which has no "
                f"probability column (classes: {listed(class_names)})."
                f"{nearest(label, class_names)}"
            )
        return ids[self.codes].astype(np.int64)

    def ids_as_names(self, class_names: tuple[str, ...]) -> Labels:
        """Labels given as ids become names, unless a name looks like an id itself."""
        by_id = {str(i): name for i, name in enumerate(class_names)}
        if set(class_names) & set(by_id) or not self.are_ids:
            return self
        return self.renamed(by_id)

    @property
    def are_ids(self) -> bool:
        """Whether all labels are whole numbers."""
        return bool(self.names) and all(map(_WHOLE.fullmatch, self.names))

    def renamed(self, spelling: dict[str, str]) -> Labels:
        """The labels with some of them spelled otherwise; equal ones become one."""
        new = [spelling.get(name, name) for name in self.names]
        return _merged(self.column, self.codes, new)


def read_labels(column: pd.Series) -> Labels:
    """Labels as text without blanks around them, missing where empty or null.

    "None", "NA" and "007" stay as they are; a column of whole floats loses its `.0`. A
    column of lists is refused: multi-label.

    Examples
    --------
    >>> labels = read_labels(pd.Series([1.0, np.nan, 0.0], name="y_true"))
    >>> labels.names, labels.codes.tolist()
    (('1', '0'), [0, -1, 1])
    """
    name = str(column.name)
    if column.dtype == object and column.map(_is_several).any():
        raise multi_label(name)
    codes, distinct = pd.factorize(column)
    # A gap makes pandas read whole numbers as floats.
    if pd.api.types.is_float_dtype(column):
        _refuse_fractions(name, np.asarray(distinct, dtype=float))
        texts = [str(int(value)) for value in distinct]
    else:
        texts = _without_point_zero([str(value).strip() for value in distinct])
    if texts and all(_LIST.fullmatch(text) for text in texts):
        raise multi_label(name)
    several = _several_in_one(texts)
    if several:
        raise multi_label(name, f", such as {several!r}")
    return _merged(name, codes.astype(np.int64), texts)


def _is_several(value: object) -> bool:
    return isinstance(value, (list, tuple, set, dict, np.ndarray))


def _several_in_one(texts: list[str]) -> str:
    """A label that joins others by a sign, such as `a|b` beside `b|c`; "" if none.

    A class may have a comma in its name. So with a comma most parts must occur in other
    labels, too.
    """
    distinct = [text for text in texts if text]
    for sign in _SEPARATORS:
        parts = {text: [part.strip() for part in text.split(sign)] for text in distinct}
        joined = {text: split for text, split in parts.items() if len(split) > 1}
        if not joined or any("" in split for split in joined.values()):
            continue
        n_labels = pd.Series(
            [part for split in parts.values() for part in set(split)], dtype=object
        ).value_counts()
        again = [n_labels[part] > 1 for split in joined.values() for part in split]
        needed = 0.0 if sign == "|" else 0.8
        if any(again) and np.mean(again) >= needed:
            return next(iter(joined))
    return ""


def _merged(name: str, codes: Ints, texts: list[str]) -> Labels:
    """Give equal texts one code, and the empty text -1."""
    names = tuple(dict.fromkeys(text for text in texts if text))
    place = {text: i for i, text in enumerate(names)}
    recoded = np.array([place.get(text, -1) for text in texts] + [-1], dtype=np.int64)
    return Labels(name, recoded[codes], names)


def _refuse_fractions(name: str, values: Floats) -> None:
    if not np.isfinite(values).all() or (values != values.round()).any():
        raise InputError(
            f"Column `{name}` holds numbers that are not whole, but class labels are "
            "expected.",
            how="Name a probability column after its class.",
        )


def _without_point_zero(texts: list[str]) -> list[str]:
    whole = [_WHOLE_FLOAT.fullmatch(text) for text in texts if text]
    if not whole or not all(whole):
        return texts
    return [text.partition(".")[0] for text in texts]


def multi_label(name: str, example: str = "") -> InputError:
    """The error that a column holds several labels for one image.

    Examples
    --------
    >>> print(multi_label("tags"))
    Column `tags` holds several labels for one image. Multi-label targets cannot be
    evaluated here. Give each image one class, or check each class by itself: a file
    with `y_true` and `y_pred` of 0 and 1.
    """
    return InputError(
        f"Column `{name}` holds several labels for one image{example}. Multi-label "
        "targets cannot be evaluated here.",
        how="Give each image one class, or check each class by itself: a file with "
        "`y_true` and `y_pred` of 0 and 1.",
    )


def check_classes(column: Labels) -> None:
    """Refuse texts and numbers of which nearly every row has another.

    Examples
    --------
    >>> check_classes(read_labels(pd.Series(range(60), name="y_pred")))
    Traceback (most recent call last):
        ...
    hirise.errors.InputError: `y_pred` has 60 different values in 60 rows, so they are
    not class labels. Say which column is which with `columns`.
    """
    n, n_rows = len(column.names), len(column.codes)
    if n_rows >= FEWEST_TEXTS and n > MOST_DIFFERENT * n_rows:
        raise InputError(
            f"`{column.column}` has {n:,} different values in {n_rows:,} rows, so they "
            "are not class labels.",
            how=f"Say which column is which with {parameter('columns')}.",
        )


def natural_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels in order: whole numbers by value, then text.

    Examples
    --------
    >>> natural_order({"10", "9", "crater"})
    ('9', '10', 'crater')
    """
    return tuple(
        sorted(
            labels, key=lambda s: (0, int(s), s) if _WHOLE.fullmatch(s) else (1, 0, s)
        )
    )


def listed(names: Iterable[str], most: int = 8) -> str:
    """Names in quotes, the first of many.

    Examples
    --------
    >>> listed(["cat", "dog", "emu"], 2)
    "'cat', 'dog' and 1 more"
    """
    every = list(names)
    shown = ", ".join(repr(name) for name in every[:most])
    return shown + (f" and {len(every) - most} more" if len(every) > most else "")


def spelled_alike(
    columns: list[Labels], class_names: tuple[str, ...] | None
) -> tuple[list[Labels], tuple[str, ...]]:
    """Columns of labels that spell one class in one way, and a note on it.

    Case, blanks and dashes make no class where a column never tells names apart by
    them alone; `True` is 1 beside ids. The spelling is that of `class_names`, else of
    the first column.

    Raises
    ------
    InputError
        Ids beside names, or two columns that have no class in common.

    Examples
    --------
    >>> columns = [read_labels(pd.Series(["Cat", "dog"], name="y_true"))]
    >>> columns.append(read_labels(pd.Series(["cat", "dog"], name="y_pred")))
    >>> columns, notes = spelled_alike(columns, None)
    >>> columns[1].names
    ('Cat', 'dog')
    >>> print(*notes)
    Labels were matched without regard to case and dashes: 'cat' is 'Cat'.
    """
    if class_names is not None:
        columns = [column.ids_as_names(class_names) for column in columns]
    first = tuple(columns[0].names) if columns else ()
    known = class_names if class_names is not None else first
    changed: dict[str, str] = {}
    alike = []
    for column in columns:
        spelling = _spelling(column.names, known)
        changed |= spelling
        alike.append(column.renamed(spelling))
    if len(alike) == 2:
        alike = _flags_as_ids(alike)
        _check_namings(alike[0], alike[1], class_names)
    if not changed:
        return alike, ()
    pairs = ", ".join(f"{old!r} is {new!r}" for old, new in list(changed.items())[:4])
    return alike, (f"Labels were matched without regard to case and dashes: {pairs}.",)


def _spelling(names: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Other spellings of known names, where both sets tell them apart otherwise."""
    names, wanted = set(names), common_spelling(known)
    own = common_spelling(names)
    missing = names - set(known)
    return {
        name: wanted[folded(name)]
        for name in missing
        if folded(name) in wanted
        and own.get(folded(name)) == name
        and wanted[folded(name)] not in names
    }


def _flags_as_ids(columns: list[Labels]) -> list[Labels]:
    """`True` and `False` as 1 and 0 where the other column has these."""
    flags = [{n.casefold() for n in c.names} <= set(_FLAGS) for c in columns]
    ids = [set(c.names) <= set(_FLAGS.values()) for c in columns]
    return [
        column.renamed({n: _FLAGS[n.casefold()] for n in column.names})
        if flags[i] and ids[1 - i] and column.names
        else column
        for i, column in enumerate(columns)
    ]


def _check_namings(
    true: Labels, predicted: Labels, class_names: tuple[str, ...] | None
) -> None:
    """Refuse two columns that name the classes in two ways."""
    if set(true.names) & set(predicted.names) or not (true.names and predicted.names):
        return
    if class_names and {*true.names, *predicted.names} <= set(class_names):
        return
    what = (
        f"`{true.column}` and `{predicted.column}` name the classes in different "
        f"ways: {listed(true.names, 3)} and {listed(predicted.names, 3)}."
    )
    if true.are_ids != predicted.are_ids:
        raise InputError(
            what,
            how="Give the names in the order of the ids with "
            f"{parameter('class_names')}.",
        )
    several = min(len(true.names), len(predicted.names)) > 1
    if several and len(true.codes) >= MANY:
        raise InputError(what, how="Use the same class names in both columns.")
