"""Accuracy against confidence, uncalibrated and after temperature scaling."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from hirise.figures.theme import BLUE, GREY, new_figure, percent, percent_axis

UNCALIBRATED, SCALED = "uncalibrated", "temperature-scaled"


def reliability_table(before: pd.DataFrame, after: pd.DataFrame | None) -> pd.DataFrame:
    """Both tables of `hirise.metrics.calibration.reliability`, one below the other.

    Returns
    -------
    DataFrame
        Columns `scores` ("uncalibrated" or "temperature-scaled"), `confidence`,
        `accuracy`, `n_images`.

    Examples
    --------
    >>> before = pd.DataFrame(
    ...     {"confidence": [0.9], "accuracy": [0.6], "n_images": [50]}
    ... )
    >>> reliability_table(before, before.assign(confidence=0.6))["scores"].tolist()
    ['uncalibrated', 'temperature-scaled']
    """
    tables = {UNCALIBRATED: before, SCALED: after}
    known = [
        table.assign(scores=name) for name, table in tables.items() if table is not None
    ]
    columns = ["scores", "confidence", "accuracy", "n_images"]
    return pd.concat(known, ignore_index=True)[columns]


def reliability_figure(table: pd.DataFrame) -> go.Figure:
    """Accuracy against confidence; a calibrated model follows the diagonal.

    The more images a point stands for, the larger it is.

    Parameters
    ----------
    table : DataFrame
        What `reliability_table` or `hirise.metrics.calibration.reliability` returns.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"confidence": [0.9], "accuracy": [0.6], "n_images": [50]}
    ... )
    >>> [trace.name for trace in reliability_figure(table).data]
    ['calibrated', 'uncalibrated']
    """
    if "scores" not in table:
        table = table.assign(scores=UNCALIBRATED)
    figure = new_figure(380)
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="calibrated",
        line={"color": GREY, "width": 1, "dash": "dot"},
        hoverinfo="skip",
    )
    colours = {UNCALIBRATED: GREY, SCALED: BLUE}
    if SCALED not in set(table["scores"]):
        colours[UNCALIBRATED] = BLUE
    for name, bins in table.groupby("scores", sort=False):
        _add_curve(figure, bins, str(name), colours[str(name)])
    figure.update_xaxes(title_text="confidence", range=[-0.02, 1.04], **percent_axis())
    figure.update_yaxes(title_text="accuracy", range=[-0.04, 1.06], **percent_axis())
    return figure


def _add_curve(figure: go.Figure, bins: pd.DataFrame, name: str, colour: str) -> None:
    columns = ["confidence", "accuracy", "n_images"]
    figure.add_scatter(
        x=bins["confidence"],
        y=bins["accuracy"],
        mode="lines+markers",
        name=name,
        line={"color": colour, "width": 1.5},
        marker={"size": _sizes(bins["n_images"]), "opacity": 1, "line": {"width": 0}},
        cliponaxis=False,
        customdata=[
            (percent(accuracy), percent(confidence), f"{n:,}")
            for confidence, accuracy, n in bins[columns].itertuples(index=False)
        ],
        hovertemplate="accuracy %{customdata[0]} at confidence %{customdata[1]}, "
        "%{customdata[2]} images<extra></extra>",
    )


def _sizes(n_images: pd.Series) -> list[float]:
    """Pixels of each point: few images look like few."""
    # By the root, as the eye compares areas.
    return [4 + 16 * float(part) ** 0.5 for part in n_images / n_images.max()]
