"""A linear probe on features that the run's network did not make."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from hirise.errors import InputError
from hirise.experiments.materials import Materials, Observation
from hirise.models.label_features import label_features

SIGNAL = 0.2
"""Kappa below which the features tell nothing of the labels."""
MANY = 0.2
"""Fraction of the confident images with another class to be many."""
PAIR, MOST_OF_IT = 0.1, 0.8
"""Fraction of the confident images with another class, of which most are between two
classes: what keeps its label then looks like the class that took the others."""
SECONDS_PER_THOUSAND = 10.0


def probe(materials: Materials) -> Observation:
    """How many training labels contradict what a probe tells of their images."""
    from hirise.training.tensorflow_setup import native_output_to

    seen = materials.run.labels_seen()
    if seen is None or seen["label"].dtype.kind not in "iu":
        raise InputError("The run did not record the labels of its training.")
    trained = seen[seen["split"] == "train"].drop_duplicates("image")
    images = trained["image"].astype(str).to_numpy()
    with native_output_to(Path(os.devnull)):
        from hirise.training.label_probe import probe_labels
    told, features, kept = label_features(
        materials.catalog, images, materials.run, materials.progress
    )
    materials.progress.update("Probing the labels")
    labels = trained["label"].to_numpy(dtype=np.int64)[kept]
    names = materials.run.info.class_names
    found = probe_labels(features, labels, len(names))
    label, other, between = found.pair
    outcome = "few"
    if found.kappa < SIGNAL:
        outcome = "no-signal"
    elif found.share >= PAIR and between >= MOST_OF_IT and len(names) > 2:
        outcome = "one-class"
    elif found.share >= MANY:
        outcome = "many"
    return Observation(
        outcome,
        f"From {told} of {found.n_images:,} training images their labels are predicted "
        f"with Cohen's kappa {found.kappa:.2f}. {found.share:.0%} of the images that "
        f"the probe is confident about belong to another class than their label, "
        f"{between:.0%} of them between '{names[label]}' and '{names[other]}'.",
        {"kappa": found.kappa, "share": found.share, "between": between},
    )


def probe_seconds(materials: Materials, experiment: object) -> float:
    """Of computing features and fitting the probe."""
    table = materials.run.catalog()
    n = 1_000 if table is None else len(table)
    return 5.0 + SECONDS_PER_THOUSAND * n / 1_000


def refuse_probe(materials: Materials) -> str:
    """Why labels cannot be probed."""
    if find_spec("sklearn") is None:
        return "It needs scikit-learn, which is not installed here."
    has = materials.run.labels_seen() is not None
    return "" if has else "The run did not record the labels of its training."
