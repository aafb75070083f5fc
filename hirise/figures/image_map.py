"""Images as points: what is similar to the network lies together."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from hirise.figures import theme
from hirise.figures.theme import escaped, shortened

COLOURS = ("true class", "predicted class", "correctness")
"""What `image_map_figure` can colour by."""

MOST_DRAWN = 20_000
"""Points that a browser still moves smoothly."""

REST = "other images"

Mask = NDArray[np.bool_]


class Group(NamedTuple):
    """Points of one colour."""

    name: str
    colour: str
    rows: Mask


def image_map_figure(
    table: pd.DataFrame,
    *,
    colour: str = "true class",
    corners: Sequence[tuple[float, float]] = (),
    chosen: str = "",
    revision: str = "",
) -> go.Figure:
    """One point per image, both axes to the same scale; a line around some selects.

    Parameters
    ----------
    table : DataFrame
        `image`, `x`, `y`, `true` and `predicted` (categorical, "" where unknown),
        `correct` (boolean, missing where unknown) and `lit`: images that are not are
        drawn faintly, so that what is lit keeps its surroundings.
    colour : str
        One of `COLOURS`. Of more classes than colours the largest that are lit get
        one, and the rest is grey.
    corners : sequence of (x, y)
        Of a region that is framed.
    chosen : str
        An image that gets a ring.
    revision : str
        While it stays the same, so does the part that was zoomed to.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {
    ...         "image": ["a.jpg", "b.jpg"],
    ...         "x": [0.0, 1.0],
    ...         "y": [0.0, 1.0],
    ...         "true": pd.Categorical(["dune", "dune"]),
    ...         "predicted": pd.Categorical(["dune", "crater"]),
    ...         "correct": pd.array([True, False], dtype="boolean"),
    ...         "lit": True,
    ...     }
    ... )
    >>> figure = image_map_figure(table, colour="correctness")
    >>> [trace.name for trace in figure.data if trace.name]
    ['correct', 'incorrect']
    """
    # While `uirevision` is the same, plotly keeps the zoom of a figure drawn anew.
    figure = theme.new_figure(
        470, dragmode="lasso", hovermode="closest", uirevision=revision
    )
    drawn = table[drawn_rows(table)]
    lit = drawn["lit"].to_numpy(dtype=bool)
    size = 8 if len(drawn) <= 2_000 else 6 if len(drawn) <= 6_000 else 4
    if not lit.all():
        _add_points(figure, drawn[~lit], Group(REST, theme.FAINT, ~lit), size)
    for group in _groups(drawn, lit, colour):
        _add_points(figure, drawn[group.rows], group, size)
    _add_ring(figure, table[table["image"] == chosen], size)
    if len(corners):
        _add_frame(figure, corners)
    plain = {"showticklabels": False, "showgrid": False, "zeroline": False}
    figure.update_xaxes(**plain)
    figure.update_yaxes(**plain, scaleanchor="x", scaleratio=1)
    figure.update_layout(legend={"itemsizing": "constant", "traceorder": "normal"})
    return figure


def drawn_rows(table: pd.DataFrame, *, most: int = MOST_DRAWN) -> Mask:
    """Which rows are drawn: all, or misclassified images, then lit ones, then the rest.

    What does not fit is left out at random, but always the same.

    Examples
    --------
    >>> table = pd.DataFrame({"lit": True, "correct": [True, False, True]})
    >>> drawn_rows(table.astype({"correct": "boolean"}), most=1).tolist()
    [False, True, False]
    """
    drawn = np.ones(len(table), dtype=bool)
    if len(table) > most:
        lit = table["lit"].to_numpy(dtype=bool)
        # The same seed each time, so that the same points are drawn.
        chance = np.random.default_rng(0).random(len(table))
        drawn[np.lexsort((chance, ~lit, ~_misclassified(table)))[most:]] = False
    return drawn


def _groups(table: pd.DataFrame, lit: Mask, colour: str) -> Iterator[Group]:
    """The lit points by colour, in the order of the legend."""
    if colour == "correctness":
        correct = table["correct"].astype("Int8").fillna(-1).to_numpy(dtype=np.int8)
        for name, code, shade in (
            ("correct", 1, theme.BLUE),
            ("incorrect", 0, theme.LOUD),
            ("no ground truth", -1, theme.GREY),
        ):
            rows = lit & (correct == code)
            if rows.any():
                yield Group(name, shade, rows)
        return
    kinds = table["true" if colour == "true class" else "predicted"].cat
    codes, names = kinds.codes.to_numpy(), [str(name) for name in kinds.categories]
    counts = np.bincount(codes[lit & (codes >= 0)], minlength=len(names))
    there = [i for i in np.argsort(-counts, kind="stable") if counts[i]]
    few = len(there) <= len(theme.CATEGORY_COLOURS) + 1
    shown = sorted(there if few else there[: len(theme.CATEGORY_COLOURS)])
    # Id 0 is the unknown class; the grey of the palette is that of the rest, if any.
    palette = theme.PALETTE if few else theme.CATEGORY_COLOURS
    shades = theme.class_colours([i - 1 for i in shown], palette)
    for i, shade in zip(shown, shades, strict=True):
        yield Group(names[i] or "unknown", shade, lit & (codes == i))
    rest = lit & ~np.isin(codes, shown)
    if rest.any():
        yield Group(f"{len(there) - len(shown)} other classes", theme.GREY, rest)


def _add_points(figure: go.Figure, rows: pd.DataFrame, group: Group, size: int) -> None:
    # Misclassified images lie on top; the legend shows the sign of the first point.
    rows = rows.iloc[np.argsort(_misclassified(rows), kind="stable")]
    faint = group.colour == theme.FAINT
    figure.add_scattergl(
        x=rows["x"],
        y=rows["y"],
        mode="markers",
        name=group.name if faint else shortened(group.name),
        marker={
            "color": group.colour,
            "size": size,
            "symbol": np.where(_misclassified(rows), "x", "circle"),
            "opacity": 1 if faint else 0.85,
        },
        customdata=rows["image"].tolist(),
        hovertext=[_hover(row) for row in rows.itertuples(index=False)],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _misclassified(table: pd.DataFrame) -> Mask:
    misclassified: Mask = (~table["correct"]).fillna(False).to_numpy(dtype=bool)
    return misclassified


def _hover(row: Any) -> str:
    true = f"true class {escaped(row.true)}<br>" if row.true else ""
    return f"<b>{escaped(row.image)}</b><br>{true}predicted as {escaped(row.predicted)}"


def _add_ring(figure: go.Figure, rows: pd.DataFrame, size: int) -> None:
    figure.add_scattergl(
        x=rows["x"],
        y=rows["y"],
        mode="markers",
        marker={
            "symbol": "circle-open",
            "size": size + 10,
            "color": theme.TEXT,
            "line": {"width": 3},
        },
        hoverinfo="skip",
        showlegend=False,
        visible=bool(len(rows)),
    )


def _add_frame(figure: go.Figure, corners: Sequence[tuple[float, float]]) -> None:
    first, *others = [f"{x:.8g},{y:.8g}" for x, y in corners]
    figure.add_shape(
        type="path",
        path=f"M {first} " + " ".join(f"L {corner}" for corner in others) + " Z",
        line={"color": theme.TEXT, "width": 1.5, "dash": "dot"},
    )
