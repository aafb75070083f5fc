"""What the columns of a table are: their roles, labels, and scores of which class."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from hirise.arrays import Floats, Ints
from hirise.errors import InputError, nearest, parameter

RESERVED = ("image", "y_true", "y_pred", "split", "group")
"""The roles, and the names of the columns that have them."""

_ALIASES = {
    "image": "filename imagename filepath imagepath file path images img imageid name "
    "id",
    "y_true": "truelabel trueclass groundtruth truth true label labels target targets "
    "actual gt class y",
    "y_pred": "prediction predictions predictedlabel predicted predictedclass "
    "predlabel predclass pred preds yhat output",
    "split": "subset partition fold",
}
"""Other names of the roles, in lower case and without signs, the likeliest first."""

_NUMBERED = re.compile(r"(?:proba|prob|p|logit)_(\d{1,9})")
_WHOLE = re.compile(r"-?\d{1,18}")
_WHOLE_FLOAT = re.compile(r"(-?\d+)\.0+")
_FREQUENCY_TOLERANCE = 0.01
"""How far class frequencies may be from summing to 1."""
_LIST = re.compile(r"\s*(\[.*\]|\(.*,.*\))\s*")


def with_roles(table: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """`table` with its columns called by their roles.

    Parameters
    ----------
    columns : mapping of role to column, such as `{"y_true": "label"}`
        A role that a column has by its own name passes to the one named here, and that
        column is left out. A role given "" is left out too.

    Raises
    ------
    InputError
        An unknown role or column, or one column in two roles.

    Examples
    --------
    >>> table = pd.DataFrame({"label": ["crater"], "prediction": ["other"]})
    >>> named = with_roles(table, {"y_true": "label", "y_pred": "prediction"})
    >>> list(named.columns)
    ['y_true', 'y_pred']
    """
    known = [str(name) for name in table.columns]
    for role, column in columns.items():
        if role not in RESERVED:
            raise InputError(
                f"There is no role {role!r}.{nearest(role, RESERVED)}",
                how=f"A column can be one of {', '.join(RESERVED)}.",
            )
        if column and column not in known:
            raise InputError(
                f"There is no column {column!r} for `{role}`.{nearest(column, known)}",
                how=f"There are {', '.join(map(repr, known[:12]))}.",
            )
    taken = [column for column in columns.values() if column]
    if len(set(taken)) < len(taken):
        raise InputError(
            f"A column can have one role, but {', '.join(map(repr, taken))} were given."
        )
    replaced = [role for role in columns if role in known and role not in taken]
    names = {column: role for role, column in columns.items() if column}
    return table.drop(columns=replaced).rename(columns=names)


def suggested_roles(names: Iterable[str]) -> dict[str, str]:
    """Roles that no column has by name, and the column whose name means the same.

    Examples
    --------
    >>> suggested_roles(["File Name", "Label", "y_pred"])
    {'image': 'File Name', 'y_true': 'Label'}
    """
    known = list(names)
    # Reversed, so that of names that are alike the first column stays.
    plain = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in reversed(known)}
    found = {
        role: next((plain[alias] for alias in aliases.split() if alias in plain), "")
        for role, aliases in _ALIASES.items()
        if role not in known
    }
    return {role: name for role, name in found.items() if name not in ("", *RESERVED)}


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
                f"probability column (classes: {_listed(class_names)})."
                f"{nearest(label, class_names)}"
            )
        return ids[self.codes].astype(np.int64)

    def ids_as_names(self, class_names: tuple[str, ...]) -> Labels:
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

    Examples
    --------
    >>> labels = read_labels(pd.Series([1.0, np.nan, 0.0], name="y_true"))
    >>> labels.names, labels.codes.tolist()
    (('1', '0'), [0, -1, 1])
    """
    name = str(column.name)
    if column.dtype == object and column.map(_is_several).any():
        raise _multi_label(name)
    codes, distinct = pd.factorize(column)
    # A gap makes pandas read whole numbers as floats.
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


