"""Features of images that the run's own network did not make."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.data import Catalog, load_images
from hirise.data.features import image_features
from hirise.errors import InputError
from hirise.models.backbone_names import KERAS, is_downloaded
from hirise.progress import Progress
from hirise.recipes.known import BACKBONE
from hirise.runs import Run

SIZE, SMALL = 128, 32


class LabelFeatures(NamedTuple):
    """Features of the images that the dataset still has.

    Attributes
    ----------
    told : str
        What they are, for people.
    values : (n_kept, d) float
    kept : (n_images,) bool
    """

    told: str
    values: NDArray[np.floating]
    kept: NDArray[np.bool_]


def label_features(
    catalog: Catalog, images: NDArray[np.object_], run: Run, progress: Progress
) -> LabelFeatures:
    """Features of a trained backbone if one is on this machine, else simple ones.

    Raises
    ------
    InputError
        If the dataset has none of the images.
    """
    backbone = _backbone(run)
    if not backbone:
        return _of_texture(catalog, images, progress)
    from hirise.models.backbones import load_backbone
    from hirise.models.embeddings import compute_embeddings

    decoded = load_images(catalog, size=SIZE, progress=progress)
    place = pd.Index(catalog.table["image"]).get_indexer(pd.Index(images))
    kept = np.asarray(place >= 0, dtype=bool)
    _require_any(kept)
    rows = place[kept].astype(np.int64)
    embedded = compute_embeddings(
        load_backbone(backbone),
        decoded.pixels,
        decoded.digests,
        rows,
        progress=progress,
    )
    return LabelFeatures("features of a trained backbone", embedded[rows], kept)


def _of_texture(
    catalog: Catalog, images: NDArray[np.object_], progress: Progress
) -> LabelFeatures:
    known = image_features(catalog, progress=progress)
    known = known.drop_duplicates("image").dropna(subset=["feature"])
    place = pd.Index(known["image"]).get_indexer(pd.Index(images))
    kept = np.asarray(place >= 0, dtype=bool)
    _require_any(kept)
    described = known["feature"].to_numpy(dtype=object)[place[kept]]
    texture = np.stack([np.asarray(one, np.float32) for one in described])
    colour = _colours(catalog, images[kept], progress)
    values = np.concatenate([texture, colour], axis=1)
    return LabelFeatures("texture and colour", values, kept)


def _require_any(kept: NDArray[np.bool_]) -> None:
    if not kept.any():
        raise InputError("The training images are not in the dataset any more.")


def _colours(
    catalog: Catalog, images: NDArray[np.object_], progress: Progress
) -> NDArray[np.float32]:
    """Mean and standard deviation of each channel, which texture does not know."""
    decoded = load_images(catalog, size=SMALL, progress=progress)
    rows = pd.Index(catalog.table["image"]).get_indexer(pd.Index(images))
    pixels = np.asarray(decoded.pixels[rows], dtype=np.float32)
    moments = (pixels.mean(axis=(1, 2)), pixels.std(axis=(1, 2)))
    return np.concatenate(moments, axis=1)


def _backbone(run: Run) -> str:
    """A trained backbone that is on this machine; "" if there is none."""
    if find_spec("tensorflow") is None:
        return ""
    own = str((run.info.recipe or {}).get("backbone") or "")
    for name in (own, BACKBONE):
        is_file = Path(name).suffix.lower() in KERAS and Path(name).is_file()
        if name and (is_file or is_downloaded(name)):
            return name
    return ""
