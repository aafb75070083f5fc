"""All probabilities of one image."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from hirise.figures import theme
from hirise.figures.theme import escaped

COLOURS = {
    "true": theme.BLUE,
    "true and predicted": theme.BLUE,
    "predicted": theme.LOUD,
}


def probabilities_figure(table: pd.DataFrame) -> go.Figure:
    """A bar per class, the likeliest on top; true and incorrect classes stand out.

    Parameters
    ----------
    table : DataFrame, one row per class
        `class_name`, `probability` and `role`: true, predicted, both, or "".

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"class_name": ["crater", "dune"], "probability": [0.3, 0.7]}
    ... ).assign(role=["true", "predicted"])
    >>> list(probabilities_figure(table).layout.yaxis.ticktext)
    ['dune', 'crater']
    """
    rows = table.sort_values("probability", ascending=False, kind="stable")
    figure = theme.new_figure(max(160, 30 * len(rows) + 60))
    figure.add_bar(
        x=rows["probability"],
        y=list(range(len(rows))),
        orientation="h",
        marker={"color": [COLOURS.get(role, theme.GREY) for role in rows["role"]]},
        customdata=[
            (escaped(name), f", {role}" if role else "")
            for name, role in zip(rows["class_name"], rows["role"], strict=True)
        ],
        hovertemplate="%{customdata[0]}%{customdata[1]}: %{x:.2%}<extra></extra>",
    )
    figure.update_xaxes(title_text="probability", range=[0, 1], **theme.percent_axis())
    figure.update_yaxes(**theme.name_axis(rows["class_name"], down=True))
    return figure
