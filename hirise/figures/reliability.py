"""Accuracy against confidence, as it is and after temperature scaling."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from hirise.figures.theme import BLUE, GREY, new_figure, percent, percent_axis

AS_IT_IS, SCALED = "as it is", "after temperature scaling"


def reliability_sides(before: pd.DataFrame, after: pd.DataFrame | None) -> pd.DataFrame:
    """Both tables of `hirise.metrics.calibration.reliability`, one below the other.

    Returns
    -------
    DataFrame
        Columns `side` ("as it is" or "after temperature scaling"), `confidence`,
        `accuracy`, `n_images`.
    """
    sides = {AS_IT_IS: before, SCALED: after}
    known = [
        table.assign(side=name) for name, table in sides.items() if table is not None
    ]
    columns = ["side", "confidence", "accuracy", "n_images"]
    return pd.concat(known, ignore_index=True)[columns]


def reliability_figure(sides: pd.DataFrame) -> go.Figure:
    """Accuracy against confidence; honest confidence follows the diagonal.

    The more images a point stands for, the larger it is.

    Parameters
    ----------
    sides : DataFrame
        What `reliability_sides` or `hirise.metrics.calibration.reliability` returns.
    """
    if "side" not in sides:
        sides = sides.assign(side=AS_IT_IS)
    figure = new_figure(380)
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name="honest",
        line={"color": GREY, "width": 1, "dash": "dot"},
        hoverinfo="skip",
    )
    colours = {AS_IT_IS: GREY, SCALED: BLUE}
    if SCALED not in set(sides["side"]):
        colours[AS_IT_IS] = BLUE
    for name, table in sides.groupby("side", sort=False):
        figure.add_scatter(
            x=table["confidence"],
            y=table["accuracy"],
            mode="lines+markers",
            name=str(name),
            line={"color": colours[str(name)], "width": 1.5},
            marker={
                "size": _sizes(table["n_images"]),
                "opacity": 1,
                "line": {"width": 0},
            },
            cliponaxis=False,
            customdata=[
                (percent(right), percent(sure), f"{n:,}")
                for sure, right, n in zip(
                    *(table[key] for key in ("confidence", "accuracy", "n_images")),
                    strict=True,
                )
            ],
            hovertemplate="%{customdata[0]} right at %{customdata[1]} sure, "
            "%{customdata[2]} images<extra></extra>",
        )
    figure.update_xaxes(title_text="confidence", range=[-0.02, 1.04], **percent_axis())
    figure.update_yaxes(title_text="accuracy", range=[-0.04, 1.06], **percent_axis())
    return figure


def _sizes(n_images: pd.Series) -> list[float]:
    """Pixels of each point: few images look like few."""
    return [4 + 16 * float(share) ** 0.5 for share in n_images / n_images.max()]
