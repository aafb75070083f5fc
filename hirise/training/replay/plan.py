"""The images of a replay, and their folder as the blog's notebooks had it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from hirise.data import Catalog, read_catalog
from hirise.errors import InputError, parameter, shown
from hirise.mars.blog import EXERCISES, Exercise
from hirise.training.tensorflow_setup import require_tensorflow

FEWEST = 60
"""Images of which Keras' .15 of .8 still are some."""
TEST_SHARE = 0.2
TEST_SEED = 13
SAMPLE_SEED = 0
FORMATS = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
"""What `image_dataset_from_directory` reads."""


@dataclass(frozen=True, eq=False)
class ReplayPlan:
    """A replay that can be carried out.

    Attributes
    ----------
    catalog : Catalog
        Of the whole dataset.
    training, test : DataFrame
        Rows of its table and `file`, a name of its own for each; sorted by that.
    """

    catalog: Catalog
    training: pd.DataFrame
    test: pd.DataFrame
    exercises: tuple[Exercise, ...] = EXERCISES
    epochs: int = 5

    @property
    def n_images(self) -> int:
        return len(self.training) + len(self.test)

    @property
    def used(self) -> Catalog:
        """The catalog of the images that the replay uses."""
        table = self.catalog.table
        images = pd.concat([self.training["image"], self.test["image"]])
        kept = table[table["image"].isin(images)].reset_index(drop=True)
        return replace(self.catalog, table=kept)


def make_replay(
    data: Path,
    *,
    epochs: int,
    images: int | None,
    exercises: tuple[Exercise, ...] = EXERCISES,
) -> ReplayPlan:
    """Read the dataset, take a sample and split off the test images, as the blog did.

    Parameters
    ----------
    images : int or None
        About how many; whole landmarks are taken at random. None for all.

    Raises
    ------
    InputError
        If the folder is no dataset, the images are too few, or Keras cannot read them.
    """
    require_tensorflow()
    catalog = read_catalog(data)
    table = _sample(catalog.table, images)
    if len(table) < FEWEST:
        raise InputError(
            f"A replay needs {FEWEST} images or more, got {len(table)}.",
            how=f"Raise {parameter('images')} or choose another folder.",
        )
    table = table.assign(file=table["image"].str.replace("/", "__"))
    unreadable = ~table["file"].str.lower().str.endswith(FORMATS)
    if unreadable.any():
        raise InputError(
            f"Keras does not read {shown(table.loc[unreadable, 'image'].iloc[0])}.",
            how=f"A replay needs images in the formats {', '.join(FORMATS)}.",
        )
    training, test = _split(table)
    return ReplayPlan(catalog, training, test, exercises, epochs)


def _sample(table: pd.DataFrame, images: int | None) -> pd.DataFrame:
    """Whole landmarks at random, until there are `images`."""
    if images is None or images >= len(table):
        return table
    groups = table["landmark"].where(table["landmark"] != "", table["image"])
    sizes = groups.value_counts().sort_index()
    order = np.random.default_rng(SAMPLE_SEED).permutation(len(sizes))
    mixed = sizes.iloc[order]
    chosen = mixed.index[mixed.cumsum().shift(fill_value=0) < images]
    return table[groups.isin(chosen)].reset_index(drop=True)


def _split(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    from sklearn.model_selection import train_test_split

    training, test = train_test_split(
        table, test_size=TEST_SHARE, random_state=TEST_SEED
    )
    # Keras wants the labels in the order of the sorted file names.
    sort = {"by": "file", "ignore_index": True}
    return training.sort_values(**sort), test.sort_values(**sort)


@contextmanager
def image_folder(plan: ReplayPlan) -> Iterator[Path]:
    """A folder with the training images and nothing else, while it is needed."""
    with TemporaryDirectory(prefix="hirise-replay-") as name:
        folder = Path(name).resolve()
        for path, file in zip(
            plan.training["path"], plan.training["file"], strict=True
        ):
            link_or_copy((plan.catalog.root / path).resolve(), folder / file)
        yield folder


def link_or_copy(source: Path, link: Path) -> None:
    """A symbolic link, else a hard one, else a copy: not every system has all."""
    for place in (os.symlink, os.link):
        try:
            place(source, link)
        except OSError:
            continue
        return
    shutil.copyfile(source, link)
