"""Class labels as text, and text as class ids."""

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.errors import InputError, nearest

Ints = NDArray[np.int64]

_WHOLE = re.compile(r"-?\d+")
_LIST = re.compile(r"^\s*[\[(].*[\])]\s*$")


def label_text(column: pd.Series) -> pd.Series:
    """Labels as text, "" where missing; a float column of whole numbers loses its `.0`.

    "None", "NA" and "007" stay as they are. A column of lists is refused: multi-label.
    """
    if (
        column.dtype == object
        and column.map(lambda v: isinstance(v, list | tuple | np.ndarray)).any()
    ):
        raise _multi_label(str(column.name))
    if pd.api.types.is_float_dtype(column):
        return _whole_floats(column)
    missing = column.isna()
    text = column.astype(str).mask(missing, "")
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_integer_dtype(column):
        return text
    filled = text[text != ""]
    if len(filled) and filled.str.fullmatch(_LIST.pattern).all():
        raise _multi_label(str(column.name))
    if len(filled) and filled.str.fullmatch(r"-?\d+\.0+").all():
        return text.str.replace(r"\.0+$", "", regex=True)
    return text


def _whole_floats(column: pd.Series) -> pd.Series:
    present = column.dropna()
    if not np.isfinite(present).all() or (present != present.round()).any():
        raise InputError(
            f"Column `{column.name}` holds numbers that are not whole; class labels "
            f"are expected. Name a probability column after its class."
        )
    text = present.astype("int64").astype(str)
    return text.reindex(column.index).fillna("")


def _multi_label(name: str) -> InputError:
    return InputError(
        f"Column `{name}` holds several labels for one image: multi-label targets "
        f"cannot be judged here. Give each image one class."
    )


def natural_order(labels: set[str]) -> tuple[str, ...]:
    """Labels in order: whole numbers by value, then text."""
    return tuple(
        sorted(
            labels, key=lambda s: (0, int(s), s) if _WHOLE.fullmatch(s) else (1, 0, s)
        )
    )


def encode(column: str, labels: pd.Series, class_names: tuple[str, ...]) -> Ints:
    """Ids of text labels, -1 where "".

    Raises
    ------
    InputError
        A label that is not among `class_names`, with its row.
    """
    ids = pd.Index(class_names).get_indexer(pd.Index(labels))
    unknown = (ids < 0) & (labels != "").to_numpy()
    if unknown.any():
        row = int(np.flatnonzero(unknown)[0])
        label = labels.iloc[row]
        raise InputError(
            f"`{column}` is {label!r} in row {row + 1}, which has no probability "
            f"column (classes: {_listed(class_names)}).{nearest(label, class_names)}"
        )
    return ids.astype(np.int64)


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(repr(name) for name in names[:8])
    return shown + (f" and {len(names) - 8} more" if len(names) > 8 else "")
