"""How sure the model is when it is right and when it is wrong."""

import pandas as pd
import plotly.graph_objects as go

from hirise.figures.theme import BLUE, GREY, LOUD, new_figure, percent, percent_axis


def confidence_histogram_figure(histogram: pd.DataFrame) -> go.Figure:
    """Images by the probability of their predicted class, right on wrong.

    Each bar's `customdata` holds its ends as text and as numbers, and "right" or
    "wrong" ("" where that is unknown).

    Parameters
    ----------
    histogram : DataFrame
        `low`, `high` (bin edges), `n_right`, `n_wrong`, `n_unknown`.
    """
    figure = new_figure(320, barmode="stack")
    for column, name, answer, colour in (
        ("n_right", "right", "right", BLUE),
        ("n_wrong", "wrong", "wrong", LOUD),
        ("n_unknown", "truth unknown", "", GREY),
    ):
        if not histogram[column].any():
            continue
        figure.add_bar(
            x=(histogram["low"] + histogram["high"]) / 2,
            y=histogram[column],
            width=(histogram["high"] - histogram["low"]) * 0.92,
            name=name,
            marker={"color": colour},
            customdata=[
                (percent(low, 0), percent(high, 0), low, high, answer)
                for low, high in zip(histogram["low"], histogram["high"], strict=True)
            ],
            hovertemplate=f"%{{y:,}} {name} at %{{customdata[0]}} to "
            "%{customdata[1]} sure<extra></extra>",
        )
    figure.update_xaxes(
        title_text="probability of the predicted class",
        range=[0, 1],
        **percent_axis(),
        showgrid=False,
    )
    figure.update_yaxes(title_text="images")
    figure.update_layout(legend={"traceorder": "normal"})
    return figure
