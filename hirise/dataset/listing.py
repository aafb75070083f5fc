"""What a dataset folder says of its images, before any of them is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd


@dataclass(frozen=True, eq=False)
class Listing:
    """The images that a folder, its label file or a CSV names.

    Attributes
    ----------
    root : Path
        The dataset folder.
    layout : str
        See `Catalog.layout`.
    source, place : Path
        What gives the labels, and where the images are; for messages.
    class_names : tuple of str
        In the order of the ids 0, 1, 2, …
    lines : DataFrame, one row per label
        Columns `image`, `label` (id) and `line`; an image may have several rows.
    paths : dict of str to str
        For each image of `lines` that has a file, its path relative to `root`, with /.
    split : dict of str to str
        The side (train, val or test) of the images that come with one.
    problems : DataFrame
        Columns `image`, `problem` and `detail`: what was seen so far.
    """

    root: Path
    layout: str
    source: Path
    place: Path
    class_names: tuple[str, ...]
    lines: pd.DataFrame
    paths: dict[str, str]
    split: dict[str, str]
    problems: pd.DataFrame
