"""Copies of images: what makes two images copies, and groups of them."""

from itertools import permutations

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

    Examples
    --------
    >>> places = pd.DataFrame(
    ...     {"image": ["a", "b", "c"], "split": ["train", "val", "val"]}
    ... )
    >>> places = places.assign(landmark="", class_name="crater")
    >>> keys = pd.DataFrame({"bytes": [-1, -1, -1], "near": [5, 5, -1]})
    >>> duplicate_groups(places, keys).to_dict("records")
    [{'n_images': 2, 'n_equal': 0, 'n_splits': 2, 'n_landmarks': 1, 'n_classes': 1}]
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
    """Each image of a group beside the first one of it, contradicting labels first.

    Returns
    -------
    DataFrame, one row per pair
        `image`, `class_name`, `split`, the same of its `copy` with the prefix `copy_`,
        and `kind`: `bytes` or `near`. Pairs whose labels contradict each other come
        first, then those in two splits, then those of two landmark names.

    Examples
    --------
    >>> places = pd.DataFrame(
    ...     {"image": ["a", "b", "c"], "split": ["train", "val", "val"]}
    ... )
    >>> places = places.assign(landmark="", class_name="crater")
    >>> keys = pd.DataFrame({"bytes": [-1, -1, -1], "near": [5, 5, -1]})
    >>> duplicate_pairs(places, keys)[["image", "split", "copy", "copy_split", "kind"]]
      image  split copy copy_split  kind
    0     a  train    b        val  near
    """
    table = _keyed(places, keys)
    columns = ["image", "class_name", "split", "landmark", "bytes"]
    firsts = table.drop_duplicates("key").set_index("key")[columns]
    rest = table[table["key"].duplicated()]
    pairs = rest.join(firsts.add_prefix("first_"), on="key")
    twins = (pairs["bytes"] >= 0) & (pairs["bytes"] == pairs["first_bytes"])
    described = pd.DataFrame(
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
            described["split"] == described["copy_split"],
            described["class_name"] == described["copy_class_name"],
        )
    )
    return described.iloc[order].reset_index(drop=True)


def sample_pairs(pairs: pd.DataFrame, *, most: int = 6) -> pd.DataFrame:
    """A few pairs, of as many classes as there are; in the order of `pairs`.

    Parameters
    ----------
    pairs : DataFrame
        Columns `class_name` and `copy`; each copy is taken once.

    Examples
    --------
    >>> pairs = pd.DataFrame(
    ...     {"copy": list("abc"), "class_name": ["crater", "crater", "dune"]}
    ... )
    >>> sample_pairs(pairs, most=2)["copy"].tolist()
    ['a', 'c']
    """
    once = pairs.drop_duplicates("copy")
    rank = once.groupby("class_name", sort=False).cumcount()
    return once.loc[rank.sort_values(kind="stable").index[:most].sort_values()]


