"""Features of images: perceptual hashes and numbers that describe texture."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from hirise.data.cache import cache_folder, discard, mark_used, new_entry, trim
from hirise.data.catalog import Catalog
from hirise.data.coarse import N_COARSE, coarse_pictures
from hirise.data.decoding import luminance
from hirise.data.images import Decoded, load_images
from hirise.data.near_duplicates import hash_pairs
from hirise.errors import InputError, error_line, parameter
from hirise.progress import Progress

Floats = NDArray[np.floating[Any]]

SIDE = 64
"""Side of the thumbnails, in pixels, that the statistics are taken of."""
N_FEATURES = 201
"""Numbers per image."""

_BATCH = 64
_SCALES = 4
_RINGS = np.array([0.5, 1.5, 2.5, 3.5, 4.5, 6, 8, 10.5, 13.5, 17.5, 22, 27, 31.5])
_QUANTILES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
# The neighbours of a pixel in the order of a walk around it.
_AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


def texture_features(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Rotation- and flip-invariant statistics of the brightness of images.

    Quantiles of brightness; the radial power spectrum and how far each of its rings is
    from round; and, at four scales of the image with its mean and contrast taken out,
    statistics of blobs, gradients, their common direction, ridges, and
    rotation-invariant local binary patterns.

    Parameters
    ----------
    pixels : (n_images, size, size, channels) uint8
        Any size, of which 64 needs no resizing.

    Returns
    -------
    (n_images, 201) float32
        Each number is finite and of the order of 1, and the same for all eight
        rotations by 90° and flips of an image, up to rounding.

    References
    ----------
    Ojala et al. (2002), Multiresolution gray-scale and rotation invariant texture
    classification with local binary patterns, doi:10.1109/TPAMI.2002.1017623.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> noise = random.integers(0, 256, (1, 64, 64, 1), dtype=np.uint8)
    >>> features = texture_features(noise)
    >>> flipped = texture_features(noise[:, ::-1])
    >>> features.shape, bool(np.allclose(features, flipped, atol=0.01))
    ((1, 201), True)
    """
    if pixels.ndim != 4:
        raise ValueError(
            "`pixels` must be (n_images, size, size, channels), got shape "
            f"{pixels.shape}."
        )
    features = np.empty((len(pixels), N_FEATURES), dtype=np.float32)
    for start in range(0, len(pixels), _BATCH):
        thumbnails = _thumbnails(luminance(pixels[start : start + _BATCH]))
        parts = list(_statistics(thumbnails))
        features[start : start + _BATCH] = np.concatenate(parts, axis=1)
    return features


def _thumbnails(pixels: NDArray[np.uint8]) -> Floats:
    if pixels.shape[1:] == (SIDE, SIDE):
        return pixels.astype(np.float32)
    resized = [
        np.asarray(Image.fromarray(i).resize((SIDE, SIDE), Image.Resampling.BILINEAR))
        for i in pixels
    ]
    return np.array(resized, dtype=np.float32)


def _statistics(images: Floats) -> Iterator[Floats]:
    """Arrays of (n_images, some) numbers."""
    # Grey levels reach 255; all other numbers are of the order of 1.
    yield _quantiles(images, _QUANTILES) / 40
    mean = images.mean(axis=(1, 2), keepdims=True)
    # An even image keeps its noise small instead of having it blown up.
    even = (images - mean) / (images.std(axis=(1, 2), keepdims=True) + 2)
    yield from _spectrum(even)
    for scale in range(_SCALES):
        smooth = _smooth(_smooth(even))
        yield from _blobs(even - smooth)
        down, right = _slopes(smooth)
        yield from _gradients(down, right)
        yield from _ridges(down, right)
        if scale < 3:
            yield _patterns(even, 1)
            yield _patterns(smooth, 2)
        half = even.shape[1] // 2
        even = even.reshape(-1, half, 2, half, 2).mean(axis=(2, 4))


