"""What is kept of an image's pixels, so that a run can be judged without them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from hirise.dataset.cache import cache_folder, discard, mark_used, new_entry, trim
from hirise.dataset.catalog import Catalog
from hirise.dataset.images import Decoded, load_images
from hirise.dataset.phash import hash_pairs
from hirise.dataset.texture import N_FEATURES, texture_features
from hirise.errors import InputError

# Enters the key of the cache: raise it when the same pixels give other features.
VERSION = 1
FEATURES = "features.parquet"
SIZE = 64
"""Side in pixels that images are decoded to where nothing else asks for them."""
MOST_FEATURES = 12_000
"""Beyond so many images only one per landmark has its texture described."""

SCHEMA = pa.schema(
    [
        pa.field("image", pa.string()),
        pa.field("digest", pa.string()),
        pa.field("hash", pa.uint64()),
        pa.field("detail", pa.uint64()),
        pa.field("feature", pa.list_(pa.float16(), N_FEATURES)),
    ]
)


def image_features(catalog: Catalog, decoded: Decoded | None = None) -> pd.DataFrame:
    """Hashes and texture of the images of a catalog.

    Parameters
    ----------
    catalog : Catalog
    decoded : Decoded, optional
        Its pixels, of any size; decoded at `SIZE` if not given.

    Returns
    -------
    DataFrame, one row per image that can be decoded, in the order of the catalog
        `image`; `digest`, 32 hex digits, of the file's bytes; `hash` and `detail`,
        uint64, see `hash_pairs`; `feature`, (201,) float16, see `texture_features`,
        None where it was left out (`MOST_FEATURES`). Computed once for the same
        images, and kept in the cache.

    Raises
    ------
    InputError
        If the cache cannot be written.
    """
    decoded = decoded if decoded is not None else load_images(catalog, size=SIZE)
    rows = np.flatnonzero(decoded.kept)
    table = catalog.table.iloc[rows]
    digests, described = [decoded.digests[row] for row in rows], _described(table)
    folder, key = cache_folder(), _key(digests, described, decoded.pixels.shape[1])
    try:
        found = read_image_features(folder / key / FEATURES)
        mark_used(folder / key)
    except InputError:
        discard(folder / key)
        pairs = hash_pairs(decoded.pixels)[rows]
        found = pd.DataFrame(
            {
                "image": table["image"].to_numpy(),
                "digest": digests,
                "hash": pairs[:, 0],
                "detail": pairs[:, 1],
                "feature": _features(decoded, rows, described),
            }
        )
        with new_entry(folder, key) as entry:
            write_image_features(found, entry / FEATURES)
        trim(folder, keep=key)
    return found.assign(image=table["image"].to_numpy())


def _key(digests: list[str], described: NDArray[np.bool_], size: int) -> str:
    """A hash of what the files hold, in their order, and of what is asked of them."""
    digest = hashlib.blake2b(f"features {VERSION} {size}".encode(), digest_size=16)
    digest.update("".join(digests).encode())
    digest.update(described.tobytes())
    return digest.hexdigest()


def _described(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows get their texture described."""
    if len(table) <= MOST_FEATURES:
        return np.ones(len(table), dtype=bool)
    again = table["landmark"].duplicated() & (table["landmark"] != "")
    chosen = np.flatnonzero(~again)
    step = -(-len(chosen) // MOST_FEATURES)
    described = np.zeros(len(table), dtype=bool)
    described[chosen[::step]] = True
    return described


def _features(
    decoded: Decoded, rows: NDArray[np.intp], described: NDArray[np.bool_]
) -> pd.Series:
    found = texture_features(decoded.pixels[rows[described]]).astype(np.float16)
    column = np.full(len(rows), None, dtype=object)
    for place, feature in zip(np.flatnonzero(described), found, strict=True):
        column[place] = feature
    return pd.Series(column)


def write_image_features(table: pd.DataFrame, path: Path) -> None:
    """Write what `image_features` gave as Parquet; textures as lists of one length."""
    columns = [
        pa.array(table[field.name].to_list(), type=field.type) for field in SCHEMA
    ]
    pq.write_table(pa.Table.from_arrays(columns, schema=SCHEMA), path)


def read_image_features(path: Path) -> pd.DataFrame:
    """Read what `write_image_features` wrote.

    Raises
    ------
    InputError
        A file that cannot be read or has other columns.
    """
    try:
        table = pq.read_table(path, partitioning=None)
        table = table.select([field.name for field in SCHEMA]).cast(SCHEMA)
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{path}: cannot be read ({reason[:200]}). Remove it, and "
            f"`hirise check RUN --data DIR` makes it again."
        ) from error
    frame: pd.DataFrame = table.to_pandas()
    return frame
