"""The confusion matrix, rows true and columns predicted, and its order of classes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from hirise.figures import theme
from hirise.figures.theme import escaped, percent

LIGHT = (
    (0.0, "#1F6AA5"),
    (0.5, "#D3E4F2"),
    (0.5, "#F8DDCB"),
    (1.0, "#B3400A"),
)
"""Correct cells in blue, incorrect ones in orange, stronger where more of the row is.

Opaque, so that the numbers on them contrast alike on any page.
"""

DARK = (
    (0.0, "#6FB3E6"),
    (0.5, "#183049"),
    (0.5, "#43210F"),
    (1.0, "#F08A4B"),
)
"""The same for a dark page, where light stands out."""

SHOWN = ("counts", "row %", "column %")
"""What `confusion_figure` can write in the cells."""

ORDERS = ("id", "frequency", "recall", "confusion")
"""What `ordered_confusion` can order by."""

ALL = "all"
ANY = "any"
"""What the sums are called on the axes, and in the text of their marks."""

MOST_LABELLED = 16
"""Columns of larger matrices are too narrow for numbers and names: hover over them."""

SMALLEST = 12
"""Pixels of the smallest text; numbers that do not fit so are left out."""


def confusion_figure(
    confusion: pd.DataFrame,
    *,
    show: str = "counts",
    cell: tuple[str, str] | None = None,
    totals: bool = False,
    dark: bool = False,
    compact: bool = False,
) -> go.Figure:
    """Images by true class (rows) and predicted class (columns).

    A heatmap returns no selection, and clips numbers, so clear bars lie over its cells:
    each carries the true and the predicted class name as `customdata`, "" for any, and
    its number where that fits. Of more than 16 classes they are markers.

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
    dark : bool
        For a dark page: more is lighter.
    compact : bool
        For a narrow screen: shorter names, and 1,234 is written as 1.2k.

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
    figure = theme.new_figure(130 + _rows_height(len(names)))
    # What does not fit is left out.
    figure.update_layout(
        uniformtext={"mode": "hide", "minsize": SMALLEST}, barmode="overlay"
    )
    number = _compact if compact else _exact
    written = {
        "counts": [
            [number(count) if count else "·" for count in row] for row in counts
        ],
        "row %": [[_percent(fraction) for fraction in row] for row in rows],
        "column %": [[_percent(fraction) for fraction in row] for row in columns],
    }[show]
    # The sign takes a cell to its half of the colour scale.
    signed = np.where(np.eye(len(names), dtype=bool), -rows, rows)
    shades = np.where(counts > 0, signed, np.nan)
    scale = DARK if dark else LIGHT
    figure.add_heatmap(
        z=shades,
        zmin=-1,
        zmax=1,
        colorscale=scale,
        showscale=False,
        hoverinfo="skip",
        text=written,
        xgap=1,
        ygap=1,
    )
    cells = _cells(names, counts, rows, columns)
    if len(names) > MOST_LABELLED:  # a marker is one node of the page, a bar two
        figure.add_scatter(**_clear_markers(cells, len(names)))
    else:
        ink = [_ink(shade, scale, dark=dark) for shade in shades.ravel()]
        texts = [text for row in written for text in row]
        figure.add_bar(**_clear_bars(cells), **_numbers(texts, ink, len(names)))
    if totals:
        _add_totals(figure, names, counts, number, dark=dark)
    if cell is not None:
        _frame(figure, _span(names, cell[1], totals), _span(names, cell[0], totals))
    _label_axes(figure, [*names, ALL] if totals else names, compact=compact)
    return figure


def _rows_height(n_classes: int) -> int:
    """Pixels of all rows: enough for the smallest text where there are many."""
    return max(190, min(46 * n_classes, 700), 18 * n_classes)


def _exact(count: int) -> str:
    return f"{count:,}"


def _compact(count: int) -> str:
    """At most four characters, such as 1.2k, 12k and 3.4M."""
    for unit, letter in ((1_000_000, "M"), (1_000, "k")):
        if count >= unit:
            digits = 1 if count < 9.95 * unit else 0
            return f"{count / unit:.{digits}f}{letter}"
    return str(count)


def _ink(shade: float, scale: tuple[tuple[float, str], ...], *, dark: bool) -> str:
    """Black or white, whatever contrasts more: at least 4.5 to 1 on any colour."""
    if np.isnan(shade):
        return theme.ink(dark=dark)
    ends = scale[:2] if shade <= 0 else scale[2:]
    low, high = (np.array(_rgb(colour)) for _, colour in ends)
    at = 1 + shade if shade <= 0 else shade
    luminance = _luminance(low + (high - low) * at)
    return "#000000" if luminance > BLACK_OVER_WHITE else "#FFFFFF"


