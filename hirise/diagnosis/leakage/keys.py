"""What makes two images copies, as keys that copies share."""

import numpy as np
import pandas as pd

COPIES = ("landmark", "bytes", "near")
"""Same landmark by name; same bytes; same picture, also rotated, flipped or relit."""

KINDS = (*COPIES, "observation")


def shared_keys(places: pd.DataFrame, features: pd.DataFrame | None) -> pd.DataFrame:
    """Keys of each image; images with the same key belong together.

    Parameters
    ----------
    places : DataFrame
        Columns `image`, `landmark`, `observation`; "" where unknown.
    features : DataFrame, optional
        Columns `image`, `digest`, `hash` and `detail`, as `image_features` gives them.

    Returns
    -------
    DataFrame, with the index of `places`
        A column of whole numbers for each of `KINDS`; -1 where an image has no key, or
        is the only one that has it.
    """
    keys = pd.DataFrame(-1, index=places.index, columns=list(KINDS), dtype=np.int64)
    for kind in ("landmark", "observation"):
        keys[kind] = _numbered(places[kind].where(places[kind] != ""))
    if features is None or features.empty:
        return keys
    # Loads the reader of images, which a check without features can do without.
    from hirise.dataset.nearpairs import near_keys

    known = features.drop_duplicates("image").set_index("image")
    found = known.reindex(places["image"])
    keys["bytes"] = _numbered(found["digest"])
    seen = found["hash"].notna().to_numpy()
    chosen = known.loc[places["image"][seen], ["hash", "detail"]]
    near = np.full(len(places), -1, dtype=np.int64)
    near[seen] = near_keys(chosen.to_numpy(dtype=np.uint64))
    keys["near"] = near
    return keys


def _numbered(values: pd.Series) -> np.ndarray:
    """A number per value that occurs more than once; -1 for the others."""
    codes = pd.factorize(values)[0]
    counts = np.bincount(codes + 1, minlength=1)
    counts[0] = 0
    return np.where(counts[codes + 1] > 1, codes, -1)


def crossings(keys: pd.DataFrame, split: pd.Series) -> pd.DataFrame:
    """How many images of one side have a partner on another.

    Parameters
    ----------
    keys : DataFrame
        As `shared_keys` gives them.
    split : Series of str
        The side of each image.

    Returns
    -------
    DataFrame, one row per kind, side and other side
        Columns `kind`, `side`, `other`, `n_images` (of `side` with a partner in
        `other`) and `n_groups` (of images that belong together, on both sides).
    """
    rows = []
    sides = list(dict.fromkeys(split))
    for kind in KINDS:
        of_side = {side: keys.loc[split == side, kind] for side in sides}
        known = {side: of_side[side][of_side[side] >= 0] for side in sides}
        for side in sides:
            for other in sides:
                if side == other:
                    continue
                shared = known[side][known[side].isin(known[other])]
                rows.append((kind, side, other, len(shared), shared.nunique()))
    return pd.DataFrame(rows, columns=["kind", "side", "other", "n_images", "n_groups"])