def _multi_label(name: str) -> InputError:
    return InputError(
        f"Column `{name}` holds several labels for one image. Multi-label targets "
        "cannot be evaluated here.",
        how="Give each image one class.",
    )


def natural_order(labels: set[str]) -> tuple[str, ...]:
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


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(repr(name) for name in names[:8])
    return shown + (f" and {len(names) - 8} more" if len(names) > 8 else "")


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
    """Find the probability columns of `table`; None where there are none.

    Columns named `p:<class>`, else `proba_0`…, else one `proba` (two classes), else
    numeric columns named after classes. Columns named `logit_0`… are logits.

    Examples
    --------
    >>> table = pd.DataFrame({"p:crater": [0.9], "p:other": [0.1]})
    >>> scores = find_scores(table, set(), None, logits=False)
    >>> scores.class_names, scores.matrix.tolist()
    (('crater', 'other'), [[0.9, 0.1]])
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
        named = _named(table, others, labels, logits=logits)
        if named is None:
            return None
        scores = named
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
                    f"in row {row + 1}, where a number is expected."
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
            f"{columns[-1]}), but {len(labels)} labels.",
            how="Name each column after its class, or give the names in their order "
            f"with {parameter('class_names')}.",
        )
    names = natural_order(labels)
    order = ", ".join(names)
    note = f"Probability columns were read in the order of the labels: {order}."
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
            f"One column `proba` means two classes, but there are {len(names)} labels.",
            how="Give one probability column per class.",
        )
    second = _numbers(table, ["proba"])[:, 0]
    if logits:
        # The sigmoid; written with exp, it overflows for large negative logits.
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
    with np.errstate(invalid="ignore"):  # NaN is refused later, with its row
        # Less the maximum, since exp overflows above 709.
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        proba: Floats = shifted / shifted.sum(axis=1, keepdims=True)
    return proba


def parse_class_names(text: str) -> tuple[str, ...] | None:
    """Class names with commas between; None for an empty text.

    Examples
    --------
    >>> parse_class_names("other, crater")
    ('other', 'crater')
    """
    names = tuple(name.strip() for name in text.split(","))
    if names == ("",):
        return None
    if "" in names:
        raise InputError(f"The class names hold an empty one: {text!r}.")
    return names


def parse_columns(text: str) -> dict[str, str]:
    """Role to column from a text with commas between.

    Examples
    --------
    >>> parse_columns("y_true=label,y_pred=prediction")
    {'y_true': 'label', 'y_pred': 'prediction'}
    """
    columns = {}
    for pair in filter(None, text.split(",")):
        role, equals, column = pair.partition("=")
        if not equals:
            raise InputError(
                f"{parameter('columns')} expects role=column, got {pair!r}."
            )
        columns[role.strip()] = column.strip()
    return columns


def parse_class_frequencies(
    text: str, where: str = parameter("training_shares")
) -> pd.Series:
    """Class frequencies by name from `other=.81,crater=.19`, made to sum to 1.

    A name with a comma stands in quotes; `where` begins a message.

    Raises
    ------
    InputError
        Not pairs of name and frequency in [0, 1], or a sum off by over .01.

    Examples
    --------
    >>> parse_class_frequencies("other=.8, crater=.2").to_dict()
    {'other': 0.8, 'crater': 0.2}
    """
    frequencies: dict[str, float] = {}
    for part in next(csv.reader([text], skipinitialspace=True), []):
        # At the last sign, as the name of a class may hold one.
        name, sign, value = part.rpartition("=")
        try:
            frequencies[name.strip()] = float(value)
        except ValueError:
            sign = ""
        if not sign or not name.strip() or not 0 <= frequencies[name.strip()] <= 1:
            raise InputError(
                f"{part!r} is not NAME=FREQUENCY with a frequency from 0 to 1, such as "
                "other=.81,crater=.19.",
                where=where,
            )
    total = math.fsum(frequencies.values())
    if abs(total - 1) > _FREQUENCY_TOLERANCE:
        raise InputError(f"The frequencies sum to {total:.4g}, not 1.", where=where)
    return pd.Series(frequencies) / total
