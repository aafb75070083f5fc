"""The scores of each class, from the columns that roles were given to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from hirise.errors import InputError, parameter
from hirise.predictions.labels import Labels, natural_order
from hirise.predictions.roles import Roles
from hirise.predictions.score_columns import ScoreColumns
from hirise.predictions.scores import Scores, read_numbers, read_single, understood
from hirise.predictions.words import common_spelling, folded, read_name


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
    >>> from hirise.predictions.roles import assign_roles
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
