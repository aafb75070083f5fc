"""Scores of each class: probabilities, per cent, one sigmoid per class, logits."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from hirise.arrays import Bools, Floats, Ints
from hirise.errors import InputError, parameter
from hirise.predictions.column_names import common_spelling, folded, read_name
from hirise.predictions.column_roles import Roles
from hirise.predictions.labels import Labels, natural_order
from hirise.predictions.score_columns import ScoreColumns
from hirise.predictions.table import SUM_TOLERANCE, largest_column

FEWEST_DECIMALS, MOST_DECIMALS = 2, 4
"""Rounded probabilities may miss a sum of 1 by half a unit for each class."""

FEWEST_ROWS = 3
"""Rows that sum to something else than 1 before they are taken for sigmoids."""

_PERCENT = r"\s*-?\d+(?:[.,]\d+)?\s*%\s*"


@dataclass(frozen=True)
class Scores:
    """(n_images, n_classes) scores and the class of each column.

    Attributes
    ----------
    matrix : (n_images, n_classes) float
    class_names : tuple of str
    columns : tuple of str
        Their names in the file; a single one stands for the second class.
    notes : tuple of str
        What was assumed.
    are_probabilities : bool
        Whether rows sum to 1. Else they only rank the classes: one sigmoid per class.
    """

    matrix: Floats
    class_names: tuple[str, ...]
    columns: tuple[str, ...]
    notes: tuple[str, ...] = ()
    are_probabilities: bool = True

    def in_order(self, class_names: tuple[str, ...]) -> Scores:
        """The same with the classes in another order."""
        if class_names == self.class_names:  # no copy: of 1,000 classes it takes 1 s
            return self
        order = [self.class_names.index(name) for name in class_names]
        columns = tuple(self.columns[i] for i in order)
        return replace(
            self,
            matrix=self.matrix[:, order],
            class_names=class_names,
            columns=columns,
        )


def scores_of_classes(
    table: pd.DataFrame,
    roles: Roles,
    labels: list[Labels],
    known: tuple[str, ...] | None,
    *,
    logits: bool,
) -> Scores | None:
    """The scores of each class as probabilities, in the order of `known`.

    None where no column holds scores, or one that tells nothing of most classes.

    Examples
    --------
    >>> from hirise.predictions.column_roles import assign_roles
    >>> table = pd.DataFrame({"prob_cat": [0.9, 0.4], "prob_dog": [0.1, 0.6]})
    >>> roles = assign_roles(table, {})
    >>> scores = scores_of_classes(table, roles, [], None, logits=False)
    >>> scores.class_names, scores.columns
    (('cat', 'dog'), ('prob_cat', 'prob_dog'))
    """
    seen = {name for column in labels for name in column.names}
    if roles.scores is not None:
        named = _named_scores(roles.scores, seen, known, labels)
        matrix = read_numbers(table, list(named.columns))
        are_logits = logits or roles.scores.kind == "logit"
        scores = understood(replace(named, matrix=matrix), logits=are_logits)
        same = known is not None and set(known) == set(scores.class_names)
        return scores.in_order(known) if known and same else scores
    if roles.single:
        return _single_score(table, roles.single, labels, known, logits=logits)
    return None


def _named_scores(
    columns: ScoreColumns,
    seen: set[str],
    known: tuple[str, ...] | None,
    labels: list[Labels],
) -> Scores:
    """The score columns with the names of their classes; the matrix is still empty."""
    empty = np.empty((0, 0))
    if not columns.is_numbered:
        names = _as_labels(tuple(columns.classes), known or tuple(seen))
        return Scores(empty, names, tuple(columns.columns))
    in_order = sorted(columns.classes, key=int)
    ordered = tuple(columns.classes[number] for number in in_order)
    n_classes = len(in_order)
    if known and len(known) == n_classes:
        return Scores(empty, known, ordered)
    if seen <= set(in_order):
        return Scores(empty, tuple(in_order), ordered)
    ids = tuple(map(str, range(n_classes)))
    if seen <= set(ids):
        return Scores(empty, ids, ordered)
    if len(seen) != n_classes:
        raise InputError(
            f"There are {n_classes} probability columns ({ordered[0]} to "
            f"{ordered[-1]}), but {len(seen)} labels.",
            how="Name each column after its class, or give the names in their order "
            f"with {parameter('class_names')}.",
        )
    names = natural_order(seen)
    note = (
        f"Probability columns were read in the order of the labels: {', '.join(names)}."
    )
    return Scores(empty, names, ordered, (note,))


def _as_labels(names: tuple[str, ...], labels: tuple[str, ...]) -> tuple[str, ...]:
    """Class names in the spelling of the labels, where they mean the same."""
    spelling = common_spelling(labels)
    own = common_spelling(names)
    return tuple(
        spelling[folded(name)]
        if name not in labels
        and folded(name) in spelling
        and own.get(folded(name)) == name
        and spelling[folded(name)] not in names
        else name
        for name in names
    )


def _single_score(
    table: pd.DataFrame,
    column: str,
    labels: list[Labels],
    known: tuple[str, ...] | None,
    *,
    logits: bool,
) -> Scores | None:
    """One column of scores for two classes; None where it tells of no other class."""
    seen = {name for one in labels for name in one.names}
    names = known or (("0", "1") if seen <= {"0", "1"} else natural_order(seen))
    predicted = next((one for one in labels if one.column == "y_pred"), None)
    if len(names) != 2:
        if predicted is not None:
            return None
        raise InputError(
            f"One column `{column}` means two classes, but there are {len(names)} "
            "labels.",
            how="Give one probability column per class.",
        )
    values = read_numbers(table, [column])[:, 0]
    ids = None
    if predicted is not None:
        ids = predicted.ids_as_names(names).encode(names)
    are_logits = logits or "logit" in read_name(column).meanings
    single = read_single(values, column, names, ids, logits=are_logits)
    if single.second is None:
        return None
    matrix = np.column_stack([1 - single.second, single.second])
    return Scores(matrix, names, (column,), (single.note,))


def read_numbers(table: pd.DataFrame, columns: list[str]) -> Floats:
    """(n_images, n_columns); no copy where the columns stand beside each other.

    Raises
    ------
    InputError
        Text where a number is expected, with its row.

    Examples
    --------
    >>> table = pd.DataFrame({"cat": ["90%", "5 %"], "dog": ["10%", "95 %"]})
    >>> read_numbers(table, ["cat", "dog"]).tolist()
    [[0.9, 0.1], [0.05, 0.95]]
    """
    places = table.columns.get_indexer(pd.Index(columns))
    beside = len(columns) > 1 and (np.diff(places) == 1).all()
    if beside and (table.dtypes.iloc[places] == np.float64).all():
        return table.iloc[:, places[0] : places[-1] + 1].to_numpy()
    numbers = np.empty((len(columns), len(table))).T  # one class after the other
    for i, column in enumerate(columns):
        values = table[column]
        if not pd.api.types.is_numeric_dtype(values):
            values = _numbers_of_text(values, column)
        numbers[:, i] = values.to_numpy(dtype=float, na_value=np.nan)
    return numbers


def _numbers_of_text(column: pd.Series, name: str) -> pd.Series:
    texts = column.map(str, na_action="ignore")
    given = texts.dropna()
    if len(given) and given.str.fullmatch(_PERCENT).all():
        texts = texts.str.replace("%", "").str.replace(",", ".").str.strip()
        return pd.to_numeric(texts) / 100
    values = pd.to_numeric(texts, errors="coerce")
    bad = (values.isna() & column.notna()).to_numpy()
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            f"Probability column {name!r} holds {column.iloc[row]!r} in row {row + 1}, "
            "where a number is expected."
        )
    return values


def understood(scores: Scores, *, logits: bool) -> Scores:
    """The scores as probabilities, with a note on what the numbers were.

    Per cent are divided by 100, rounded probabilities by their sum; logits go through
    softmax. One sigmoid per class stays as it is. Rows that are broken are left to
    `check_probabilities`, which names them.

    Raises
    ------
    InputError
        Numbers outside [0, 1] that nothing says are logits, or the other way round.

    Examples
    --------
    >>> matrix = np.array([[2.5, 97.5], [60.0, 40.0]])
    >>> scores = understood(Scores(matrix, ("a", "b"), ("a", "b")), logits=False)
    >>> scores.matrix.tolist()
    [[0.025, 0.975], [0.6, 0.4]]
    >>> scores.notes
    ('The scores are percentages, so they were divided by 100.',)
    """
    matrix = scores.matrix
    if logits:
        _refuse_probabilities(scores)
        return replace(scores, matrix=softmax(matrix))
    with np.errstate(over="ignore", invalid="ignore"):
        sums = matrix.sum(axis=1)
    off = ~(np.abs(sums - 1) <= SUM_TOLERANCE)
    if not off.any() or not np.isfinite(sums).all():
        return scores
    low, high = float(matrix.min()), float(matrix.max())
    if low >= 0 and high > 1 and (np.abs(sums - 100) <= 100 * _slack(matrix, 1)).all():
        note = "The scores are percentages, so they were divided by 100."
        return _divided(scores, sums if _are_off(sums, 100) else 100.0, note)
    if low >= 0 and high <= 1:
        return _in_unit_interval(scores, sums, off)
    if off.mean() > 0.5:
        raise _outside(scores, low, high)
    return scores


def _in_unit_interval(scores: Scores, sums: Floats, off: Bools) -> Scores:
    matrix = scores.matrix
    if ((matrix == 0) | (matrix == 1)).all() and (sums > 1).any():
        raise InputError(
            f"Columns {_quoted(scores.columns)}… are 0 or 1, and some rows have "
            "several 1s: several labels for one image. Multi-label targets cannot "
            "be evaluated here.",
            how="Give each image one class.",
        )
    if (np.abs(sums - 1) <= _slack(matrix, FEWEST_DECIMALS)).all():
        note = "The probabilities are rounded, so they were divided by their sum."
        return _divided(scores, sums, note)
    if off.mean() <= 0.5 or len(off) < FEWEST_ROWS:
        return scores
    note = (
        "The scores lie between 0 and 1 and sum to "
        f"{sums.min():.3g} to {sums.max():.3g}, as if from one sigmoid per class. The "
        "largest gives the predicted class, and no check uses them as probabilities."
    )
    return replace(scores, notes=(*scores.notes, note), are_probabilities=False)


def _are_off(sums: Floats, total: float) -> bool:
    return bool((np.abs(sums - total) > total * SUM_TOLERANCE).any())


def _slack(matrix: Floats, fewest: int) -> float:
    """How far sums may be from the whole by rounding; nearly 0 if nothing is rounded.

    `fewest` decimals are needed: with one alone, anything seems rounded.
    """
    scale = 100.0 if matrix.max() > 1 else 1.0
    for decimals in range(fewest, MOST_DECIMALS + 1):
        if np.abs(matrix - matrix.round(decimals)).max() < 1e-9 * scale:
            rounded = matrix.shape[1] * 0.5 * 10**-decimals / scale
            return max(SUM_TOLERANCE, float(rounded))
    return SUM_TOLERANCE


def _divided(scores: Scores, by: Floats | float, note: str) -> Scores:
    total = by if isinstance(by, float) else by[:, None]
    return replace(scores, matrix=scores.matrix / total, notes=(*scores.notes, note))


def _outside(scores: Scores, low: float, high: float) -> InputError:
    return InputError(
        f"The scores in columns {_quoted(scores.columns)}… go from {low:.4g} to "
        f"{high:.4g}, outside 0 to 1, so they are not probabilities.",
        how=f"If they are logits, say so with {parameter('logits')}.",
    )


def _refuse_probabilities(scores: Scores) -> None:
    matrix = scores.matrix
    inside = bool(matrix.size and ((matrix >= 0) & (matrix <= 1)).all())
    if inside and len(matrix) > 1 and (matrix != matrix[0, 0]).any():
        raise InputError(
            "All scores lie between 0 and 1, so they are probabilities or sigmoids "
            "and not logits.",
            how=f"Leave {parameter('logits')} out.",
        )


def _quoted(columns: tuple[str, ...]) -> str:
    return ", ".join(map(repr, columns[:2]))


def softmax(logits: Floats) -> Floats:
    """(n_images, n_classes) probabilities of logits.

    Examples
    --------
    >>> softmax(np.array([[0.0, 0.0], [1000.0, 0.0]])).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    with np.errstate(invalid="ignore"):  # NaN is refused later, with its row
        # Less the maximum, since exp overflows above 709.
        shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
        proba: Floats = shifted / shifted.sum(axis=1, keepdims=True)
    return proba