def _keyed(places: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """The images of a group, with its number as `key` and that of their bytes."""
    # Where pictures were not decoded, only equal bytes are known.
    key = keys["near"].where(keys["near"] >= 0, -2 - keys["bytes"])
    grouped = (keys["near"] >= 0) | (keys["bytes"] >= 0)
    return places.assign(key=key, bytes=keys["bytes"])[grouped]


COPIES = ("landmark", "bytes", "near")
"""Same landmark by name; same bytes; near-duplicate, also rotated or flipped."""

KINDS = (*COPIES, "observation")


def shared_keys(places: pd.DataFrame, features: pd.DataFrame | None) -> pd.DataFrame:
    """Keys of each image; images with the same key belong together.

    Parameters
    ----------
    places : DataFrame
        Columns `image`, `landmark`, `observation`; "" where unknown.
    features : DataFrame, optional
        Columns `image`, `digest`, `hash`, `detail` and `coarse`, as `image_features`
        gives them; without the last, only equal bytes are near.

    Returns
    -------
    DataFrame, with the index of `places`
        A column of whole numbers for each of `KINDS`; -1 where an image has no key, or
        is the only one that has it.

    Examples
    --------
    >>> places = pd.DataFrame(
    ...     {"image": ["a", "b", "c"], "landmark": ["L1", "L1", "L2"]}
    ... )
    >>> shared_keys(places.assign(observation=""), None)["landmark"].tolist()
    [0, 0, -1]
    """
    keys = pd.DataFrame(-1, index=places.index, columns=list(KINDS), dtype=np.int64)
    for kind in ("landmark", "observation"):
        keys[kind] = _numbered(places[kind].where(places[kind] != ""))
    if features is None or features.empty:
        return keys
    # Loads the reader of images, which a check without features can do without.
    from hirise.data.near_duplicates import near_keys

    known = features.drop_duplicates("image").set_index("image")
    described = known.reindex(places["image"])
    keys["bytes"] = _numbered(described["digest"].mask(_plain(described)))
    seen = described["hash"].notna().to_numpy()
    chosen = known.loc[places["image"][seen]]
    hashes = chosen[["hash", "detail"]].to_numpy(dtype=np.uint64)
    near = np.full(len(places), -1, dtype=np.int64)
    if has_pictures(features):
        near[seen] = near_keys(hashes, pictures=_pictures(chosen))
    else:  # equal hashes are no proof, equal bytes are
        near[seen] = keys["bytes"].to_numpy()[seen]
    keys["near"] = near
    return keys


def _plain(features: pd.DataFrame) -> "pd.Series[bool]":
    """Images with nothing on them, such as broken files read as black.

    They are all alike, and no copies of each other: see HR111.
    """
    if not (features["hash"] > 0).any():
        return pd.Series(False, index=features.index)
    return (features["hash"] == 0) & (features["detail"] == 0)


def has_pictures(features: pd.DataFrame | None) -> bool:
    """Whether coarse pictures confirm what hashes say, of all images that have one.

    Examples
    --------
    >>> has_pictures(pd.DataFrame({"image": ["a"], "hash": [1]}))
    False
    """
    if features is None:
        return False
    hashed = (features["hash"] > 0).to_numpy()
    if "coarse" not in features:
        return not hashed.any()
    return bool(features.loc[hashed, "coarse"].notna().all())


def _pictures(features: pd.DataFrame) -> np.ndarray:
    """The coarse pictures, 0 where an image has no hash to confirm."""
    pictures = np.zeros((len(features), 256), dtype=np.int8)
    if "coarse" in features:
        known = features["coarse"].notna().to_numpy()
        if known.any():
            pictures[known] = np.stack(features["coarse"][known].tolist())
    return pictures


def _numbered(values: pd.Series) -> np.ndarray:
    """A number per value that occurs more than once; -1 for the others."""
    codes = pd.factorize(values)[0]
    counts = np.bincount(codes + 1, minlength=1)
    counts[0] = 0
    return np.where(counts[codes + 1] > 1, codes, -1)


def crossings(keys: pd.DataFrame, split: pd.Series) -> pd.DataFrame:
    """How many images of one split have a partner in another.

    Parameters
    ----------
    keys : DataFrame
        As `shared_keys` gives them.
    split : Series of str
        The split of each image.

    Returns
    -------
    DataFrame, one row per kind, split (`side`) and other split
        Columns `kind`, `side`, `other`, `n_images` (of `side` with a partner in
        `other`) and `n_groups` (of images that belong together, in both splits).

    Examples
    --------
    >>> keys = pd.DataFrame(
    ...     {"landmark": [0, 0, -1], "observation": -1, "bytes": -1, "near": -1}
    ... )
    >>> table = crossings(keys, pd.Series(["train", "val", "val"]))
    >>> table[table["n_images"] > 0]
           kind   side  other  n_images  n_groups
    0  landmark  train    val         1         1
    1  landmark    val  train         1         1
    """
    rows = []
    for kind in KINDS:
        known = {
            name: part[part >= 0]
            for name, part in keys[kind].groupby(split, sort=False)
        }
        for name, other in permutations(dict.fromkeys(split), 2):
            shared = known[name][known[name].isin(known[other])]
            rows.append((kind, name, other, len(shared), shared.nunique()))
    return pd.DataFrame(rows, columns=["kind", "side", "other", "n_images", "n_groups"])
