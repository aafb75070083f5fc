"""Charts over the epochs: the learning curves, and the spread of predicted labels."""

from __future__ import annotations

import pandas as pd

from hirise.figures.learning_curves import CURVES, best_epochs, learning_curve_figure
from hirise.figures.predicted_spread import predicted_spread_figure
from hirise.figures.references import guessing_in
from hirise.report.charts import Chart, make_chart
from hirise.report.tables import Table, count, make_table, named, rate, share
from hirise.runs import Run

MOST_SPREAD = 12
"""Classes that get a column in the table of the spread."""


def curve_charts(
    run: Run, history: pd.DataFrame
) -> tuple[tuple[Chart, ...], tuple[Table, ...]]:
    """A chart per metric that was recorded, and the best epoch by each."""
    guessing = guessing_in(run)
    charts = tuple(
        make_chart(
            learning_curve_figure(history, metric, references=guessing.get(metric)),
            key=f"curve-{metric.replace('_', '-')}",
            title=title,
            alt=f"{title} of training and validation over the epochs",
            table=_curve_table(history, metric, title),
            wide=False,
        )
        for metric, title in CURVES.items()
        if _recorded(history, metric)
    )
    best = best_epochs(history) if charts else pd.DataFrame()
    if best.empty:
        return charts, ()
    columns = [
        named("Metric", "metric"),
        count("Epoch", "epoch"),
        rate("Validation value", "value"),
    ]
    return charts, (make_table(best, columns, caption="Best epoch by each metric"),)


def _recorded(history: pd.DataFrame, metric: str) -> list[str]:
    return [
        column
        for column in (metric, f"val_{metric}")
        if column in history and history[column].notna().any()
    ]


def _curve_table(history: pd.DataFrame, metric: str, title: str) -> Table:
    words = {metric: "Training", f"val_{metric}": "Validation"}
    columns = [count("Epoch", "epoch")]
    columns += [rate(words[key], key) for key in _recorded(history, metric)]
    return make_table(history, columns, caption=f"{title} by epoch")


def spread_charts(counts: pd.DataFrame) -> tuple[Chart, ...]:
    """A chart per split whose predicted labels were counted, val first."""
    splits = sorted(set(counts["split"]), reverse=True) if len(counts) else []
    return tuple(
        _spread_chart(counts[counts["split"] == split], str(split), number)
        for number, split in enumerate(splits)
    )


def _spread_chart(counts: pd.DataFrame, split: str, number: int) -> Chart:
    return make_chart(
        predicted_spread_figure(counts),
        key=f"spread-{number}",
        title=f"Predicted labels of {split}",
        alt=f"Share of each class among the predicted labels of {split}, by epoch",
        table=_spread_table(counts),
        help="One colour that takes the whole bar is a collapse.",
    )


def _spread_table(counts: pd.DataFrame) -> Table:
    """An epoch per row and the most frequent classes across, as shares."""
    table = counts.pivot_table(
        index="epoch", columns="class_name", values="n", aggfunc="sum", fill_value=0
    )
    shares = table.div(table.sum(axis=1), axis=0)
    order = table.sum().sort_values(ascending=False, kind="stable").index
    kept = order[:MOST_SPREAD]
    numbers = shares[kept].set_axis(range(len(kept)), axis=1).reset_index()
    columns = [count("Epoch", "epoch")]
    columns += [share(str(name), place) for place, name in enumerate(kept)]
    left = len(order) - len(kept)
    more = f"; {left} rarer classes are left out" if left else ""
    return make_table(numbers, columns, caption=f"Share of each class by epoch{more}")