@dataclass(frozen=True)
class Single:
    """One column of scores: what it is, and the probability of the second class.

    `second` is None where the column tells nothing of the other classes.
    """

    second: Floats | None
    note: str


def read_single(
    values: Floats,
    name: str,
    names: tuple[str, ...],
    predicted: Ints | None,
    *,
    logits: bool,
) -> Single:
    """What one column of scores says of two classes.

    It is the probability of the second class where that fits the predictions, else of
    the first, or of the predicted class.

    Parameters
    ----------
    values : (n_images,) float
    name : str
        Of the column.
    names : tuple of str
        The two classes.
    predicted : (n_images,) int, optional
        Ids of the predicted classes.
    logits : bool

    Examples
    --------
    >>> confidence, predicted = np.array([0.9, 0.8, 0.7]), np.array([0, 1, 0])
    >>> single = read_single(
    ...     confidence, "confidence", ("a", "b"), predicted, logits=False
    ... )
    >>> single.second.round(1).tolist()
    [0.1, 0.8, 0.3]
    >>> single.note
    "'confidence' was read as the probability of the predicted class."
    """
    values = _sigmoid(values) if logits else _fraction(values, name)
    if len(names) != 2:
        return Single(None, "")
    of_second = f"`{name}` was read as the probability of {names[1]!r}."
    if predicted is None or ((values >= 0.5) == (predicted == 1)).all():
        return Single(values, of_second)
    if values.min(initial=1) >= 0.5 - 1e-6:
        second = np.where(predicted == 1, values, 1 - values)
        return Single(
            second, f"{name!r} was read as the probability of the predicted class."
        )
    # Predictions may have been made at another threshold than .5.
    if _separates(values, predicted == 1):
        return Single(values, of_second)
    if _separates(values, predicted == 0):
        return Single(1 - values, of_second.replace(repr(names[1]), repr(names[0])))
    # Most predictions still fit: what does not is told by HR105.
    if ((values >= 0.5) == (predicted == 1)).mean() >= 0.5:
        return Single(values, of_second)
    return Single(None, "")


