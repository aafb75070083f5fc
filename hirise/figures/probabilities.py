"""One image: all its probabilities, and where the model looks in it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image
from plotly.colors import sample_colorscale

from hirise.figures.theme import (
    BLUE,
    GREY,
    LOUD,
    escaped,
    name_axis,
    new_figure,
    percent,
    percent_axis,
)

COLOURS = {"true": BLUE, "true and predicted": BLUE, "predicted": LOUD}


def probabilities_figure(table: pd.DataFrame) -> go.Figure:
    """A bar per class, the likeliest on top; the true one and a wrong one stand out.

    Parameters
    ----------
    table : DataFrame, one row per class
        `class_name`, `probability` and `role`: true, predicted, both, or "".
    """
    rows = table.sort_values("probability", ascending=False, kind="stable")
    figure = new_figure(max(160, 30 * len(rows) + 60))
    figure.add_bar(
        x=rows["probability"],
        y=list(range(len(rows))),
        orientation="h",
        marker={"color": [COLOURS.get(role, GREY) for role in rows["role"]]},
        customdata=[
            (escaped(name), f", {role}" if role else "")
            for name, role in zip(rows["class_name"], rows["role"], strict=True)
        ],
        hovertemplate="%{customdata[0]}%{customdata[1]}: %{x:.2%}<extra></extra>",
    )
    figure.update_xaxes(title_text="probability", range=[0, 1], **percent_axis())
    figure.update_yaxes(**name_axis(rows["class_name"], down=True))
    return figure


HEAT_COLOURS = "Inferno"
"""Perceptually uniform, and its lightness alone tells the order."""
DARKEST, LIGHTEST = 0.25, 0.95
"""The part of it that is used: black would pass for a shadow."""
CLEAR, COVER = 0.20, 0.60
"""Values up to this are not covered at all; the largest is covered so far."""

STEPS = 256


def heat_over(
    pixels: NDArray[np.uint8], heat: NDArray[np.floating]
) -> NDArray[np.uint8]:
    """A grey image with colour where the heat is, more the hotter; clear where not.

    Parameters
    ----------
    pixels : (height, width) uint8
    heat : (rows, columns) float in [0, 1]
        Of any resolution; made smooth between its places.

    Returns
    -------
    (height, width, 3) uint8
    """
    height, width = pixels.shape
    grid = Image.fromarray(heat.astype(np.float32))
    large = grid.resize((width, height), Image.Resampling.BICUBIC)
    found = np.clip(np.asarray(large), 0, 1)
    colour = _table()[np.round(found * (STEPS - 1)).astype(int)]
    cover = COVER * np.clip((found - CLEAR) / (1 - CLEAR), 0, 1)
    grey = pixels[..., None].astype(np.float64)
    mixed = (1 - cover[..., None]) * grey + cover[..., None] * colour
    return np.asarray(np.round(mixed), dtype=np.uint8)


def told_heat(heat: NDArray[np.floating]) -> str:
    """Where most of the heat is, in words; for readers who cannot see it.

    Such as "most in the upper left: 41 % of the heat in a ninth of the image".
    """
    bands = [np.array_split(half, 3, axis=1) for half in np.array_split(heat, 3)]
    sums = np.array([[part.sum(dtype=np.float64) for part in band] for band in bands])
    if sums.sum() <= 0:
        return "nothing speaks for the class anywhere"
    row, column = np.unravel_index(sums.argmax(), sums.shape)
    place = f"{('upper', 'middle', 'lower')[row]} {('left', 'middle', 'right')[column]}"
    place = "middle" if place == "middle middle" else place
    share = percent(float(sums.max() / sums.sum()), 0)
    return f"most in the {place}: {share} of the heat in a ninth of the image"


def _table() -> NDArray[np.float64]:
    """(256, 3) colours from 0 to 255, those of 0 to 1."""
    at = np.linspace(DARKEST, LIGHTEST, STEPS)
    found = sample_colorscale(HEAT_COLOURS, at.tolist(), colortype="tuple")
    return 255 * np.array(found, dtype=np.float64)
