"""A class whose training labels seem to have gone to another class."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from hirise.evaluation import Evaluation

WHOLESALE = 0.60
"""Of the images of a class, predicted as one other class."""
LOST = 0.50
"""Of a class's frequency among the evaluated labels, lacking in training; and of what
it lost, gained by the other class."""
LEARNED = 0.50
"""Recall from which a class is not missed."""


class Exchange(NamedTuple):
    """Class `name` lost training labels, and `other` gained them.

    The frequencies are those among the evaluated labels and the training labels.
    """

    name: str
    other: str
    name_here: float
    name_in_training: float
    other_here: float
    other_in_training: float


def find_exchange(evaluation: Evaluation, counts: pd.DataFrame) -> Exchange | None:
    """The first missed class that training has less of, and the class it is taken for.

    Parameters
    ----------
    evaluation : Evaluation
        With true labels.
    counts : DataFrame
        Labels by class and split, `train` and the evaluated one among them.
    """
    train, here = (
        (counts[s] / max(1, counts[s].sum())).to_dict()
        for s in ("train", evaluation.split)
    )
    missed = evaluation.per_class[evaluation.per_class["recall"] < LEARNED]
    for label, support in missed["support"].items():
        name = str(label)
        other, most = mostly_predicted_as(evaluation, name)
        if not other or most < WHOLESALE * support or name not in train:
            continue
        lost, gained = here[name] - train[name], train[other] - here[other]
        if lost > LOST * here[name] and gained > LOST * lost:
            return Exchange(
                *(name, other, float(here[name]), float(train[name])),
                *(float(here[other]), float(train[other])),
            )
    return None


def mostly_predicted_as(evaluation: Evaluation, name: str) -> tuple[str, int]:
    """The other class as which most images of a class are predicted, and how many."""
    of_class = evaluation.class_names.index(name)
    cells = evaluation.cells.of(of_class)
    n = np.where(cells.predicted == of_class, 0, cells.n)
    if not n.any():
        return "", 0
    return evaluation.class_names[cells.predicted[n.argmax()]], int(n.max())
