"""Hashes and texture of a run's images, kept by whoever has the pixels."""

from __future__ import annotations

from contextlib import suppress

import pandas as pd

from hirise.dataset import Catalog, Decoded
from hirise.dataset.image_features import image_features, write_image_features
from hirise.errors import InputError
from hirise.runs.folder import IMAGE_FEATURES, Run
from hirise.runs.writer import RunWriter


def keep_image_features(
    writer: RunWriter, catalog: Catalog, decoded: Decoded | None = None
) -> None:
    """Write `image_features.parquet`; see `hirise.dataset.image_features`."""
    found = image_features(catalog, decoded)
    writer.write_file(IMAGE_FEATURES, lambda path: write_image_features(found, path))


def image_features_of(run: Run, catalog: Catalog) -> pd.DataFrame:
    """The features that a run keeps, else those of the images in `catalog`.

    New ones are kept in the run's folder, unless it is an example, was made of other
    images, or cannot be written.

    Raises
    ------
    InputError
        If none of the run's images is in `catalog`.
    """
    kept = run.image_features()
    if kept is not None:
        return kept
    known = run.catalog()
    if known is not None and not known["image"].isin(catalog.table["image"]).any():
        raise InputError(
            f"{catalog.root}: holds none of the images of run {run.info.id}, the first "
            f"of which is {known['image'].iloc[0]}."
        )
    found = image_features(catalog)
    same = (run.info.dataset or {}).get("fingerprint") == catalog.fingerprint
    if same and not run.is_example:
        with suppress(InputError):
            RunWriter(run.folder).write_file(
                IMAGE_FEATURES, lambda path: write_image_features(found, path)
            )
    return found
