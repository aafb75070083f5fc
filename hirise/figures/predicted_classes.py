"""Frequencies of the predicted classes in each epoch: a collapse, seen happening."""

import pandas as pd
import plotly.graph_objects as go

from hirise.figures import theme
from hirise.figures.theme import escaped, percent, shortened


def predicted_classes_figure(counts: pd.DataFrame, *, at_least: int = 1) -> go.Figure:
    """Frequency of each class among the predictions, one stacked bar per epoch.

    Parameters
    ----------
    counts : DataFrame
        `epoch`, `class_name` and `n` of one split, as `predicted_counts.csv` has them:
        the classes of an epoch in order of their ids.
    at_least : int
        Epochs that the axis has room for, such as those still to come.

    Examples
    --------
    >>> counts = pd.DataFrame(
    ...     {"epoch": [1, 1], "class_name": ["other", "dune"], "n": [9, 1]}
    ... )
    >>> [(bar.name, float(bar.y[0])) for bar in predicted_classes_figure(counts).data]
    [('other', 0.9), ('dune', 0.1)]
    """
    figure = theme.new_figure(320, barmode="stack")
    table = counts.pivot_table(
        index="class_name", columns="epoch", values="n", aggfunc="sum", fill_value=0
    )
    # Without any prediction an epoch gets NaN, not a division by 0.
    table = table / table.sum().where(table.sum() > 0)
    table = theme.folded(table, table.sum(axis=1), at_most=len(theme.CATEGORY_COLOURS))
    ids = {name: i for i, name in enumerate(dict.fromkeys(counts["class_name"]))}
    table = table.loc[sorted(table.index, key=lambda name: ids.get(name, len(ids)))]
    known = [ids[name] for name in table.index if name in ids]
    colours = [*theme.class_colours(known), theme.FAINT]
    for (name, row), colour in zip(table.iterrows(), colours, strict=False):
        figure.add_bar(
            x=list(table.columns),
            y=row,
            name=shortened(name),
            marker={"color": colour},
            customdata=[(escaped(name), percent(frequency)) for frequency in row],
            hovertemplate="epoch %{x}: %{customdata[1]} of the predictions are "
            "%{customdata[0]}<extra></extra>",
        )
    figure.update_layout(bargap=0.15, legend={"traceorder": "normal"})
    figure.update_xaxes(**theme.epoch_axis(table.shape[1], at_least=at_least))
    figure.update_yaxes(range=[0, 1], **theme.percent_axis())
    return figure
