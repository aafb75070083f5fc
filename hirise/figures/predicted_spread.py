"""How the predicted labels were spread in each epoch: a collapse, seen happening."""

import pandas as pd
import plotly.graph_objects as go

from hirise.figures.folding import folded
from hirise.figures.theme import (
    CATEGORY_COLOURS,
    FAINT,
    epoch_axis,
    escaped,
    new_figure,
    shortened,
)


def predicted_spread_figure(counts: pd.DataFrame) -> go.Figure:
    """Share of each class among the predictions, one stacked bar per epoch.

    Parameters
    ----------
    counts : DataFrame
        `epoch`, `class_name` and `n` of one split, as `predicted_counts.csv` has them.
    """
    figure = new_figure(320, barmode="stack")
    table = counts.pivot_table(
        index="class_name", columns="epoch", values="n", aggfunc="sum", fill_value=0
    )
    shares = table / table.sum().where(table.sum() > 0)
    shares = folded(shares, shares.sum(axis=1), at_most=len(CATEGORY_COLOURS))
    colours = [*CATEGORY_COLOURS[: len(shares)], FAINT]
    for (name, row), colour in zip(shares.iterrows(), colours, strict=False):
        figure.add_bar(
            x=list(shares.columns),
            y=row,
            name=shortened(name),
            marker={"color": colour},
            customdata=[[escaped(name)]] * len(row),
            hovertemplate="epoch %{x}: %{y:.1%} of the predictions are "
            "%{customdata[0]}<extra></extra>",
        )
    figure.update_layout(bargap=0.15, legend={"traceorder": "normal"})
    figure.update_xaxes(**epoch_axis(shares.shape[1]))
    figure.update_yaxes(tickformat=".0%", range=[0, 1])
    return figure
