"""A saliency map laid over its image, and in words."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from plotly.colors import sample_colorscale

from hirise.data.decoding import luminance
from hirise.figures.theme import percent

COLOUR_SCALE = "Inferno"
"""Perceptually uniform, and its lightness alone tells the order."""
DARKEST, LIGHTEST = 0.25, 0.95
"""The part of it that is used: black would pass for a shadow."""
CLEAR, COVER = 0.20, 0.60
"""Values up to this are not covered at all; the largest is covered so far."""

STEPS = 256


def saliency_overlay(
    pixels: NDArray[np.uint8], saliency: NDArray[np.floating[Any]]
) -> NDArray[np.uint8]:
    """A grey image with colour where the saliency is high, clear where it is low.

    Colours of the image itself would be taken for saliency: only its brightness shows.

    Parameters
    ----------
    pixels : (height, width, channels) uint8
    saliency : (rows, columns) float in [0, 1]
        Of any resolution; interpolated between its places.

    Returns
    -------
    (height, width, 3) uint8

    Examples
    --------
    >>> grey = np.full((2, 2, 1), 100, dtype=np.uint8)
    >>> saliency_overlay(grey, np.zeros((2, 2)))[0, 0].tolist()
    [100, 100, 100]
    """
    height, width = pixels.shape[:2]
    grid = Image.fromarray(saliency.astype(np.float32))
    large = grid.resize((width, height), Image.Resampling.BICUBIC)
    strength = np.clip(np.asarray(large), 0, 1)
    colour = _colour_table()[np.round(strength * (STEPS - 1)).astype(int)]
    cover = COVER * np.clip((strength - CLEAR) / (1 - CLEAR), 0, 1)
    grey = luminance(pixels)[..., None].astype(np.float64)
    mixed = (1 - cover[..., None]) * grey + cover[..., None] * colour
    return np.asarray(np.round(mixed), dtype=np.uint8)


def describe_saliency(saliency: NDArray[np.floating[Any]]) -> str:
    """Where most of the saliency is, in words; for readers who cannot see it.

    Examples
    --------
    >>> saliency = np.zeros((9, 9))
    >>> saliency[0, 0] = 1.0
    >>> describe_saliency(saliency)
    'most in the upper left: 100% of the saliency in one ninth of the image'
    """
    bands = np.array_split(saliency, 3)
    parts = [np.array_split(band, 3, axis=1) for band in bands]
    sums = np.array([[part.sum(dtype=np.float64) for part in band] for band in parts])
    if sums.sum() <= 0:
        return "no evidence for the class anywhere"
    row, column = np.unravel_index(sums.argmax(), sums.shape)
    place = f"{('upper', 'middle', 'lower')[row]} {('left', 'middle', 'right')[column]}"
    place = "middle" if place == "middle middle" else place
    fraction = percent(float(sums.max() / sums.sum()), 0)
    return f"most in the {place}: {fraction} of the saliency in one ninth of the image"


def _colour_table() -> NDArray[np.float64]:
    """(256, 3) colours from 0 to 255, those of 0 to 1."""
    places = np.linspace(DARKEST, LIGHTEST, STEPS).tolist()
    colours = sample_colorscale(COLOUR_SCALE, places, colortype="tuple")
    return 255 * np.array(colours, dtype=np.float64)
