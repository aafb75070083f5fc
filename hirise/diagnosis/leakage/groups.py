"""Images that show the same picture: the groups, and pairs out of them."""

import numpy as np
import pandas as pd

PAIRS = ("image", "class_name", "split", "copy", "copy_class_name", "copy_split")


def duplicate_groups(places: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """Groups of images that show the same; the same bytes show the same.

    Parameters
    ----------
    places, keys : DataFrame
        As in `LeakageEvidence`.

    Returns
    -------
    DataFrame, one row per group
        `n_images`, `n_equal` (of them with a twin to the byte), `n_splits`,
        `n_landmarks` and `n_classes`.
    """
    table = _keyed(places, keys)
    return (
        table.assign(bytes=table["bytes"] >= 0)
        .groupby("key")
        .agg(
            n_images=("image", "size"),
            n_equal=("bytes", "sum"),
            n_splits=("split", "nunique"),
            n_landmarks=("landmark", "nunique"),
            n_classes=("class_name", "nunique"),
        )
    )


def duplicate_pairs(places: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """Each image of a group beside the first one of it, the most telling pairs first.

    Returns
    -------
    DataFrame, one row per pair
        `image`, `class_name`, `split`, the same of its `copy` with the prefix `copy_`,
        and `kind`: `bytes` or `near`. Pairs whose labels contradict each other come
        first, then those on two sides of the split, then those of two landmark names.
    """
    table = _keyed(places, keys)
    columns = ["image", "class_name", "split", "landmark", "bytes"]
    firsts = table.drop_duplicates("key").set_index("key")[columns]
    rest = table[table["key"].duplicated()]
    pairs = rest.join(firsts.add_prefix("first_"), on="key")
    twins = (pairs["bytes"] >= 0) & (pairs["bytes"] == pairs["first_bytes"])
    found = pd.DataFrame(
        {
            "image": pairs["first_image"],
            "class_name": pairs["first_class_name"],
            "split": pairs["first_split"],
            "copy": pairs["image"],
            "copy_class_name": pairs["class_name"],
            "copy_split": pairs["split"],
            "kind": np.where(twins, "bytes", "near"),
        }
    )
    order = np.lexsort(
        (
            pairs["landmark"] == pairs["first_landmark"],
            found["split"] == found["copy_split"],
            found["class_name"] == found["copy_class_name"],
        )
    )
    return found.iloc[order].reset_index(drop=True)


def sample_pairs(pairs: pd.DataFrame, *, most: int = 6) -> pd.DataFrame:
    """A few pairs, of as many classes as there are; in the order of `pairs`.

    Parameters
    ----------
    pairs : DataFrame
        Columns `class_name` and `copy`; each copy is taken once.
    """
    once = pairs.drop_duplicates("copy")
    rank = once.groupby("class_name", sort=False).cumcount()
    return once.loc[rank.sort_values(kind="stable").index[:most].sort_values()]


def _keyed(places: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """The images of a group, with its number as `key` and that of their bytes."""
    # A plain image has no perceptual hash, but may have equals.
    key = keys["near"].where(keys["near"] >= 0, -2 - keys["bytes"])
    grouped = (keys["near"] >= 0) | (keys["bytes"] >= 0)
    return places.assign(key=key, bytes=keys["bytes"])[grouped]
