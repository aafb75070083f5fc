"""One network's accuracy over the epochs, by the labels it was judged by and the right.

Only the labels differ: the answers are the same.
"""

import pandas as pd
import plotly.graph_objects as go

from hirise.figures.theme import (
    BLUE,
    CATEGORY_COLOURS,
    FAINT,
    GREY,
    TEXT,
    epoch_axis,
    escaped,
    new_figure,
    percent,
    percent_axis,
)

RIGHT = CATEGORY_COLOURS[2]
LOWEST = 0.5
"""Where the axis begins, unless an accuracy lies below."""

SERIES = (
    ("accuracy", "training", GREY, "circle"),
    ("val_accuracy", "validation", BLUE, "circle"),
    ("right_val_accuracy", "validation, right labels", RIGHT, "diamond"),
)


def judged_twice_figure(
    history: pd.DataFrame,
    *,
    right: bool = True,
    majority: tuple[str, float] | None = None,
) -> go.Figure:
    """Accuracy per epoch: training, validation, and validation by the right labels.

    Parameters
    ----------
    history : DataFrame
        `epoch`, `accuracy`, `val_accuracy`, `right_val_accuracy`.
    right : bool
        Draw the last of these too.
    majority : (str, float), optional
        The largest class and its share, drawn as a line: what always naming it scores.
    """
    figure = new_figure(300)
    known = [row for row in SERIES if row[0] in history]
    drawn = [row for row in known if right or not row[0].startswith("right")]
    for column, name, colour, symbol in drawn:
        figure.add_scatter(
            x=history["epoch"],
            y=history[column],
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": 6, "symbol": symbol},
            customdata=[percent(value) for value in history[column]],
            hovertemplate=f"{name}, epoch %{{x}}: %{{customdata}}<extra></extra>",
        )
    if majority is not None:
        name, share = majority
        figure.add_hline(
            y=share,
            line={"color": FAINT, "width": 2, "dash": "dash"},
            annotation={
                "text": f"always “{escaped(name)}” {percent(share)}",
                "font": {"size": 11, "color": TEXT},
            },
            annotation_position="bottom right",
        )
    lowest = min([LOWEST, *(history[row[0]].min() - 0.02 for row in known)])
    figure.update_xaxes(**epoch_axis(len(history)))
    figure.update_yaxes(range=[lowest, 1.02], **percent_axis())
    return figure
