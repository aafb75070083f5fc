"""The recorded labels beside those of the dataset."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hirise.arrays import Ints
from hirise.errors import InputError
from hirise.experiments.materials import Materials, Observation
from hirise.metrics.cells import kappa_of

GAIN = 0.3
UNRELATED = 0.2
"""Kappa of two sets of labels below which they have nothing to do with each other."""
MANY, MOST = 0.05, 0.5
"""Fraction of labels that differ to be many, and of one class to be most of it."""
CONCENTRATED = 0.8
"""Of all differences, in one class, for them to be about that class."""


def repaired_labels(materials: Materials) -> Observation:
    """The same predictions, evaluated with the labels of the dataset."""
    names = list(materials.predictions.class_names)
    image = materials.predictions.image
    if image is None:
        raise InputError("The predictions do not name their images.")
    right = _own_labels(materials).reindex(np.asarray(image, dtype=object))
    known = right.isin(names).to_numpy()
    if not known.any():
        raise InputError("The dataset has none of the evaluated images.")
    ids = _ids(right[known], names)
    is_known = np.asarray(known, dtype=bool)
    truth = materials.truth[is_known]
    predicted = materials.predictions.y_pred[is_known]
    differ, n = int((ids != truth).sum()), len(ids)
    before = kappa_of(truth, predicted, len(names))
    after = kappa_of(ids, predicted, len(names))
    outcome = "same"
    if differ >= MANY * n:
        outcome = "rises" if after - before >= GAIN else "stays"
    return Observation(
        outcome,
        f"{differ:,} of {n:,} labels differ from those of the dataset. Cohen's kappa "
        f"is {before:.2f} with the recorded labels and {after:.2f} with those of the "
        "dataset.",
        {"n_different": differ, "kappa_before": before, "kappa_after": after},
    )


def training_labels(materials: Materials) -> Observation:
    """How many labels that the network was given are not those of the dataset."""
    seen = materials.run.labels_seen()
    if seen is None:
        raise InputError("The run did not record the labels of its training.")
    names = list(materials.run.info.class_names)
    trained = seen[seen["split"] == "train"]
    own = _own_labels(materials).reindex(trained["image"].to_numpy(dtype=object))
    given = _as_names(trained["label"], names)
    known = own.isin(names).to_numpy()
    if not known.any():
        raise InputError("The dataset has none of the training images.")
    table = pd.DataFrame(
        {"own": own[known].to_numpy(), "given": np.array(given)[known]}
    )
    different = table[table["own"] != table["given"]]
    kappa = kappa_of(_ids(table["own"], names), _ids(table["given"], names), len(names))
    outcome, most = _kind(table, different, kappa)
    sentence = (
        f"{len(different):,} of {len(table):,} training labels differ from those of "
        f"the dataset (Cohen's kappa {kappa:.2f})."
    )
    if outcome == "one-class":
        sentence += f" Most of them concern '{most}'."
    return Observation(
        outcome, sentence, {"n_different": len(different), "kappa": kappa}
    )


def _kind(
    table: pd.DataFrame, different: pd.DataFrame, kappa: float
) -> tuple[str, str]:
    """The outcome, and the class that most differences concern."""
    if len(different) < MANY * len(table):
        return "same", ""
    if kappa < UNRELATED:
        return "unrelated", ""
    counts = different["own"].value_counts()
    most = str(counts.index[0])
    is_most = counts.iloc[0] >= MOST * (table["own"] == most).sum()
    if is_most and counts.iloc[0] >= CONCENTRATED * len(different):
        return "one-class", most
    return "many", ""


def _own_labels(materials: Materials) -> pd.Series:
    """Class name by image, as the dataset has it now."""
    table = materials.catalog.table
    own: pd.Series = table.drop_duplicates("image").set_index("image")["class_name"]
    return own


def _ids(labels: pd.Series, names: list[str]) -> Ints:
    """The ids of names of classes."""
    ids: Ints = pd.Index(names).get_indexer(pd.Index(labels)).astype(np.int64)
    return ids


def _as_names(labels: pd.Series, names: list[str]) -> list[str]:
    """Labels that are ids, or names already, as names."""
    if pd.api.types.is_integer_dtype(labels):
        return [names[label] for label in labels]
    return list(labels.astype(str))
