"""Do labels belong to their images? Their agreement beside that of shuffled labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hirise.figures.theme import (
    BLUE,
    FAINT,
    GREY,
    LOUD,
    name_axis,
    new_figure,
    percent_axis,
    shortened,
)

TESTS = {
    "catalog": "the catalog's label",
    "siblings": "copies of one landmark",
    "neighbours": "images that look alike",
    "numbers": "predictions (kappa)",
}
"""What the labels are compared with, by the name of the test."""

ANSWERS = (
    ("belong", "these labels: of their images", BLUE),
    ("foreign", "these labels: of other images", LOUD),
    ("unsure", "these labels: cannot tell", GREY),
)
"""What a test says, in words and colour."""


def label_agreement_figure(table: pd.DataFrame) -> go.Figure:
    """A row per test: shuffled labels, right labels and those that were seen.

    Parameters
    ----------
    table : DataFrame
        Columns `split`, `source`, `test`, `n`, `observed`, `shuffled`, `right`, `z`
        and `answer`, as `alignment_table` gives them, of tests that could be made.
    """
    places = list(range(len(table)))
    figure = new_figure(110 + 40 * max(len(table), 1))
    _add_spans(figure, table)
    hovers = [_hover(row) for _, row in table.iterrows()]
    marks = (
        ("shuffled", "shuffled labels would give", "line-ns-open", GREY, 14),
        ("right", "right labels would give", "circle-open", GREY, 13),
    )
    for column, name, symbol, colour, size in marks:
        figure.add_scatter(
            x=table[column],
            y=places,
            name=name,
            mode="markers",
            marker={
                "symbol": symbol,
                "size": size,
                "color": colour,
                "line": {"width": 2, "color": colour},
            },
            hoverinfo="skip",
        )
    for answer, name, colour in ANSWERS:
        rows = np.flatnonzero(table["answer"] == answer)
        if len(rows):
            figure.add_scatter(
                x=table["observed"].iloc[rows],
                y=rows,
                name=name,
                mode="markers+text",
                marker={"size": 12, "color": colour},
                text=[_written(table["z"].iloc[row]) for row in rows],
                textposition="top center",
                textfont={"size": 11},
                customdata=[hovers[row] for row in rows],
                hovertemplate="%{customdata}<extra></extra>",
            )
    figure.update_yaxes(**name_axis(_names(table), width=44, down=True))
    least = min(0.0, float(table["observed"].min())) if len(table) else 0.0
    figure.update_xaxes(range=[least - 0.03, 1.04], **percent_axis())
    return figure


def _names(table: pd.DataFrame) -> list[str]:
    """What each row compares; where the model was judged by other labels, that too."""
    given = set(table.loc[table["source"] == "labels_seen", "split"])
    judged = (table["source"] == "predictions") & table["split"].isin(given)
    return [
        f"{split}{' (judged by)' if other else ''}: {TESTS[test]}"
        for split, other, test in zip(
            table["split"], judged, table["test"], strict=True
        )
    ]


def _add_spans(figure: go.Figure, table: pd.DataFrame) -> None:
    """A faint line from what shuffled labels would give to what right ones would."""
    far = table["right"].fillna(table["observed"])
    ends = zip(table["shuffled"], far, range(len(table)), strict=True)
    x, y = [], []
    for start, end, place in ends:
        x += [start, end, None]
        y += [place, place, None]
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": FAINT, "width": 6},
        hoverinfo="skip",
        showlegend=False,
    )


def _written(z: float) -> str:
    """How far from shuffled labels; a share alone does not tell that."""
    return f"z {z:.1f}" if np.isfinite(z) else ""


def _hover(row: pd.Series) -> str:
    """The numbers of a row in words; a kappa is no share."""
    form = ".2f" if row["test"] == "numbers" else ".1%"
    text = (
        f"{shortened(row['split'])}, {TESTS[row['test']]}: {row['observed']:{form}} "
        f"of {row['n']:,}; shuffled labels {row['shuffled']:{form}}"
    )
    return "; ".join(filter(None, (text, _written(row["z"]))))