def _spectrum(images: Floats) -> Iterator[Floats]:
    """Log power in rings of frequency, and how unevenly it lies around each ring."""
    # Without its two zeros, which would blank the outermost pixels.
    window = np.hanning(SIDE + 2)[1:-1].astype(np.float32)
    spectrum = np.fft.rfft2(images * np.outer(window, window))
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    power = power.reshape(len(images), -1)
    down = np.fft.fftfreq(SIDE)[:, None] * SIDE
    right = np.fft.rfftfreq(SIDE)[None] * SIDE
    # The half plane that the transform keeps stands for both, but its edge for itself.
    twice = np.where((right == 0) | (right == SIDE // 2), 1.0, 2.0)
    radius, angle = np.hypot(down, right).ravel(), np.arctan2(down, right).ravel()
    counted = np.broadcast_to(twice, (SIDE, SIDE // 2 + 1)).ravel()
    ring = np.searchsorted(_RINGS, radius, side="right") - 1
    inside = (ring[:, None] == np.arange(len(_RINGS) - 1)) * counted[:, None]
    total = power @ inside.astype(np.float32)
    yield np.log(total / inside.sum(axis=0) + 1e-3).astype(np.float32)
    for order in (2, 4):
        waves = [wave(order * angle)[:, None] * inside for wave in (np.cos, np.sin)]
        across, along = (power @ wave.astype(np.float32) for wave in waves)
        # A rotation or flip shifts the phase of such a wave, not its strength.
        yield (np.hypot(across, along) / (total + 1e-6)).astype(np.float32)


def _blobs(detail: Floats) -> Iterator[Floats]:
    """Strength and shape of what stands out from its surroundings, dark and bright."""
    flat = detail.reshape(len(detail), -1)
    centred = flat - flat.mean(axis=1, keepdims=True)
    square = centred * centred
    spread = np.sqrt(square.mean(axis=1)) + 1e-3
    skewness = (square * centred).mean(axis=1) / spread**3
    peaks = np.log((square * square).mean(axis=1) / spread**4 + 1e-3)
    yield np.stack([np.log(spread), skewness, peaks], axis=1)
    yield _quantiles(detail, (0.01, 0.05, 0.95, 0.99))


def _gradients(down: Floats, right: Floats) -> Iterator[Floats]:
    """Steepness, and how parallel slopes are: overall and close by."""
    yield np.log(_quantiles(np.hypot(down, right), (0.1, 0.5, 0.75, 0.9, 0.99)) + 0.01)
    products = (down * down, right * right, down * right)
    means = (product.mean(axis=(1, 2)) for product in products)
    yield _coherence(*means, floor=1e-6)[:, None]
    nearby = (_smooth(_smooth(_smooth(product))) for product in products)
    yield _quantiles(_coherence(*nearby, floor=1e-3), (0.1, 0.5, 0.9))


def _coherence(dd: Floats, rr: Floats, dr: Floats, *, floor: float) -> Floats:
    """Of a structure tensor: 1 where all slopes are parallel, 0 where none prevails."""
    coherence: Floats = np.hypot(dd - rr, 2 * dr) / (dd + rr + np.float32(floor))
    return coherence


def _ridges(down: Floats, right: Floats) -> Iterator[Floats]:
    """Curvature along its two main directions: ridges, channels, pits and domes."""
    dd, dr = _slopes(down)
    rr = _slopes(right)[1]
    total, apart = dd + rr, np.hypot(dd - rr, 2 * dr)
    yield _quantiles((total + apart) / 2, (0.5, 0.9, 0.99))
    yield _quantiles((total - apart) / 2, (0.01, 0.1, 0.5))
    yield _quantiles(total, (0.01, 0.99))


def _patterns(images: Floats, radius: int) -> Floats:
    """Square roots of the frequencies of ten rotation-invariant binary patterns."""
    inner = images.shape[1] - 2 * radius
    centre = images[:, radius : radius + inner, radius : radius + inner]
    above = []
    for down, right in _AROUND:
        top, left = radius + down * radius, radius + right * radius
        above.append(images[:, top : top + inner, left : left + inner] >= centre)
    changes = np.zeros(centre.shape, dtype=np.uint8)
    ones = np.zeros(centre.shape, dtype=np.uint8)
    for place, bit in enumerate(above):
        # Place 0 meets the last one here: the walk is closed.
        changes += bit != above[place - 1]
        ones += bit
    # Ojala's uniform patterns by their ones; the noisy rest is one pattern.
    code = np.where(changes <= 2, ones, 9).reshape(len(images), -1)
    # Each image gets ten numbers of its own, so that one count serves all.
    code = code + 10 * np.arange(len(images))[:, None]
    counts = np.bincount(code.ravel(), minlength=10 * len(images)).reshape(-1, 10)
    frequencies: Floats = np.sqrt(counts / inner**2).astype(np.float32)
    return frequencies


def _quantiles(images: Floats, levels: tuple[float, ...]) -> Floats:
    """(n_images, len(levels)) quantiles of the pixels."""
    flat = np.sort(images.reshape(len(images), -1), axis=1)
    places = np.round(np.array(levels) * (flat.shape[1] - 1)).astype(int)
    chosen: Floats = flat[:, places]
    return chosen


def _smooth(images: Floats) -> Floats:
    """Blurred by (1, 2, 1) / 4 down and across."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)), mode="reflect")
    down = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    across: Floats = down[..., :-2] + 2 * down[..., 1:-1] + down[..., 2:]
    return across / 16


def _slopes(images: Floats) -> tuple[Floats, Floats]:
    """Central differences down and to the right."""
    # Odd: a slope goes on beyond the border; mirrored, it would end there.
    padded = np.pad(
        images, ((0, 0), (1, 1), (1, 1)), mode="reflect", reflect_type="odd"
    )
    down = (padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]) / 2
    right = (padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]) / 2
    return down, right


# Enters the key of the cache: raise it when the same pixels give other features.
VERSION = 2
FEATURES = "features.parquet"
SIZE = 64
"""Side in pixels that images are decoded to where nothing else asks for them."""
MOST_FEATURES = 12_000
"""Of more images, only one per landmark has its texture described."""

SCHEMA = pa.schema(
    [
        pa.field("image", pa.string()),
        pa.field("digest", pa.string()),
        pa.field("hash", pa.uint64()),
        pa.field("detail", pa.uint64()),
        pa.field("feature", pa.list_(pa.float16(), N_FEATURES)),
        pa.field("coarse", pa.list_(pa.int8(), N_COARSE)),
    ]
)
LATER = ("coarse",)
"""Columns that older files lack."""


def image_features(
    catalog: Catalog,
    decoded: Decoded | None = None,
    *,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Hashes and texture of the images of a catalog.

    Parameters
    ----------
    catalog : Catalog
    decoded : Decoded, optional
        Its pixels, of any size; decoded at `SIZE` if not given.
    progress : Progress, optional
        Counts the images that are decoded.

    Returns
    -------
    DataFrame, one row per image that can be decoded, in the order of the catalog
        `image`; `digest`, 32 hex digits, of the file's bytes; `hash` and `detail`,
        uint64, see `hash_pairs`; `feature`, (201,) float16, see `texture_features`,
        None where it was left out (`MOST_FEATURES`); `coarse`, (256,) int8, see
        `coarse_pictures`, None where an older file lacks it. Computed once for the same
        images, then cached.

    Raises
    ------
    InputError
        If the cache cannot be written.
    """
    if decoded is None:
        decoded = load_images(catalog, size=SIZE, channels=1, progress=progress)
    rows = np.flatnonzero(decoded.kept)
    table = catalog.table.iloc[rows]
    digests, described = [decoded.digests[row] for row in rows], _described(table)
    folder, key = cache_folder(), _key(digests, described, decoded.pixels.shape[1])
    try:
        features = read_image_features(folder / key / FEATURES)
        mark_used(folder / key)
    except InputError:
        discard(folder / key)
        pairs = hash_pairs(decoded.pixels)[rows]
        features = pd.DataFrame(
            {
                "image": table["image"].to_numpy(),
                "digest": digests,
                "hash": pairs[:, 0],
                "detail": pairs[:, 1],
                "feature": _features(decoded, rows, described),
                "coarse": list(coarse_pictures(decoded.pixels)[rows]),
            }
        )
        with new_entry(folder, key) as entry:
            write_image_features(features, entry / FEATURES)
        trim(folder, keep=key)
    # Entries are keyed by content: the same files may have other names here.
    return features.assign(image=table["image"].to_numpy())


def _key(digests: list[str], described: NDArray[np.bool_], size: int) -> str:
    """A hash of what the files hold, in their order, and of how they are described."""
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
    # Rounded up: rounded down, more than MOST_FEATURES could be chosen.
    step = -(-len(chosen) // MOST_FEATURES)
    described = np.zeros(len(table), dtype=bool)
    described[chosen[::step]] = True
    return described


def _features(
    decoded: Decoded, rows: NDArray[np.intp], described: NDArray[np.bool_]
) -> pd.Series:
    textures = texture_features(decoded.pixels[rows[described]]).astype(np.float16)
    column = np.full(len(rows), None, dtype=object)
    for place, feature in zip(np.flatnonzero(described), textures, strict=True):
        column[place] = feature
    return pd.Series(column)


def write_image_features(table: pd.DataFrame, path: Path) -> None:
    """Write what `image_features` gave as Parquet; textures as lists of one length.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> texture = np.zeros(N_FEATURES, np.float16)
    >>> table = pd.DataFrame({"image": ["a.jpg"], "feature": [texture]})
    >>> table = table.assign(digest="00ff", hash=1, detail=2, coarse=None)
    >>> with TemporaryDirectory() as folder:
    ...     write_image_features(table, Path(folder, FEATURES))
    ...     list(read_image_features(Path(folder, FEATURES)))
    ['image', 'digest', 'hash', 'detail', 'feature', 'coarse']
    """
    whole = table if "coarse" in table else table.assign(coarse=None)
    columns = [
        pa.array(whole[field.name].to_list(), type=field.type) for field in SCHEMA
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
        for name in LATER:
            if name not in table.column_names:
                field = SCHEMA.field(name)
                table = table.append_column(field, pa.nulls(len(table), field.type))
        table = table.select([field.name for field in SCHEMA]).cast(SCHEMA)
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise InputError(
            f"This cannot be read ({error_line(error)[:200]}).",
            where=path,
            how="Remove it. Run a check with the folder of the images "
            f"({parameter('data')}) to make it again.",
        ) from error
    frame: pd.DataFrame = table.to_pandas()
    return frame
