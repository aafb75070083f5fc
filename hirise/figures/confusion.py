"""The confusion matrix, rows true and columns predicted, and its order of classes."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from hirise.figures import theme
from hirise.figures.theme import escaped, percent

CORRECT_AND_INCORRECT = (
    (0.0, "#1F6AA5"),
    (0.5, "#D3E4F2"),
    (0.5, "#F8DDCB"),
    (1.0, "#B3400A"),
)
"""Correct cells in blue and incorrect ones in orange, darker where more of the row is.

Opaque, so that the numbers on them contrast alike on light and dark pages.
"""

SHOWN = ("counts", "row %", "column %")
"""What `confusion_figure` can write in the cells."""

ORDERS = ("id", "frequency", "recall", "confusion")
"""What `ordered_confusion` can order by."""

ALL = "all"
ANY = "any"
"""What the sums are called on the axes, and in the text of their marks."""

MOST_LABELLED = 16
"""Cells of larger matrices are too small for a number: hover, or see the table."""


def confusion_figure(
    confusion: pd.DataFrame,
    *,
    show: str = "counts",
    cell: tuple[str, str] | None = None,
    totals: bool = False,
) -> go.Figure:
    """Images by true class (rows) and predicted class (columns).

    A heatmap returns no selection, so clear square markers lie over its cells: each
    carries the true and the predicted class name as `customdata`, "" for any.

    Parameters
    ----------
    confusion : DataFrame of int
        Rows are true classes, columns predicted ones, both in the same order.
    show : {"counts", "row %", "column %"}
        Number written in each cell; the colour is always the fraction of the row.
    cell : (str, str)
        True and predicted class of the cell to frame; "" for any, a row or a column.
    totals : bool
        Add the number of images of each row and column, to be selected as cells are.

    Examples
    --------
    >>> names = ["other", "crater"]
    >>> confusion = pd.DataFrame([[8, 0], [1, 1]], index=names, columns=names)
    >>> list(confusion_figure(confusion, show="row %").data[0].text[1])
    ['50%', '50%']
    """
    counts = confusion.to_numpy()
    names = [str(name) for name in confusion.index]
    rows, columns = _fractions(counts, axis=1), _fractions(counts, axis=0)
    height = 130 + min(max(len(names) * 46, 190), 700)
    figure = theme.new_figure(height)
    written = {
        "counts": [[f"{count:,}" if count else "·" for count in row] for row in counts],
        "row %": [[_percent(fraction) for fraction in row] for row in rows],
        "column %": [[_percent(fraction) for fraction in row] for row in columns],
    }[show]
    # The sign takes a cell to its half of the colour scale.
    signed = np.where(np.eye(len(names), dtype=bool), -rows, rows)
    figure.add_heatmap(
        z=np.where(counts > 0, signed, np.nan),
        zmin=-1,
        zmax=1,
        colorscale=CORRECT_AND_INCORRECT,
        showscale=False,
        hoverinfo="skip",
        text=written,
        texttemplate="%{text}" if len(names) <= MOST_LABELLED else None,
        textfont={"size": 14 if len(names) <= 10 else 10},
        xgap=1,
        ygap=1,
    )
    figure.add_scatter(**_markers(names, counts, rows, columns))
    if totals:
        figure.add_scatter(**_totals(names, counts))
    if cell is not None:
        _frame(figure, _span(names, cell[1], totals), _span(names, cell[0], totals))
    _label_axes(figure, [*names, ALL] if totals else names)
    return figure


def _totals(names: list[str], counts: NDArray[Any]) -> dict[str, Any]:
    """A column right of the matrix and a row below it, with the sums."""
    n = len(names)
    rows = [(n, i, name, "", counts[i].sum()) for i, name in enumerate(names)]
    columns = [(i, n, "", name, counts[:, i].sum()) for i, name in enumerate(names)]
    marks = [*rows, *columns, (n, n, "", "", counts.sum())]
    return {
        **_clickable(n),
        "x": [x for x, *_ in marks],
        "y": [y for _, y, *_ in marks],
        "mode": "markers+text" if n <= MOST_LABELLED else "markers",
        "text": [f"{total:,}" for *_, total in marks],
        "textfont": {"size": 14 if n <= 10 else 10},
        "customdata": [
            (true, predicted, escaped(true) or ANY, escaped(predicted) or ANY, total)
            for *_, true, predicted, total in marks
        ],
        "hovertemplate": "true %{customdata[2]}<br>predicted %{customdata[3]}<br>"
        "%{customdata[4]:,} images<extra></extra>",
    }


def _span(names: list[str], name: str, totals: bool) -> tuple[float, float]:
    """Where the frame begins and ends: around one class, or around all and the sums."""
    if not name:
        return -0.5, len(names) - 0.5 + totals
    at = names.index(name)
    return at - 0.5, at + 0.5


def _markers(
    names: list[str], counts: NDArray[Any], rows: NDArray[Any], columns: NDArray[Any]
) -> dict[str, Any]:
    """The markers over the cells, with what hovering and selecting show."""
    true, predicted = (grid.ravel() for grid in np.indices(counts.shape))
    return {
        **_clickable(len(names)),
        "x": predicted,
        "y": true,
        "mode": "markers",
        "customdata": [
            (names[t], names[p], escaped(names[t]), escaped(names[p]), *numbers)
            for t, p, *numbers in zip(
                true,
                predicted,
                counts.ravel(),
                map(_percent, rows.ravel()),
                map(_percent, columns.ravel()),
                strict=True,
            )
        ],
        "hovertemplate": "true %{customdata[2]}<br>predicted %{customdata[3]}<br>"
        "%{customdata[4]:,} images: %{customdata[5]} of the row, "
        "%{customdata[6]} of the column<extra></extra>",
    }


def _clickable(n_classes: int) -> dict[str, Any]:
    """Clear squares, selected or not, about as large as the cells."""
    clear = {"marker": {"opacity": 0}}
    return {
        "marker": {"symbol": "square", "size": max(10, 440 // n_classes), "opacity": 0},
        "selected": clear,
        "unselected": clear,
        "showlegend": False,
    }


def _frame(
    figure: go.Figure, across: tuple[float, float], down: tuple[float, float]
) -> None:
    figure.add_shape(
        type="rect",
        x0=across[0],
        x1=across[1],
        y0=down[0],
        y1=down[1],
        line={"color": theme.CATEGORY_COLOURS[1], "width": 3},
    )


def _label_axes(figure: go.Figure, names: list[str]) -> None:
    figure.update_xaxes(
        title_text="predicted", side="top", **theme.name_axis(names, width=18)
    )
    figure.update_yaxes(
        title_text="true", **theme.name_axis(names, width=18, down=True)
    )
    figure.update_xaxes(showline=True, mirror=True, linecolor=theme.FAINT)
    figure.update_yaxes(showline=True, mirror=True, linecolor=theme.FAINT)
    if len(names) > MOST_LABELLED:
        figure.update_xaxes(tickangle=-60, tickfont_size=10)
        figure.update_yaxes(tickfont_size=10)


def _fractions(counts: NDArray[Any], *, axis: int) -> NDArray[np.float64]:
    """Each cell's fraction of its row (axis 1) or column (axis 0); 0 if it is empty."""
    totals = counts.sum(axis=axis, keepdims=True)
    fractions: NDArray[np.float64] = counts / np.maximum(totals, 1)
    return fractions


