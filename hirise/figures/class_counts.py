"""How many images of each class every split has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from hirise.figures import theme
from hirise.figures.theme import escaped

SYMBOLS = ("circle", "diamond", "square", "triangle-up")
COLOURS = (theme.GREY, theme.BLUE, theme.CATEGORY_COLOURS[1], theme.CATEGORY_COLOURS[2])
SPACING = 0.18
"""Between the marks of one row, so that equal counts hide none."""

NONE_AT = 0.5
"""Where a count of zero is drawn: the axis is logarithmic."""


def class_counts_figure(
    counts: pd.DataFrame, *, minimum: int = 10, in_order: bool = False
) -> go.Figure:
    """A mark per class and split on a logarithmic axis, the most frequent class first.

    Equal frequencies give equal distances between the marks of a row, so a class that
    is rarer in one split than in the others stands out.

    Parameters
    ----------
    counts : DataFrame
        Index class name, a column of images per split.
    minimum : int
        Images from which a class can be evaluated: a line, and the colour of findings
        for what lies under it.
    in_order : bool
        Keep the order of the classes.

    Examples
    --------
    >>> counts = pd.DataFrame(
    ...     {"train": [90, 4], "val": [30, 12]}, index=["other", "spider"]
    ... )
    >>> [trace.name for trace in class_counts_figure(counts).data]
    ['train', 'val', 'fewer than 10 images']
    """
    table = counts
    if not in_order:
        table = counts.loc[counts.sum(axis=1).sort_values(ascending=False).index]
    figure = theme.new_figure(
        100 + (34 if len(table) <= 12 else 24) * max(len(table), 2)
    )
    n_splits = len(table.columns)
    offsets = SPACING * (np.arange(n_splits) - (n_splits - 1) / 2)
    for place, split in enumerate(table.columns):
        _add_split(figure, table[split], place, offsets[place])
    _mark_few(figure, table, minimum, offsets)
    figure.add_vline(x=minimum, line={"color": theme.GREY, "width": 1, "dash": "dot"})
    axis = theme.name_axis(table.index, width=30, down=True)
    figure.update_yaxes(**axis | {"showgrid": True})
    most = max(int(table.to_numpy().max(initial=0)), minimum)
    figure.update_xaxes(**_count_axis(most), title_text="images")
    return figure


def _add_split(
    figure: go.Figure, n_images: pd.Series[int], place: int, offset: float
) -> None:
    figure.add_scatter(
        x=n_images.clip(lower=NONE_AT),
        y=np.arange(len(n_images)) + offset,
        name=escaped(n_images.name),
        mode="markers",
        marker={
            "size": 10,
            "symbol": SYMBOLS[place % len(SYMBOLS)],
            "color": COLOURS[place % len(COLOURS)],
        },
        customdata=[
            (escaped(name), int(n))
            for name, n in zip(n_images.index, n_images, strict=True)
        ],
        hovertemplate="%{customdata[0]}: %{customdata[1]:,} images in "
        f"{escaped(n_images.name)}<extra></extra>",
    )


def _mark_few(
    figure: go.Figure,
    table: pd.DataFrame,
    minimum: int,
    offsets: NDArray[np.floating[Any]],
) -> None:
    """The same marks again, in the colour of findings, where there are too few."""
    rows, columns = np.nonzero(table.to_numpy() < minimum)
    if not len(rows):
        return
    figure.add_scatter(
        x=table.to_numpy()[rows, columns].clip(min=NONE_AT),
        y=rows + offsets[columns],
        name=f"fewer than {minimum} images",
        mode="markers",
        marker={
            "size": 11,
            "symbol": [SYMBOLS[column % len(SYMBOLS)] for column in columns],
            "color": theme.LOUD,
        },
        hoverinfo="skip",
    )


def _count_axis(most: int) -> dict[str, object]:
    """A logarithmic axis from none to `most`, with a tick at each power of ten."""
    powers = [10**power for power in range(int(np.floor(np.log10(most))) + 1)]
    return {
        "type": "log",
        "range": [float(np.log10(NONE_AT)) - 0.1, float(np.log10(most)) + 0.12],
        "tickvals": [NONE_AT, *powers],
        "ticktext": ["0", *(f"{power:,}" for power in powers)],
    }