def _sigmoid(logits: Floats) -> Floats:
    # Written with exp, it overflows for large negative logits.
    return np.asarray(0.5 * (1 + np.tanh(logits / 2)))


def _fraction(values: Floats, name: str) -> Floats:
    """Probabilities from numbers of 0 to 1, or of 0 to 100 as per cent."""
    if not np.isfinite(values).all() or not len(values):
        return values
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= 1:
        return values
    if low >= 0 and high <= 100:
        return values / 100
    raise InputError(
        f"Column {name!r} goes from {low:.4g} to {high:.4g}, outside 0 to 1, so it "
        "is not a probability.",
        how=f"If it is the logit, say so with {parameter('logits')}.",
    )


def _separates(values: Floats, second: Bools) -> bool:
    """Whether each value of `second` is above each other one."""
    if not second.any() or second.all():
        return False
    return bool(values[second].min() >= values[~second].max())


def most_probable(matrix: Floats) -> Ints:
    """Class of the largest probability; the first of equal ones.

    Raises
    ------
    InputError
        NaN among the probabilities, with its row.

    Examples
    --------
    >>> most_probable(np.array([[0.2, 0.8], [0.5, 0.5]])).tolist()
    [1, 0]
    """
    undefined = np.isnan(matrix).any(axis=1)
    if undefined.any():
        raise InputError(
            f"The probabilities of row {int(undefined.argmax()) + 1} are not numbers "
            "(NaN).",
            how="Correct or leave out such rows.",
        )
    return largest_column(matrix)
