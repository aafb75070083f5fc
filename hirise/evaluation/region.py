"""A part of a map, drawn by hand: a polygon, as an address can hold it."""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hirise.errors import InputError
from hirise.evaluation.embedding_map import METHODS
from hirise.runs.maps import EmbeddingMap

MOST_CORNERS = 500
_FORM = re.compile(r"(pca|tsne)-([0-9a-f]{8})((?:_-?[0-9][0-9.e+-]{0,15})+)")


@dataclass(frozen=True)
class Region:
    """The inside of a polygon on a map.

    Attributes
    ----------
    method : {"pca", "tsne"}
    mark : str
        Of the map that it was drawn on; see `map_mark`.
    corners : tuple of (x, y)
        Three or more; the last one is joined with the first.
    """

    method: str
    mark: str
    corners: tuple[tuple[float, float], ...]

    @property
    def text(self) -> str:
        """The region as an address holds it: `pca-1a2b3c4d_x_y_x_y…`."""
        numbers = [f"{float(f'{n:.4g}'):g}" for corner in self.corners for n in corner]
        return "_".join([f"{self.method}-{self.mark}", *numbers])


def parse_region(text: str) -> Region:
    """`Region.text`, backwards.

    Raises
    ------
    InputError
        If `text` is anything else.
    """
    found = _FORM.fullmatch(text[:20_000])
    try:
        numbers = [float(n) for n in found[3][1:].split("_")] if found else []
    except ValueError:
        numbers = []
    n_corners, odd = divmod(len(numbers), 2)
    finite = all(math.isfinite(n) for n in numbers)
    if found is None or odd or not finite or not 3 <= n_corners <= MOST_CORNERS:
        raise InputError(
            "The address names a part of the map that cannot be read, so all of it is "
            "shown. Draw it anew."
        )
    corners = zip(numbers[::2], numbers[1::2], strict=True)
    return Region(found[1], found[2], tuple(corners))


def drawn_region(
    xs: Sequence[float], ys: Sequence[float], *, method: str, mark: str
) -> Region | None:
    """The region inside a line drawn by hand, or a box by two corners.

    Corners are rounded as the address holds them, so that what is counted at once is
    what the address gives later. None if there are fewer than three.
    """
    if method not in METHODS:
        raise ValueError(f"`method` must be one of {METHODS}, got {method!r}.")
    corners = list(zip(xs, ys, strict=False))
    if len(corners) == 2:
        (left, low), (right, high) = corners
        corners = [(left, low), (right, low), (right, high), (left, high)]
    # A line of more corners is thinned; plotly bends its own every 1.5 pixels.
    corners = corners[:: -(-len(corners) // MOST_CORNERS) or 1]
    if len(corners) < 3:
        return None
    return parse_region(Region(method, mark, tuple(corners)).text)


def images_inside(points: pd.DataFrame, region: Region) -> frozenset[str]:
    """The images of a map's `points` that lie in a region of it."""
    x, y = points["x"].to_numpy(), points["y"].to_numpy()
    return frozenset(points["image"][inside(region.corners, x, y)])


def inside(
    corners: Sequence[tuple[float, float]],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Whether (n,) points lie in a polygon: a ray from there crosses it an odd time.

    Where the line crosses itself, what is enclosed twice is outside.
    """
    found = np.zeros(len(x), dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if y0 == y1:
            continue
        crosses = (y0 > y) != (y1 > y)
        found ^= crosses & (x < x0 + (y - y0) * ((x1 - x0) / (y1 - y0)))
    return found


def map_mark(run_id: str, split: str, found: EmbeddingMap) -> str:
    """Eight digits of a map: a region of one means nothing on another."""
    text = f"{run_id}|{split}|{found.method}|{found.seed}|{len(found.points)}"
    return f"{zlib.crc32(text.encode()):08x}"
