"""Agreement of labels with their images, beside that of shuffled labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from hirise.figures import theme
from hirise.figures.theme import shortened

TESTS = {
    "catalog": "the catalog's label",
    "siblings": "copies of one landmark",
    "neighbours": "similar images",
    "numbers": "predictions (kappa)",
}
"""What the labels are compared with, by the name of the test."""

REFERENCES = (
    ("shuffled", "with shuffled labels", "line-ns-open", 14),
    ("right", "with the correct labels", "circle-open", 13),
)
"""Column, name, symbol and size of what the labels are compared with."""

ANSWERS = (
    ("belong", "labels belong to their images", theme.BLUE),
    ("foreign", "labels belong to other images", theme.LOUD),
    ("unsure", "labels inconclusive", theme.GREY),
)
"""Outcome of a test, its name and colour."""


def label_agreement_figure(table: pd.DataFrame) -> go.Figure:
    """A row per test: shuffled labels, correct labels and the labels of the run.

    Parameters
    ----------
    table : DataFrame
        Columns `split`, `source`, `test`, `n`, `observed`, `shuffled`, `right`, `z`
        and `answer`, as `alignment_table` gives them, of tests that could be made.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {
    ...         "split": ["val"],
    ...         "source": ["labels_seen"],
    ...         "test": ["siblings"],
    ...         "n": [120],
    ...         "observed": [0.62],
    ...         "shuffled": [0.60],
    ...         "right": [1.0],
    ...         "z": [0.4],
    ...         "answer": ["foreign"],
    ...     }
    ... )
    >>> [trace.name for trace in label_agreement_figure(table).data if trace.name]
    ['with shuffled labels', 'with the correct labels', 'labels belong to other images']
    """
    figure = theme.new_figure(110 + 40 * max(len(table), 1))
    _add_spans(figure, table)
    hovers = [_hover(row) for _, row in table.iterrows()]
    for column, name, symbol, size in REFERENCES:
        line = {"width": 2, "color": theme.GREY}
        figure.add_scatter(
            x=table[column],
            y=list(range(len(table))),
            name=name,
            mode="markers",
            marker={"symbol": symbol, "size": size, "color": theme.GREY, "line": line},
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
                text=[_z_text(table["z"].iloc[row]) for row in rows],
                textposition="top center",
                textfont={"size": 11},
                customdata=[hovers[row] for row in rows],
                hovertemplate="%{customdata}<extra></extra>",
            )
    figure.update_yaxes(**theme.name_axis(_names(table), width=44, down=True))
    least = min(0.0, float(table["observed"].min())) if len(table) else 0.0
    figure.update_xaxes(range=[least - 0.03, 1.04], **theme.percent_axis())
    return figure


def _names(table: pd.DataFrame) -> list[str]:
    """What each row compares; and which labels, where the model saw others."""
    given = set(table.loc[table["source"] == "labels_seen", "split"])
    evaluated = (table["source"] == "predictions") & table["split"].isin(given)
    return [
        f"{split}{' (evaluated)' if other else ''}: {TESTS[test]}"
        for split, other, test in zip(
            table["split"], evaluated, table["test"], strict=True
        )
    ]


def _add_spans(figure: go.Figure, table: pd.DataFrame) -> None:
    """A faint line from the agreement of shuffled labels to that of correct ones."""
    far = table["right"].fillna(table["observed"])
    ends = zip(table["shuffled"], far, range(len(table)), strict=True)
    x, y = [], []
    for start, end, place in ends:
        # A None breaks the line, so that one trace holds all spans.
        x += [start, end, None]
        y += [place, place, None]
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": theme.FAINT, "width": 6},
        hoverinfo="skip",
        showlegend=False,
    )


def _z_text(z: float) -> str:
    """How far from shuffled labels; a fraction alone does not tell that."""
    return f"z {z:.1f}" if np.isfinite(z) else ""


def _hover(row: pd.Series) -> str:
    """The numbers of a row in words; a kappa is no fraction."""
    form = ".2f" if row["test"] == "numbers" else ".1%"
    text = (
        f"{shortened(row['split'])}, {TESTS[row['test']]}: {row['observed']:{form}} "
        f"of {row['n']:,}, with shuffled labels {row['shuffled']:{form}}"
    )
    return ", ".join(filter(None, (text, _z_text(row["z"]))))
