"""How the predicted labels were spread in each epoch: a collapse, seen happening."""

import pandas as pd
import plotly.graph_objects as go

from hirise.figures.folding import folded
from hirise.figures.theme import (
    CATEGORY_COLOURS,
    FAINT,
    GREY,
    epoch_axis,
    escaped,
    new_figure,
    percent,
    percent_axis,
    shortened,
)

PALETTE = (*CATEGORY_COLOURS, GREY)
"""By class id: the eight classes of HiRISE each have one, in every epoch and run."""


def predicted_spread_figure(counts: pd.DataFrame, *, at_least: int = 1) -> go.Figure:
    """Share of each class among the predictions, one stacked bar per epoch.

    Parameters
    ----------
    counts : DataFrame
        `epoch`, `class_name` and `n` of one split, as `predicted_counts.csv` has them:
        the classes of an epoch in order of their ids.
    at_least : int
        Epochs that the axis has room for, such as those still to come.
    """
    figure = new_figure(320, barmode="stack")
    table = counts.pivot_table(
        index="class_name", columns="epoch", values="n", aggfunc="sum", fill_value=0
    )
    shares = table / table.sum().where(table.sum() > 0)
    shares = folded(shares, shares.sum(axis=1), at_most=len(CATEGORY_COLOURS))
    ids = {name: i for i, name in enumerate(dict.fromkeys(counts["class_name"]))}
    shares = shares.loc[sorted(shares.index, key=lambda name: ids.get(name, len(ids)))]
    places = _colour_places([ids[name] for name in shares.index if name in ids])
    colours = [*(PALETTE[place] for place in places), FAINT]
    for (name, row), colour in zip(shares.iterrows(), colours, strict=False):
        figure.add_bar(
            x=list(shares.columns),
            y=row,
            name=shortened(name),
            marker={"color": colour},
            customdata=[(escaped(name), percent(share)) for share in row],
            hovertemplate="epoch %{x}: %{customdata[1]} of the predictions are "
            "%{customdata[0]}<extra></extra>",
        )
    figure.update_layout(bargap=0.15, legend={"traceorder": "normal"})
    figure.update_xaxes(**epoch_axis(shares.shape[1], at_least=at_least))
    figure.update_yaxes(range=[0, 1], **percent_axis())
    return figure


def _colour_places(ids: list[int]) -> list[int]:
    """A place in the palette per class: that of its id, or the next free one.

    Only where more classes than colours exist can two of those shown share a place.
    """
    taken: list[int] = []
    for number in ids:
        place = number % len(PALETTE)
        while place in taken:
            place = (place + 1) % len(PALETTE)
        taken.append(place)
    return taken
