"""Precision-recall curves of all classes, one of them in the foreground."""

import pandas as pd
import plotly.graph_objects as go

from hirise.figures import theme
from hirise.figures.theme import escaped, shortened


def precision_recall_figure(
    curves: pd.DataFrame,
    *,
    chosen: str | None = None,
    mark: tuple[float, float] | None = None,
) -> go.Figure:
    """Precision against recall as the threshold on a class's probability falls.

    Parameters
    ----------
    curves : DataFrame
        `class_name`, `threshold`, `precision`, `recall`, one row per point.
    chosen : str
        The class drawn in colour; the others stay faint.
    mark : (float, float)
        Recall and precision of the point to mark.

    Examples
    --------
    >>> curves = pd.DataFrame(
    ...     {
    ...         "class_name": ["crater", "dune"],
    ...         "threshold": [0.5, 0.5],
    ...         "precision": [0.9, 0.7],
    ...         "recall": [0.8, 0.4],
    ...     }
    ... )
    >>> figure = precision_recall_figure(curves, chosen="dune", mark=(0.4, 0.7))
    >>> [trace.name for trace in figure.data]
    ['other classes', 'dune', 'threshold']
    """
    figure = theme.new_figure(420)
    names = list(dict.fromkeys(curves["class_name"]))
    others = [name for name in names if name != chosen]
    # The chosen one last, as later traces lie over earlier ones.
    for name in (*others, *(name for name in names if name == chosen)):
        curve = curves[curves["class_name"] == name]
        figure.add_scatter(
            x=curve["recall"],
            y=curve["precision"],
            mode="lines",
            name=shortened(name) if name == chosen else "other classes",
            showlegend=name in (chosen, *others[:1]),
            line={
                "color": theme.BLUE if name == chosen else theme.FAINT,
                "width": 3 if name == chosen else 1.5,
            },
            customdata=[(escaped(name), f"{t:.3f}") for t in curve["threshold"]],
            hovertemplate="%{customdata[0]}, threshold %{customdata[1]}: precision "
            "%{y:.3f}, recall %{x:.3f}<extra></extra>",
        )
    if mark is not None:
        theme.mark_point(figure, mark[:1], mark[1:], "threshold")
    figure.update_xaxes(
        title_text="recall", range=[-0.02, 1.03], **theme.percent_axis()
    )
    figure.update_yaxes(
        title_text="precision", range=[-0.02, 1.05], **theme.percent_axis()
    )
    return figure
