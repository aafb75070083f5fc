"""One metric of several runs over their epochs, a colour per run."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from hirise.figures import theme
from hirise.figures.theme import escaped

COLOURS = (*theme.CATEGORY_COLOURS, theme.LOUD)

DASHES = ("solid", "dash", "dot", "dashdot")
"""Of runs that would have the same colour: drawn together, they differ."""

LOG_FLOOR = 1e-12


@dataclass(frozen=True, eq=False)
class Curve:
    """A metric of one run.

    Attributes
    ----------
    title : str
    table : DataFrame
        `epoch` and `value`; empty where the run has no history.
    colour : str
    score : float, optional
        Its score after training, drawn as a level where there is no history.
    """

    title: str
    table: pd.DataFrame
    colour: str
    score: float | None = None


def run_colours(ids: Sequence[str]) -> dict[str, str]:
    """A colour for each run, in the order of their making: later runs change none.

    Examples
    --------
    >>> list(run_colours(["20260102-b", "20260101-a"]).values()) == [
    ...     COLOURS[1],
    ...     COLOURS[0],
    ... ]
    True
    """
    places = {name: place for place, name in enumerate(sorted(ids))}
    return {name: COLOURS[places[name] % len(COLOURS)] for name in ids}


def swatch(colour: str) -> str:
    """A dot of a colour as a data address, for the cell of a table."""
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16">'
        f'<circle cx="8" cy="8" r="7" fill="{colour}"/></svg>'
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def smoothed(values: pd.Series, weight: float) -> pd.Series:
    """An exponential moving average without the bias of its start, as TensorBoard's.

    `weight` in [0, 1) is that of the past; 0 changes nothing. Missing values stay so.

    Examples
    --------
    >>> smoothed(pd.Series([0.0, 3.0]), 0.5).tolist()
    [0.0, 2.0]
    """
    if weight <= 0:
        return values
    averages = values.ewm(alpha=1 - weight, adjust=True, ignore_na=True).mean()
    return averages.where(values.notna())


def overlaid_curves_figure(
    curves: Sequence[Curve], metric: str, *, smoothing: float = 0.0, log: bool = False
) -> go.Figure:
    """A line per run that has a history, a dotted level for each other score.

    Parameters
    ----------
    curves : sequence of Curve
    metric : str
        What the values are, such as "Accuracy".
    smoothing : float in [0, 1)
        See `smoothed`; the values themselves are then faint.
    log : bool
        Whether the axis is logarithmic.

    Examples
    --------
    >>> table = pd.DataFrame({"epoch": [1, 2], "value": [0.5, 0.6]})
    >>> curves = [
    ...     Curve("first", table, COLOURS[0]),
    ...     Curve("imported", table.head(0), COLOURS[1], score=0.8),
    ... ]
    >>> figure = overlaid_curves_figure(curves, "Accuracy")
    >>> [trace.name for trace in figure.data]
    ['first', 'imported (no history)']
    """
    figure = theme.new_figure(360, yaxis_title=metric)
    last = max((int(c.table["epoch"].max()) for c in curves if len(c.table)), default=1)
    seen: dict[str, int] = {}
    for curve in curves:
        dash = DASHES[seen.get(curve.colour, 0) % len(DASHES)]
        seen[curve.colour] = seen.get(curve.colour, 0) + 1
        if len(curve.table):
            _add_line(figure, curve, dash, smoothing)
        elif curve.score is not None:
            _add_level(figure, curve, last)
    figure.update_xaxes(**theme.epoch_axis(last))
    if log:
        figure.update_yaxes(type="log")
    return figure


def _add_line(figure: go.Figure, curve: Curve, dash: str, smoothing: float) -> None:
    name = theme.shortened(curve.title, 32)
    line = {"color": curve.colour, "width": 2, "dash": dash}
    epochs, values = curve.table["epoch"], curve.table["value"]
    if smoothing > 0:
        add_faint(figure, epochs, values, curve.colour)
    figure.add_scatter(
        x=epochs,
        y=smoothed(values, smoothing),
        name=name,
        mode="lines+markers" if len(epochs) == 1 else "lines",
        line=line,
        hovertemplate=f"{escaped(curve.title)}, epoch %{{x}}: %{{y:.3f}}"
        "<extra></extra>",
    )


def add_faint(
    figure: go.Figure, epochs: pd.Series, values: pd.Series, colour: str
) -> None:
    """The values that a smoothed line leaves out, faint and without a name."""
    figure.add_scatter(
        x=epochs,
        y=values,
        mode="lines",
        line={"color": colour, "width": 1},
        opacity=0.3,
        showlegend=False,
        hoverinfo="skip",
    )


def _add_level(figure: go.Figure, curve: Curve, last: int) -> None:
    figure.add_scatter(
        x=[1, last] if last > 1 else [1],
        y=[curve.score] * (2 if last > 1 else 1),
        name=f"{theme.shortened(curve.title, 32)} (no history)",
        mode="lines" if last > 1 else "markers",
        line={"color": curve.colour, "width": 2, "dash": "dot"},
        marker={"color": curve.colour},
        hovertemplate=f"{escaped(curve.title)}: %{{y:.3f}}<extra></extra>",
    )


def curves_table(curves: Sequence[Curve]) -> pd.DataFrame:
    """The values as one table: `run`, `epoch` (0 without a history) and `value`.

    Examples
    --------
    >>> table = pd.DataFrame({"epoch": [1], "value": [0.5]})
    >>> curves_table([Curve("first", table, COLOURS[0])]).to_dict("records")
    [{'run': 'first', 'epoch': 1, 'value': 0.5}]
    """
    parts = [
        curve.table[["epoch", "value"]].assign(run=curve.title)
        if len(curve.table)
        else pd.DataFrame({"epoch": [0], "value": [curve.score], "run": [curve.title]})
        for curve in curves
        if len(curve.table) or curve.score is not None
    ]
    columns = ["run", "epoch", "value"]
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True)[columns]


def curve_of(history: pd.DataFrame, column: str) -> pd.DataFrame:
    """`epoch` and `value` of one column of `history.csv`; empty where it has none.

    Examples
    --------
    >>> history = pd.DataFrame({"epoch": [1, 2], "val_loss": [0.9, None]})
    >>> curve_of(history, "val_loss").to_dict("records")
    [{'epoch': 1, 'value': 0.9}]
    """
    if column not in history:
        return pd.DataFrame({"epoch": [], "value": []})
    table = history[["epoch", column]].set_axis(["epoch", "value"], axis=1)
    return table.dropna().reset_index(drop=True)


def scores_of(scores: Mapping[str, float | None], metric: str) -> float | None:
    """The score of a run on validation, else on test; None where unknown.

    Examples
    --------
    >>> scores_of({"val_accuracy": None, "test_accuracy": 0.8}, "accuracy")
    0.8
    """
    for split in ("val", "test"):
        value = scores.get(f"{split}_{metric}")
        if value is not None:
            return value
    return None
