"""How many of the judged images share something with those of training."""

import pandas as pd
import plotly.graph_objects as go

from hirise.figures.theme import (
    BLUE,
    GREY,
    LOUD,
    name_axis,
    new_figure,
    percent,
    percent_axis,
)

KINDS = {
    "landmark": "same landmark, by name",
    "bytes": "same file, to the byte",
    "near": "same picture, also turned",
    "copy": "any of these: a copy",
    "observation": "same observation",
}
"""Ways of sharing, by their key."""


def shared_images_figure(table: pd.DataFrame, *, most: float = 0.5) -> go.Figure:
    """A bar per way in which judged images share something with training.

    Parameters
    ----------
    table : DataFrame
        Columns `kind`, `n_images` and `share`, as `shared_table` gives them.
    most : float
        Share of copies beyond which a score is worth nothing: the colour of findings.
    """
    figure = new_figure(60 + 40 * max(len(table), 1), showlegend=False)
    figure.add_bar(
        y=list(range(len(table))),
        x=table["share"],
        orientation="h",
        width=0.55,
        marker={"color": [_colour(row, most) for _, row in table.iterrows()]},
        text=[
            f"{percent(share)} ({n:,})"
            for share, n in zip(table["share"], table["n_images"], strict=True)
        ],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    names = [KINDS[kind] for kind in table["kind"]]
    figure.update_yaxes(**name_axis(names, width=30, down=True))
    figure.update_xaxes(range=[0, 1.45], **percent_axis((0, 0.5, 1)))
    return figure


def _colour(row: pd.Series, most: float) -> str:
    if row["kind"] == "observation":
        return GREY
    return LOUD if row["share"] > most else BLUE
