"""Scores on evaluation images with and without a copy in training."""

import pandas as pd
import plotly.graph_objects as go

from hirise.figures import theme

PARTS = {
    "copy": "with a copy",
    "no_copy": "without a copy",
    "known_observation": "known observations",
    "new_observation": "new observations",
    "observation_alone": "pixel-free: observation",
    "one_class": "majority-class baseline",
}
"""What is scored, by its key; the last two predict without any pixel."""

BASELINES = ("observation_alone", "one_class")

METRICS = (
    ("accuracy", "accuracy", theme.GREY, "diamond", -0.14),
    ("macro_f1", "macro-F1", theme.BLUE, "circle", 0.14),
)


def leaked_scores_figure(table: pd.DataFrame) -> go.Figure:
    """A row per part of the images; a gap between the first two rows is the leak.

    Parameters
    ----------
    table : DataFrame
        Columns `part`, `n_images`, `metric`, `value`, `low` and `high`, as
        `LeakageEvidence.score_table` gives them.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {
    ...         "part": ["copy", "no_copy"],
    ...         "n_images": [60, 1_440],
    ...         "metric": "accuracy",
    ...         "value": [0.99, 0.8],
    ...         "low": [0.97, 0.78],
    ...         "high": [1.0, 0.82],
    ...     }
    ... )
    >>> list(leaked_scores_figure(table).layout.yaxis.ticktext)
    ['with a copy (60)', 'without a copy (1,440)']
    """
    sizes = table.drop_duplicates("part").set_index("part")["n_images"]
    places = {part: place for place, part in enumerate(sizes.index)}
    figure = theme.new_figure(100 + 44 * max(len(places), 1))
    for metric, name, colour, symbol, offset in METRICS:
        rows = table[table["metric"] == metric]
        figure.add_scatter(
            x=rows["value"],
            y=[places[part] + offset for part in rows["part"]],
            name=name,
            mode="markers",
            marker={"size": 10, "color": colour, "symbol": symbol},
            error_x=theme.whiskers(rows, "value", "low", "high", colour=colour),
            customdata=[PARTS[part] for part in rows["part"]],
            hovertemplate=f"%{{customdata}}: {name} %{{x:.3f}}<extra></extra>",
        )
    baselines = [place for part, place in places.items() if part in BASELINES]
    if baselines and baselines[0] > 0:
        line = {"color": theme.GREY, "width": 1, "dash": "dot"}
        figure.add_hline(y=baselines[0] - 0.5, line=line)
    names = [f"{PARTS[str(part)]} ({n:,})" for part, n in sizes.items()]
    figure.update_yaxes(**theme.name_axis(names, width=44, down=True))
    figure.update_xaxes(range=[-0.02, 1.02], **theme.percent_axis((0, 0.5, 1)))
    return figure
