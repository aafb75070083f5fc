"""A class whose training labels went to another class, as a run's predictions show."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hirise.diagnosis.labels.exchange import Exchange, find_exchange
from hirise.errors import InputError
from hirise.evaluation import evaluate
from hirise.predictions import read_predictions
from hirise.runs import Run


def labels_of(parent: Run) -> pd.DataFrame:
    """`image`, `split` and `class_name` as the run was trained and evaluated.

    Raises
    ------
    InputError
        If the run does not record them.
    """
    seen = parent.labels_seen()
    names = np.array(parent.info.class_names, dtype=object)
    if seen is None or not _are_labels(seen, len(names)):
        raise InputError(
            f"Run {parent.info.id} does not record the labels of its training.",
            how="Choose another remedy.",
        )
    once = seen.drop_duplicates("image")
    table = pd.DataFrame({"image": once["image"], "split": once["split"]})
    return table.assign(class_name=names[once["label"]]).reset_index(drop=True)


def _are_labels(seen: pd.DataFrame, n_classes: int) -> bool:
    """Whether a table, which may come from elsewhere, holds class ids by image."""
    if not {"image", "split", "label"} <= set(seen.columns):
        return False
    texts = (seen["image"], seen["split"])
    if not all(pd.api.types.is_string_dtype(column) for column in texts):
        return False
    return seen["label"].dtype.kind in "iu" and bool(
        seen["label"].between(0, n_classes - 1).all()
    )


def lost_class(parent: Run) -> Exchange:
    """The class that is taken for one that got its labels in training, by val.

    Raises
    ------
    InputError
        If none is seen.
    """
    table = labels_of(parent)
    if "val" not in parent.splits():
        raise InputError(
            f"Run {parent.info.id} has no predictions of a val split, which show what "
            "class is meant.",
            how="Choose another remedy.",
        )
    predictions = read_predictions(parent.predictions_path("val"))
    evaluation = evaluate(predictions)
    counts = pd.crosstab(table["class_name"], table["split"])
    counts = counts.reindex(list(predictions.class_names), fill_value=0)
    found = None
    if evaluation.has_truth and {"train", "val"} <= set(counts):
        found = find_exchange(evaluation, counts)
    if found is None:
        raise InputError(
            f"Run {parent.info.id}: on val no class is predicted as another one that "
            "took its place in training, so no class is relabelled.",
            how="Choose another remedy.",
        )
    return found