def _percent(fraction: float) -> str:
    if fraction == 0:
        return "·"
    return percent(fraction, 0) if fraction >= 0.005 else f"&lt;{percent(0.01, 0)}"


def ordered_confusion(confusion: pd.DataFrame, order: str) -> pd.DataFrame:
    """The same matrix with its classes, rows and columns alike, in another order.

    Parameters
    ----------
    confusion : DataFrame of int
        Rows true, columns predicted, in order of class id.
    order : str
        One of `ORDERS`: class id; most images first; worst recall first, classes
        without images last; classes that are confused beside each other.

    Examples
    --------
    >>> names = ["other", "crater"]
    >>> confusion = pd.DataFrame([[8, 0], [1, 1]], index=names, columns=names)
    >>> list(ordered_confusion(confusion, "recall").index)
    ['crater', 'other']
    """
    counts = confusion.to_numpy()
    support = counts.sum(axis=1)
    if order == "frequency":
        positions = np.argsort(-support, kind="stable")
    elif order == "recall":
        # Above any recall, so that classes without images come last.
        recall = np.where(support > 0, counts.diagonal() / np.maximum(support, 1), 2)
        positions = np.argsort(recall, kind="stable")
    elif order == "confusion":
        positions = _chain(counts + counts.T)
    else:
        positions = np.arange(len(counts))
    return confusion.iloc[positions, positions]


def _chain(mutual: np.ndarray) -> np.ndarray:
    """Begin with the most confused pair; add the class most confused with the last."""
    left = mutual.astype(float)
    np.fill_diagonal(left, -1)
    if len(left) < 2:
        return np.arange(len(left))
    first, last = np.unravel_index(left.argmax(), left.shape)
    chain = [int(first), int(last)]
    while len(chain) < len(left):
        candidates = left[chain[-1]].copy()
        candidates[chain] = -2
        chain.append(int(candidates.argmax()))
    return np.array(chain)
