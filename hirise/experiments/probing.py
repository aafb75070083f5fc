"""A linear probe on features that the run's network did not make."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.data import load_images
from hirise.data.features import image_features
from hirise.errors import InputError
from hirise.experiments.materials import Materials, Observation
from hirise.models.backbone_names import KERAS, is_downloaded
from hirise.recipes.known import BACKBONE

SIGNAL = 0.2
"""Kappa below which the features tell nothing of the labels."""
MANY = 0.2
"""Fraction of the confident images with another class to be many."""
PAIR, MOST_OF_IT = 0.1, 0.8
"""Fraction of the confident images with another class, of which most are between two
classes: what keeps its label then looks like the class that took the others."""
SIZE, SMALL = 128, 32
SECONDS_PER_THOUSAND = 10.0


def probe(materials: Materials) -> Observation:
    """How many training labels contradict what a probe tells of their images."""
    from hirise.training.tensorflow_setup import native_output_to

    seen = materials.run.labels_seen()
    if seen is None or seen["label"].dtype.kind not in "iu":
        raise InputError("The run did not record the labels of its training.")
    trained = seen[seen["split"] == "train"].drop_duplicates("image")
    images = trained["image"].astype(str).to_numpy()
    told, features, kept = _features(materials, images)
    with native_output_to(Path(os.devnull)):
        from hirise.training.label_probe import probe_labels
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


def _features(
    materials: Materials, images: NDArray[np.object_]
) -> tuple[str, NDArray[np.floating], NDArray[np.bool_]]:
    """What they are, (n, d) features, and which of `images` they belong to."""
    backbone = _backbone(materials)
    table = materials.catalog.table
    if not backbone:
        known = image_features(materials.catalog, progress=materials.progress)
        known = known.drop_duplicates("image").dropna(subset=["feature"])
        place = pd.Index(known["image"]).get_indexer(pd.Index(images))
        kept = np.asarray(place >= 0, dtype=bool)
        if not kept.any():
            raise InputError("The training images are not in the dataset any more.")
        described = known["feature"].to_numpy(dtype=object)[place[kept]]
        texture = np.stack([np.asarray(one, np.float32) for one in described])
        colour = _colours(materials, images[kept])
        return "texture and colour", np.concatenate([texture, colour], axis=1), kept
    from hirise.models.backbones import load_backbone
    from hirise.models.embeddings import compute_embeddings

    decoded = load_images(materials.catalog, size=SIZE, progress=materials.progress)
    rows_by_image = {name: row for row, name in enumerate(table["image"])}
    kept = np.array([name in rows_by_image for name in images])
    rows = np.array([rows_by_image[name] for name in images[kept]], dtype=np.int64)
    if not len(rows):
        raise InputError("The training images are not in the dataset any more.")
    embedded = compute_embeddings(
        load_backbone(backbone),
        decoded.pixels,
        decoded.digests,
        rows,
        progress=materials.progress,
    )
    return "features of a trained backbone", embedded[rows], kept


def _colours(materials: Materials, images: NDArray[np.object_]) -> NDArray[np.float32]:
    """Mean and standard deviation of each channel, which texture does not know."""
    catalog = materials.catalog
    decoded = load_images(catalog, size=SMALL, progress=materials.progress)
    rows = pd.Index(catalog.table["image"]).get_indexer(pd.Index(images))
    pixels = np.asarray(decoded.pixels[rows], dtype=np.float32)
    moments = (pixels.mean(axis=(1, 2)), pixels.std(axis=(1, 2)))
    return np.concatenate(moments, axis=1)


def _backbone(materials: Materials) -> str:
    """A trained backbone that is on this machine; "" if there is none."""
    if find_spec("tensorflow") is None:
        return ""
    own = str((materials.run.info.recipe or {}).get("backbone") or "")
    for name in (own, BACKBONE):
        is_file = Path(name).suffix.lower() in KERAS and Path(name).is_file()
        if name and (is_file or is_downloaded(name)):
            return name
    return ""


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
