"""The ground truth of predictions that came without, from a dataset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from hirise.data import Catalog
from hirise.errors import InputError
from hirise.predictions.table import UNLABELLED, Predictions


def image_finder(images: pd.Series) -> Callable[[str], str | None]:
    """Which of a catalog's images is meant by a path, or by a name that is unique.

    The name may lack its ending, as the ids of competitions do.

    Examples
    --------
    >>> find = image_finder(pd.Series(["train/a.jpg", "val/b.jpg"]))
    >>> find("/data/mars/train/a.jpg"), find("b.jpg"), find("b"), find("c.jpg")
    ('train/a.jpg', 'val/b.jpg', 'val/b.jpg', None)
    """
    paths = set(images)
    names = images.str.rpartition("/")[2]
    by_name = dict(zip(names, images, strict=True))
    repeated = set(names[names.duplicated()])

    @cache
    def by_stem() -> dict[str, str]:
        # Most predictions name whole files, so this is made when it is needed.
        stems = names.str.replace(r"\.[A-Za-z]+$", "", regex=True)
        once = ~stems.duplicated(keep=False)
        return dict(zip(stems[once], images[once], strict=True))

    def find(image: str) -> str | None:
        folders = str(image).split("/")
        # The longest first: the path may begin with folders of another machine.
        ends = ("/".join(folders[i:]) for i in range(len(folders)))
        meant = next((end for end in ends if end in paths), None)
        if meant is None and image not in repeated:
            return by_name.get(image) or by_stem().get(image)
        return meant

    return find


def with_truth(part: Predictions, catalog: Catalog, path: Path) -> Predictions:
    """`part` with the truth of the dataset, if it has none; labels may be ids there.

    Raises
    ------
    InputError
        No image names, images that the dataset does not have, or classes that have no
        probability column.
    """
    if part.y_true is not None:
        return part
    if part.image is None:
        raise InputError(
            f"{path}: there is neither `y_true` nor `image`, so true labels cannot be "
            f"looked up in {catalog.root}. Add one of these columns."
        )
    find = image_finder(catalog.table["image"])
    truth = dict(zip(catalog.table["image"], catalog.table["class_name"], strict=True))
    labels = [truth.get(find(image) or "") for image in part.image]
    names = _class_names(part, catalog)
    ids = {name: i for i, name in enumerate(names)}
    missing = {label for label in labels if label} - set(ids)
    if missing:
        raise InputError(
            f"{path}: the dataset's class {sorted(missing)[0]!r} has no probability "
            f"column (classes: {', '.join(map(repr, names[:6]))})."
        )
    found = np.array([ids.get(label or "", UNLABELLED) for label in labels])
    if (found == UNLABELLED).all():
        raise InputError(
            f"{path}: none of its images is in {catalog.root}; the first is "
            f"{part.image[0]!r}."
        )
    return replace(part, y_true=found, class_names=names)


def _class_names(part: Predictions, catalog: Catalog) -> tuple[str, ...]:
    """Classes of the predictions; without probabilities the dataset's others join."""
    by_id = {str(i): name for i, name in enumerate(catalog.class_names)}
    names = part.class_names
    if set(names) <= set(by_id) - set(catalog.class_names):
        names = tuple(by_id[name] for name in names)
    if part.proba is not None:
        return names
    return (*names, *(name for name in catalog.class_names if name not in names))
