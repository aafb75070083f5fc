"""The images that belong to one image: its copies, and what is like it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.names import parse_names
from hirise.runs import Run
from hirise.runs.embeddings import embeddings_path, read_embeddings

NEIGHBOURS = 8
TINY = np.finfo(np.float32).tiny


def siblings_of(table: pd.DataFrame, image: str) -> pd.DataFrame:
    """The rows of `image_table` that show the same landmark as `image`, itself first.

    Empty where the name tells no landmark.
    """
    own = parse_names([image])["landmark"].iloc[0]
    if not own or not (table["image"] == image).any():
        return table.head(0)
    # A million names are searched much quicker than understood.
    near = table[table["image"].str.contains(own, regex=False)]
    landmarks = parse_names(near["image"])["landmark"]
    rows = near[landmarks == own].sort_values("image", kind="stable")
    mine = rows["image"] == image
    found: pd.DataFrame = pd.concat([rows[mine], rows[~mine]])
    return found


def nearest_images(
    run: Run, split: str, image: str, *, most: int = NEIGHBOURS
) -> pd.DataFrame:
    """The images whose features are most like those of one image.

    Features are what the last layer of the network gets; likeness is their cosine.

    Returns
    -------
    DataFrame, most alike first
        `image`, `split`, `class_name` and `likeness`; copies of the same landmark are
        left out. Empty if the run kept no features.
    """
    catalog = run.catalog()
    columns = ["image", "split", "class_name", "likeness"]
    if catalog is None or not embeddings_path(run.folder, split).is_file():
        return pd.DataFrame(columns=columns)
    own = _features(run, split)
    places = catalog[catalog["split"] == split].reset_index(drop=True)
    at = np.flatnonzero((places["image"] == image).to_numpy())
    if not len(at):
        return pd.DataFrame(columns=columns)
    wanted, parts = own[at[0]], []
    for side in dict.fromkeys([split, "train"]):
        if not embeddings_path(run.folder, side).is_file():
            continue
        rows = catalog[catalog["split"] == side]
        likeness = _features(run, side) @ wanted
        parts.append(rows[["image", "split", "class_name"]].assign(likeness=likeness))
    found = pd.concat(parts)
    landmarks = parse_names(found["image"])["landmark"]
    mine = landmarks[found["image"] == image].iloc[0]
    apart = found["image"] != image if not mine else landmarks != mine
    return found[apart].nlargest(most, "likeness").reset_index(drop=True)


def _features(run: Run, split: str) -> NDArray[np.float32]:
    """Features of length 1."""
    features = read_embeddings(run, split).astype(np.float32)
    length = np.linalg.norm(features, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = features / np.maximum(length, TINY)
    return scaled