BLACK_OVER_WHITE = 0.179
"""Luminance at which black and white text contrast alike (WCAG 2.2)."""


def _rgb(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


def _luminance(rgb: NDArray[Any]) -> float:
    """Relative luminance of a colour, as WCAG 2.2 defines it."""
    parts = np.asarray(rgb, dtype=float) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def _add_totals(
    figure: go.Figure,
    names: list[str],
    counts: NDArray[Any],
    number: Callable[[int], str],
    *,
    dark: bool,
) -> None:
    """A column right of the matrix and a row below it, with the sums."""
    n = len(names)
    rows = [(n, i, name, "", counts[i].sum()) for i, name in enumerate(names)]
    columns = [(i, n, "", name, counts[:, i].sum()) for i, name in enumerate(names)]
    marks = [*rows, *columns, (n, n, "", "", counts.sum())]
    sums = {
        "x": [x for x, *_ in marks],
        "y": [y for _, y, *_ in marks],
        "customdata": [
            (true, predicted, escaped(true) or ANY, escaped(predicted) or ANY, total)
            for *_, true, predicted, total in marks
        ],
        "hovertemplate": "true %{customdata[2]}<br>predicted %{customdata[3]}<br>"
        "%{customdata[4]:,} images<extra></extra>",
    }
    if n > MOST_LABELLED:
        figure.add_scatter(**_clear_markers(sums, n))
        return
    texts = [number(total) for *_, total in marks]
    ink = [theme.ink(dark=dark)] * len(marks)
    figure.add_bar(**_clear_bars(sums), **_numbers(texts, ink, n))


def _span(names: list[str], name: str, totals: bool) -> tuple[float, float]:
    """Where the frame begins and ends: around one class, or around all and the sums."""
    if not name:
        return -0.5, len(names) - 0.5 + totals
    at = names.index(name)
    return at - 0.5, at + 0.5


def _cells(
    names: list[str], counts: NDArray[Any], rows: NDArray[Any], columns: NDArray[Any]
) -> dict[str, Any]:
    """Where the cells are, with what hovering and selecting show."""
    true, predicted = (grid.ravel() for grid in np.indices(counts.shape))
    return {
        "x": predicted,
        "y": true,
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


def _clear_bars(cells: dict[str, Any]) -> dict[str, Any]:
    """Clear bars, selected or not, that fill their cells."""
    unchanged = {"marker": {"opacity": 1}}
    return {
        **cells,
        "y": [1] * len(cells["x"]),
        "base": np.asarray(cells["y"]) - 0.5,
        "width": 1,
        "marker": {"color": "rgba(0,0,0,0)", "line": {"width": 0}},
        "selected": unchanged,
        "unselected": unchanged,
        "showlegend": False,
    }


def _clear_markers(cells: dict[str, Any], n_classes: int) -> dict[str, Any]:
    """Clear squares, selected or not, about as large as the cells."""
    clear = {"marker": {"opacity": 0}}
    return {
        **cells,
        "mode": "markers",
        "marker": {"symbol": "square", "size": max(10, 700 // n_classes), "opacity": 0},
        "selected": clear,
        "unselected": clear,
        "showlegend": False,
    }


def _numbers(texts: list[str], ink: list[str], n_classes: int) -> dict[str, Any]:
    """The text in the middle of each bar."""
    return {
        "text": texts,
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"color": ink, "size": 14 if n_classes <= 10 else SMALLEST},
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


def _label_axes(figure: go.Figure, names: list[str], *, compact: bool) -> None:
    """Names at both axes; only at the rows where columns are narrower than a name."""
    is_wide = len(names) <= MOST_LABELLED + 1
    width = 10 if compact and is_wide else 18
    title = "predicted" if is_wide else "predicted, in the order of the rows"
    if compact:
        title = "rows true, columns predicted"
    figure.update_xaxes(
        title_text=title,
        side="top",
        showticklabels=is_wide,
        **theme.name_axis(names, width=width),
    )
    figure.update_yaxes(
        title_text=None if compact else "true",
        **theme.name_axis(names, width=width, down=True),
    )
    figure.update_xaxes(showline=True, mirror=True, linecolor=theme.FAINT)
    figure.update_yaxes(showline=True, mirror=True, linecolor=theme.FAINT)
    if not is_wide:
        figure.update_yaxes(tickfont_size=SMALLEST)


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
