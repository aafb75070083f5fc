"""Class labels as text, and text as class ids."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.errors import InputError, nearest

Ints = NDArray[np.int64]

_WHOLE = re.compile(r"-?\d{1,18}")
_WHOLE_FLOAT = re.compile(r"(-?\d+)\.0+")
_LIST = re.compile(r"\s*(\[.*\]|\(.*,.*\))\s*")


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
        ids = np.array([known.get(name, -2) for name in self.names] + [-1])
        if (ids == -2).any():
            code = int(np.flatnonzero(ids == -2)[0])
            row = int(np.flatnonzero(self.codes == code)[0])
            label = self.names[code]
            raise InputError(
                f"`{self.column}` is {label!r} in row {row + 1}, which has no "
                f"probability column (classes: {_listed(class_names)})."
                f"{nearest(label, class_names)}"
            )
        return ids[self.codes].astype(np.int64)

    def ids_as_names(self, class_names: tuple[str, ...]) -> "Labels":
        """Labels given as ids become names, unless a name looks like an id itself."""
        by_id = {str(i): name for i, name in enumerate(class_names)}
        if set(class_names) & set(by_id) or not all(map(_WHOLE.fullmatch, self.names)):
            return self
        names = tuple(by_id.get(name, name) for name in self.names)
        return Labels(self.column, self.codes, names)


def read_labels(column: pd.Series) -> Labels:
    """Labels as text, missing where empty or null.

    "None", "NA" and "007" stay as they are; a column of whole floats loses its `.0`. A
    column of lists is refused: multi-label.
    """
    name = str(column.name)
    if column.dtype == object and column.map(_is_several).any():
        raise _multi_label(name)
    codes, distinct = pd.factorize(column)
    if pd.api.types.is_float_dtype(column):
        _refuse_fractions(name, np.asarray(distinct, dtype=float))
        texts = [str(int(value)) for value in distinct]
    else:
        texts = _without_point_zero([str(value) for value in distinct])
    if texts and all(_LIST.fullmatch(text) for text in texts):
        raise _multi_label(name)
    return _merged(name, codes.astype(np.int64), texts)


def _is_several(value: object) -> bool:
    return isinstance(value, (list, tuple, set, dict, np.ndarray))


def _merged(name: str, codes: Ints, texts: list[str]) -> Labels:
    """Give equal texts one code, and the empty text -1."""
    names = tuple(dict.fromkeys(text for text in texts if text))
    place = {text: i for i, text in enumerate(names)}
    recoded = np.array([place.get(text, -1) for text in texts] + [-1], dtype=np.int64)
    return Labels(name, recoded[codes], names)


def _refuse_fractions(name: str, values: NDArray[np.float64]) -> None:
    if not np.isfinite(values).all() or (values != values.round()).any():
        raise InputError(
            f"Column `{name}` holds numbers that are not whole; class labels are "
            f"expected. Name a probability column after its class."
        )


def _without_point_zero(texts: list[str]) -> list[str]:
    whole = [_WHOLE_FLOAT.fullmatch(text) for text in texts if text]
    if not whole or not all(whole):
        return texts
    return [text.partition(".")[0] for text in texts]


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


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(repr(name) for name in names[:8])
    return shown + (f" and {len(names) - 8} more" if len(names) > 8 else "")
