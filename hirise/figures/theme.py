"""The style that all figures share: few colours, few series."""

import html
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

BLUE = "#2F83C5"
GREY = "#858D99"
LOUD = "#D9620F"
FAINT = "rgba(133,141,153,0.30)"
GRID = "rgba(133,141,153,0.20)"
TEXT = "#7A828E"

CATEGORY_COLOURS = (
    BLUE,
    "#D99A00",
    "#159B76",
    "#C56A9E",
    "#4FAFDD",
    "#9A7BD0",
    "#A3A02A",
)
"""For classes drawn together; what does not fit is folded into one grey rest."""

GREEN = CATEGORY_COLOURS[2]
"""Of goals, and of what the correct labels show."""

PALETTE = (*CATEGORY_COLOURS, GREY)
"""By class id: the eight classes of HiRISE each have one, in every epoch and run."""

TEMPLATE = go.layout.Template(
    layout={
        "colorway": CATEGORY_COLOURS,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": TEXT, "size": 13},
        "hoverlabel": {"align": "left"},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "xaxis": {"automargin": True, "gridcolor": GRID, "zerolinecolor": GRID},
        "yaxis": {"automargin": True, "gridcolor": GRID, "zerolinecolor": GRID},
    }
)


def new_figure(height: int, **layout: Any) -> go.Figure:
    """An empty figure in this style; further options go to its layout.

    Margins are not part of the template, because pages lay their own over it and the
    last label of an axis is dropped where it would not fit.

    Examples
    --------
    >>> new_figure(320, barmode="stack").layout.height
    320
    """
    margin = {"l": 8, "r": 20, "t": 8, "b": 8}
    return go.Figure(
        layout={"template": TEMPLATE, "height": height, "margin": margin, **layout}
    )


def ink(*, dark: bool) -> str:
    """Colour of text on a page, for text that plotly would colour otherwise.

    Examples
    --------
    >>> ink(dark=False)
    '#4B5563'
    """
    return "#BCC5D1" if dark else "#4B5563"


def escaped(text: object) -> str:
    """Text that plotly shows as it is: its labels read `<b>`, `<a>` and `&`.

    Examples
    --------
    >>> escaped("<b>dune</b>")
    '&lt;b&gt;dune&lt;/b&gt;'
    """
    return html.escape(str(text), quote=False)


def shortened(text: object, width: int = 24) -> str:
    """At most `width` columns of `text`, escaped; wide scripts count double.

    Examples
    --------
    >>> shortened("bright dune", 8)
    'bright d…'
    """
    whole, used, kept = str(text), 0, ""
    for character in whole:
        used += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if used > width and len(kept) < len(whole) - 1:
            return escaped(kept.rstrip()) + "…"
        kept += character
    return escaped(whole)


def name_axis(
    names: Iterable[object], *, width: int = 24, down: bool = False
) -> dict[str, Any]:
    """Axis options that show `names` at positions 0, 1, 2 and so on.

    Positions, not categories: two long names may be alike once shortened, and plotly
    would read names such as "1" or "2024-01" as numbers or dates. `down` reads from
    the top, as a table is read.

    Examples
    --------
    >>> axis = name_axis(["crater", "dune"], down=True)
    >>> axis["ticktext"], axis["range"]
    (['crater', 'dune'], [1.5, -0.5])
    """
    labels = [shortened(name, width) for name in names]
    limits = [-0.5, len(labels) - 0.5]
    return {
        "ticklabeloverflow": "allow",
        "tickmode": "array",
        "tickvals": list(range(len(labels))),
        "ticktext": labels,
        "range": limits[::-1] if down else limits,
        "zeroline": False,
        "showgrid": False,
    }


def epoch_axis(n_epochs: int, *, at_least: int = 1) -> dict[str, Any]:
    """Axis options for epochs from 1 on, with room for `at_least` of them.

    Examples
    --------
    >>> epoch_axis(2, at_least=4)["range"]
    [0.4, 4.6]
    """
    n_shown = max(n_epochs, at_least)
    return {
        "title_text": "epoch",
        "showgrid": False,
        "range": [0.4, n_shown + 0.6],
        "dtick": 1 if n_shown <= 12 else None,
    }


def percent(fraction: float, digits: int = 1) -> str:
    """A fraction as the sentences write it.

    Examples
    --------
    >>> percent(0.798), percent(0.81, 0)
    ('79.8%', '81%')
    """
    return f"{fraction:.{digits}%}"


def percent_axis(ticks: Iterable[float] = (0, 0.2, 0.4, 0.6, 0.8, 1)) -> dict[str, Any]:
    """Axis options for fractions; all ticks have as many decimals as one needs.

    Examples
    --------
    >>> percent_axis((0, 0.125))["ticktext"]
    ['0.0%', '12.5%']
    """
    values = list(ticks)
    digits = 0 if all(float(100 * v).is_integer() for v in values) else 1
    return {
        "tickmode": "array",
        "tickvals": values,
        "ticktext": [percent(value, digits) for value in values],
    }


