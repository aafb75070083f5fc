"""Black borders without data, as of pictures cut at the edge of a photograph."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

BLACK = 4
"""Grey levels up to this count as black: compression makes some of the zeros so."""


def no_data_border(image: NDArray[np.uint8], *, black: int = BLACK) -> Mask:
    """The black pixels from which black leads to the edge of the image.

    Steps go up, down, left and right. Dark places that touch no edge are no border; a
    dark landform at the edge is one, if it is as dark as that.

    Parameters
    ----------
    image : (height, width) uint8
        Brightness, 0 to 255.
    black : int
        The brightest level that counts as black.

    Returns
    -------
    (height, width) bool
    """
    dark = image <= black
    reached = np.zeros_like(dark)
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        reached[edge] = dark[edge]
    n_before = -1
    while (n := int(reached.sum())) > n_before:
        n_before = n
        for turned, allowed in ((reached, dark), (reached.T, dark.T)):
            _sweep(turned, allowed)
            _sweep(turned[::-1], allowed[::-1])
    return reached


def _sweep(reached: Mask, dark: Mask) -> None:
    """Go on from each row to the next, as far as it is dark; changes `reached`."""
    for above, row, allowed in zip(reached[:-1], reached[1:], dark[1:], strict=True):
        row |= above & allowed
