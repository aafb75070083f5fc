"""Tables whose rows are something else than images, as far as their roles show."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from hirise.arrays import Floats
from hirise.errors import InputError, parameter
from hirise.predictions.column_names import ANSWERS, image_rank, label_kind, words_of
from hirise.predictions.column_roles import Roles
from hirise.predictions.score_columns import is_one_hot, is_two_sided

_FEW = 3
"""Rows up to which labels may differ by chance."""
_CONFIDENCE = frozenset(("conf", "confidence", "certainty"))
"""Words of a score that is of the predicted class, whichever that is."""
_LABELS = 50
"""Texts in a column above which they are no labels, but remarks."""


def check_roles(table: pd.DataFrame, roles: Roles, given: Mapping[str, str]) -> None:
    """Refuse classes in the place of images, and a score whose class is not known.

    Parameters
    ----------
    table : DataFrame
        As it was read.
    roles : Roles
        What `assign_roles` found in it.
    given : mapping of role to column
        What the user said; nothing is doubted then.

    Raises
    ------
    InputError
        Each row is another class, or one score stands beside labels under a name that
        means nothing.

    Examples
    --------
    >>> table = pd.DataFrame({"mood": ["sad", "glad"] * 2, "confidence": 0.9})
    >>> check_roles(table, Roles(single="confidence"), {})
    Traceback (most recent call last):
        ...
    hirise.errors.InputError: 'confidence' is one score in each row, and no column says
    by its name of which class. 'mood' may. Say so with `columns=y_pred=mood`.
    """
    if given or len(table) <= _FEW:
        return
    image = roles.columns.get("image", "")
    has_images = image_rank(image) in (1, 2)
    labels = {role for role in ("y_true", "y_pred") if role in roles.columns}
    if labels == {"y_pred"} and not (has_images or roles.scores or roles.single):
        column = roles.columns["y_pred"]
        is_class = label_kind(column) == "class" and table[column].notna().all()
        if is_class and table[column].map(str).is_unique:
            raise InputError(
                f"Each of the {len(table):,} rows names another class in {column!r}, "
                "so the rows are classes, not images.",
                how="Give a row per image, with `y_pred` and for a verdict `y_true`.",
            )
    if roles.single and not labels:
        # A probability of images is that of the second of two classes.
        is_confidence = bool(_CONFIDENCE & set(words_of(roles.single)))
        if has_images and not is_confidence and is_two_sided(table[roles.single]):
            return
        taken = {*roles.columns.values(), roles.single}
        other = next((n for n in table if n not in taken and _repeats(table[n])), None)
        if other is not None:
            raise InputError(
                f"{roles.single!r} is one score in each row, and no column says by its "
                f"name of which class. {other!r} may.",
                how=f"Say so with {parameter('columns', f'y_pred={other}')}.",
            )


def notes_on_roles(table: pd.DataFrame, roles: Roles) -> tuple[str, ...]:
    """That scores of nothing but 0 and 1, or answers, may be the true classes.

    Examples
    --------
    >>> from hirise.predictions.score_columns import ScoreColumns
    >>> table = pd.DataFrame({"cat": [0, 1], "dog": [1, 0]})
    >>> scores = ScoreColumns("score", "", {"cat": "cat", "dog": "dog"})
    >>> len(notes_on_roles(table, Roles(scores=scores)))
    1
    """
    labels = {"y_true", "y_pred"} & set(roles.columns)
    answer = roles.columns.get("y_pred", "")
    if labels == {"y_pred"} and set(words_of(answer)) & set(ANSWERS):
        return (
            f"{answer!r} was read as the prediction. If it is the true class, there "
            "are no predictions.",
        )
    if roles.scores is None or roles.true_columns is not None or labels:
        return ()
    scores = table[list(roles.scores.columns)]
    if not all(map(pd.api.types.is_numeric_dtype, scores.dtypes)):
        return ()  # what is wrong with them is told where they are read
    if not is_one_hot(scores) or not (scores.sum(axis=1) == 1).all():
        return ()
    return (
        "Each row has a 1 for one class and 0 for the others, which was read as the "
        "prediction. If it is the true class, there are no predictions.",
    )


def are_labels(proba: Floats | None) -> bool:
    """Whether probabilities are 1 for one class of each image and 0 for the others.

    Examples
    --------
    >>> are_labels(np.eye(2)), are_labels(np.array([[0.9, 0.1]]))
    (True, False)
    """
    return proba is not None and bool((np.max(proba, axis=1) == 1).all())


def _repeats(column: pd.Series) -> bool:
    """Whether a column holds few different texts, such as labels."""
    given = column.dropna()
    if pd.api.types.is_numeric_dtype(given) or pd.api.types.is_bool_dtype(given):
        return False
    texts = given.map(str)
    n = texts.nunique()
    return bool(2 <= n <= _LABELS and 2 * n <= len(texts))
