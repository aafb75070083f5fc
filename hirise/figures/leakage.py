"""How many evaluation images share something with training, and the scores on them."""

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

PARTS = {
    "copy": "with a copy",
    "no_copy": "without a copy",
    "known_observation": "known observations",
    "new_observation": "new observations",
    "observation_alone": "by rote: observation",
    "one_class": "by rote: one class",
}
"""What is scored, by its key; the last two label without a look at any image."""

BASELINES = ("observation_alone", "one_class")

METRICS = (
    ("accuracy", "accuracy", GREY, "diamond", -0.14),
    ("macro_f1", "macro-F1", BLUE, "circle", 0.14),
)


def leaked_scores_figure(table: pd.DataFrame) -> go.Figure:
    """A row per part of the images; a gap between the first two rows is the leak.

    Parameters
    ----------
    table : DataFrame
        Columns `part`, `n_images`, `metric`, `value`, `low` and `high`, as
        `score_table` gives them.
    """
    sizes = table.drop_duplicates("part").set_index("part")["n_images"]
    places = {part: place for place, part in enumerate(sizes.index)}
    figure = new_figure(100 + 44 * max(len(places), 1))
    for metric, name, colour, symbol, offset in METRICS:
        rows = table[table["metric"] == metric]
        figure.add_scatter(
            x=rows["value"],
            y=[places[part] + offset for part in rows["part"]],
            name=name,
            mode="markers",
            marker={"size": 10, "color": colour, "symbol": symbol},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": rows["high"] - rows["value"],
                "arrayminus": rows["value"] - rows["low"],
                "color": colour,
                "thickness": 1.5,
                "width": 3,
            },
            customdata=[PARTS[part] for part in rows["part"]],
            hovertemplate=f"%{{customdata}}: {name} %{{x:.3f}}<extra></extra>",
        )
    _part_baselines(figure, list(places))
    names = [f"{PARTS[str(part)]} ({n:,})" for part, n in sizes.items()]
    figure.update_yaxes(**name_axis(names, width=44, down=True))
    figure.update_xaxes(range=[-0.02, 1.02], **percent_axis((0, 0.5, 1)))
    return figure


def _part_baselines(figure: go.Figure, parts: list[str]) -> None:
    """A line between what the model says and what needs no pixel."""
    by_rote = [place for place, part in enumerate(parts) if part in BASELINES]
    if by_rote and by_rote[0] > 0:
        line = {"color": GREY, "width": 1, "dash": "dot"}
        figure.add_hline(y=by_rote[0] - 0.5, line=line)


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