def whiskers(
    table: pd.DataFrame, value: str, low: str, high: str, *, colour: str
) -> dict[str, Any]:
    """Horizontal error bars from the columns `low` to `high` around `value`.

    Examples
    --------
    >>> table = pd.DataFrame({"recall": [0.5], "low": [0.25], "high": [1.0]})
    >>> list(whiskers(table, "recall", "low", "high", colour=BLUE)["array"])
    [0.5]
    """
    return {
        "type": "data",
        "symmetric": False,
        "array": table[high] - table[value],
        "arrayminus": table[value] - table[low],
        "color": colour,
        "thickness": 1.5,
        "width": 3,
    }


def draw_level(
    figure: go.Figure, ends: tuple[float, float], name: str, level: float, colour: str
) -> None:
    """A dashed horizontal line from one end to the other, its level in the legend.

    Examples
    --------
    >>> figure = new_figure(300)
    >>> draw_level(figure, (0, 3), "goal", 0.81, GREEN)
    >>> figure.data[0].name
    'goal 81.0%'
    """
    figure.add_scatter(
        x=list(ends),
        y=[level, level],
        name=f"{name} {percent(level)}",
        mode="lines",
        line={"color": colour, "width": 2, "dash": "dash"},
        hoverinfo="skip",
    )


def mark_point(figure: go.Figure, x: object, y: object, name: str) -> None:
    """A ring around a chosen point of a blue curve.

    Examples
    --------
    >>> figure = new_figure(300)
    >>> mark_point(figure, [0.4], [0.7], "threshold")
    >>> figure.data[0].name
    'threshold'
    """
    figure.add_scatter(
        x=x,
        y=y,
        mode="markers",
        name=name,
        marker={"size": 14, "color": BLUE, "symbol": "circle-open", "line_width": 3},
        hoverinfo="skip",
    )


def point_label(fraction: float) -> str:
    """In per cent without the sign: a phone has little room beside a point.

    Examples
    --------
    >>> point_label(0.798), point_label(float("nan"))
    ('79.8', '')
    """
    return "" if pd.isna(fraction) else f"{100 * fraction:.1f}"


def class_colours(ids: Sequence[int], palette: Sequence[str] = PALETTE) -> list[str]:
    """A colour per class of `ids`: that of its id, or the next free one.

    Only where more classes than colours exist can two of those shown share one.

    Examples
    --------
    >>> class_colours([0, 3], ["blue", "red", "green"])
    ['blue', 'red']
    """
    taken: list[int] = []
    for number in ids:
        place = number % len(palette)
        while place in taken and len(taken) < len(palette):
            place = (place + 1) % len(palette)
        taken.append(place)
    return [palette[place] for place in taken]


def folded(table: pd.DataFrame, by: pd.Series, *, at_most: int) -> pd.DataFrame:
    """Keep the `at_most` rows that are largest in `by`; sum the others into one row.

    Parameters
    ----------
    table : DataFrame
        Numeric columns; the index holds class names.
    by : Series
        One number per row of `table`, in its order.
    at_most : int
        Rows to keep by name; one more row is kept rather than folded alone.

    Returns
    -------
    DataFrame, largest first
        The last row is "n other classes" where any were folded.

    Examples
    --------
    >>> table = pd.DataFrame({"n": [1, 5, 2, 3]}, index=["a", "b", "c", "d"])
    >>> folded(table, table["n"], at_most=2)["n"].to_dict()
    {'b': 5, 'd': 3, '2 other classes': 3}
    """
    order = (-by.fillna(0).to_numpy()).argsort(kind="stable")
    # A rest of a single class would take as much room as that class.
    if len(order) > at_most + 1:
        # Without `min_count` the sum of nothing but NaN would be 0.
        rest = table.iloc[order[at_most:]].sum(min_count=1)
        rest.name = f"{len(order) - at_most} other classes"
        return pd.concat([table.iloc[order[:at_most]], rest.to_frame().T])
    return table.iloc[order]


def fold_ids(
    names: Iterable[object], by: NDArray[Any], *, at_most: int
) -> tuple[list[str], NDArray[np.int64]]:
    """The names of the rows that `folded` would give, and the row of each class id.

    Parameters
    ----------
    names : iterable, one per class
    by : (n_classes,)
        What the classes are ordered by, largest first.
    at_most : int
        As in `folded`.

    Examples
    --------
    >>> names, row_of = fold_ids("abcd", np.array([1, 5, 2, 3]), at_most=2)
    >>> names, row_of.tolist()
    (['b', 'd', '2 other classes'], [2, 0, 2, 1])
    """
    labels = [str(name) for name in names]
    order = np.argsort(-by, kind="stable")
    row_of = np.empty(len(order), dtype=np.int64)
    row_of[order] = np.arange(len(order))
    if len(order) <= at_most + 1:
        return [labels[i] for i in order], row_of
    shown = [labels[i] for i in order[:at_most]]
    rest = f"{len(order) - at_most} other classes"
    return [*shown, rest], np.minimum(row_of, at_most)
