"""Misclassified images between groups of classes, where a matrix has too many."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from hirise.evaluation.confused import Blocks
from hirise.figures import theme
from hirise.figures.theme import percent, shortened

STRENGTH = ((0.0, "rgba(217,98,15,0.10)"), (1.0, "rgba(217,98,15,1)"))
"""More is more opaque, which stands out on light and on dark pages."""

MOST_NAMED = 3
"""Classes of a group that a tooltip names."""


def confusion_blocks_figure(
    blocks: Blocks, *, pair: tuple[str, str] | None = None, height: int = 460
) -> go.Figure:
    """Groups of true classes (rows) by groups of predicted classes, in one image.

    A heatmap returns no selection, so clear square markers lie over the blocks with
    misclassified images: the `customdata` of each begins with the true and the
    predicted class of its most frequent confusion.

    Parameters
    ----------
    blocks : Blocks
        What `hirise.evaluation.confused.confusion_blocks` returns.
    pair : (str, str)
        True and predicted class whose block is framed; none is for "".
    height : int
        Pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from hirise.evaluation.confused import confusion_blocks
    >>> from hirise.metrics.cells import confusion_cells
    >>> truth, predicted = np.array([0, 1, 2, 3]), np.array([2, 1, 0, 1])
    >>> cells = confusion_cells(truth, predicted, 4)
    >>> blocks = confusion_blocks(cells, ("a", "b", "c", "d"), n_blocks=2)
    >>> figure = confusion_blocks_figure(blocks)
    >>> figure.data[0].z.tolist()
    [[1.0, nan], [nan, 0.5]]
    """
    n, table = len(blocks.classes), blocks.table
    true, predicted = (table[key].to_numpy(dtype=int) for key in ("true", "predicted"))
    strength = np.full((n, n), np.nan)
    strength[true, predicted] = table["frequency"]
    figure = theme.new_figure(height)
    figure.add_heatmap(
        z=strength,
        zmin=0,
        zmax=float(np.nanmax(strength)) if len(table) else 1.0,
        colorscale=STRENGTH,
        showscale=False,
        hoverinfo="skip",
    )
    figure.add_scatter(**_markers(blocks))
    if pair is not None and all(pair):
        _frame(figure, blocks, pair)
    limits = [-0.5, n - 0.5]
    figure.update_xaxes(title_text="predicted", side="top", range=limits)
    figure.update_yaxes(title_text="true", range=limits[::-1])
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(
            showticklabels=False,
            ticks="",
            showgrid=False,
            zeroline=False,
            showline=True,
            mirror=True,
            linecolor=theme.FAINT,
        )
    return figure


def _markers(blocks: Blocks) -> dict[str, object]:
    named = [_named(classes) for classes in blocks.classes]
    clear = {"marker": {"opacity": 0}}
    return {
        "x": blocks.table["predicted"],
        "y": blocks.table["true"],
        "mode": "markers",
        "marker": {
            "symbol": "square",
            "size": max(8, 400 // len(blocks.classes)),
            "opacity": 0,
        },
        "selected": clear,
        "unselected": clear,
        "showlegend": False,
        "customdata": [
            (
                *(row["true_class"], row["predicted_class"]),
                *(shortened(row["true_class"]), shortened(row["predicted_class"])),
                *(row["n_pair"], row["n"], percent(row["frequency"])),
                *(named[row["true"]], named[row["predicted"]]),
            )
            for row in blocks.table.to_dict("records")
        ],
        "hovertemplate": "true: %{customdata[7]}<br>predicted: %{customdata[8]}<br>"
        "%{customdata[5]:,} misclassified images, %{customdata[6]} of this row<br>"
        "most: %{customdata[2]} as %{customdata[3]}, %{customdata[4]:,}"
        "<extra></extra>",
    }


def _named(classes: tuple[str, ...]) -> str:
    """The first classes of a group, and how many more there are."""
    names = ", ".join(shortened(name, 18) for name in classes[:MOST_NAMED])
    rest = len(classes) - MOST_NAMED
    return f"{names} and {rest:,} more" if rest > 0 else names


def _frame(figure: go.Figure, blocks: Blocks, pair: tuple[str, str]) -> None:
    block_of = {name: i for i, names in enumerate(blocks.classes) for name in names}
    row, column = (block_of[name] for name in pair)
    figure.add_shape(
        type="rect",
        x0=column - 0.5,
        x1=column + 0.5,
        y0=row - 0.5,
        y1=row + 0.5,
        line={"color": theme.BLUE, "width": 3},
    )
