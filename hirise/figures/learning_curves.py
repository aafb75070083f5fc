"""A metric over the epochs, beside its baselines or by two sets of labels."""

from collections.abc import Mapping
from itertools import pairwise

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
from hirise.metrics import metrics
from hirise.runs import Run

CURVES = {
    "loss": "Loss",
    "accuracy": "Accuracy",
    "macro_f1": "Macro-F1",
    "balanced_accuracy": "Balanced accuracy",
}
"""Metric keys of `history.csv` and their titles, in display order."""


def learning_curve_figure(
    history: pd.DataFrame,
    metric: str,
    *,
    references: Mapping[str, float] | None = None,
    at_least: int = 1,
) -> go.Figure:
    """One metric of training and validation over the epochs, its best epoch marked.

    Parameters
    ----------
    history : DataFrame
        `epoch`, and `metric` and `val_` + `metric` where they were recorded.
    metric : str
        A key of `CURVES`.
    references : mapping of str to float
        At most two horizontal lines by name, such as the majority share.
    at_least : int
        Epochs that the axis has room for, such as those still to come.
    """
    figure = new_figure(290)
    for column, name, colour in (
        (metric, "training", GREY),
        (f"val_{metric}", "validation", BLUE),
    ):
        if column in history and history[column].notna().any():
            figure.add_scatter(
                x=history["epoch"],
                y=history[column],
                name=name,
                mode="lines+markers",
                line={"color": colour, "width": 2},
                marker={"size": 5},
                hovertemplate=f"{name}, epoch %{{x}}: %{{y:.3f}}<extra></extra>",
            )
    _mark_best(figure, history, metric)
    as_percent = metric.endswith("accuracy")
    corners = ("bottom right", "bottom left")
    for corner, (name, value) in zip(corners, (references or {}).items(), strict=False):
        text = percent(value) if as_percent else f"{value:.3f}"
        _draw_reference(figure, value, f"{escaped(name)} {text}", corner)
    figure.update_xaxes(**epoch_axis(len(history), at_least=at_least))
    figure.update_yaxes(rangemode="tozero" if metric == "loss" else "normal")
    if metric != "loss":
        figure.update_yaxes(range=[0, 1.04])
        figure.update_yaxes(**percent_axis() if as_percent else {"tickformat": ".1f"})
    return figure


def best_epochs(history: pd.DataFrame) -> pd.DataFrame:
    """The epoch that each metric would choose, by its validation value.

    Returns
    -------
    DataFrame
        `metric` (title), `epoch`, `value`; only metrics that were recorded.
    """
    rows = []
    for metric, title in CURVES.items():
        column = f"val_{metric}"
        if column in history and history[column].notna().any():
            best = history.sort_values(
                column, ascending=metric == "loss", kind="stable"
            )
            epoch, value = best[["epoch", column]].iloc[0]
            rows.append({"metric": title, "epoch": int(epoch), "value": value})
    return pd.DataFrame(rows, columns=["metric", "epoch", "value"])


def _mark_best(figure: go.Figure, history: pd.DataFrame, metric: str) -> None:
    best = best_epochs(history)
    for row in best[best["metric"] == CURVES[metric]].itertuples():
        figure.add_scatter(
            x=[row.epoch],
            y=[row.value],
            name=f"best: epoch {row.epoch}",
            mode="markers",
            marker={
                "symbol": "circle-open",
                "size": 14,
                "color": BLUE,
                "line": {"width": 2},
            },
            hovertemplate="best validation value: %{y:.3f}<extra></extra>",
        )


def _draw_reference(figure: go.Figure, value: float, text: str, corner: str) -> None:
    figure.add_hline(
        y=value,
        line={"color": FAINT, "width": 2, "dash": "dash"},
        annotation={
            "text": text,
            "font": {"size": 11, "color": TEXT},
        },
        annotation_position=corner,
    )


def guessing_levels(
    taught: pd.Series | None, judged: pd.Series | None
) -> dict[str, dict[str, float]]:
    """Scores that need no look at any image.

    Parameters
    ----------
    taught, judged : Series of int, optional
        Images of each class among the training labels, and among those that the
        curves are judged on (by default the training labels too).

    Returns
    -------
    dict
        For each metric of `history.csv`, names and values of its reference lines:
        the majority share, the chance agreement of guesses with the same shares, what
        always naming one class gives, and the entropy of the training shares in nats.
    """
    levels: dict[str, dict[str, float]] = {}
    if taught is not None:
        levels["loss"] = {
            "share entropy": metrics.entropy(taught.to_numpy(dtype=float))
        }
    counts = taught if judged is None else judged
    if counts is not None and counts.sum() > 0:
        shares = counts / counts.sum()
        majority, n_classes = float(shares.max()), int((shares > 0).sum())
        levels["accuracy"] = {
            "majority share": majority,
            "chance agreement": float((shares**2).sum()),
        }
        one = 2 * majority / (1 + majority) / n_classes
        levels["macro_f1"] = {"always one class": one}
        levels["balanced_accuracy"] = {"always one class": 1 / n_classes}
    return levels


def guessing_in(run: Run) -> dict[str, dict[str, float]]:
    """What guessing scores by the labels that a run has seen; empty if not known."""
    seen = run.labels_seen()
    if seen is None:
        return {}
    labels = seen.groupby("split")["label"]
    by_split = {name: rows.value_counts() for name, rows in labels}
    return guessing_levels(by_split.get("train"), by_split.get("val"))


RIGHT = CATEGORY_COLOURS[2]
CLOSE = 0.05
"""Values nearer than this would be written over each other."""

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
            mode="lines+markers+text",
            line={"color": colour, "width": 2},
            marker={"size": 6, "symbol": symbol},
            text=_last_only(history[column]),
            textfont={"size": 11, "color": colour},
            cliponaxis=False,
            customdata=[percent(value) for value in history[column]],
            hovertemplate=f"{name}, epoch %{{x}}: %{{customdata}}<extra></extra>",
        )
    if majority is not None:
        name, share = majority
        figure.add_scatter(
            x=[0.4, len(history) + 0.6],
            y=[share, share],
            name=f"always “{escaped(name)}” {percent(share)}",
            mode="lines",
            line={"color": GREY, "width": 1.5, "dash": "dash"},
            hoverinfo="skip",
        )
    ends = [history[row[0]].iloc[-1] for row in drawn if len(history)]
    for trace, place in zip(figure.data, _places(ends, majority), strict=False):
        trace.textposition = place
    lowest = min([LOWEST, *(history[row[0]].min() - 0.02 for row in known)])
    figure.update_xaxes(**epoch_axis(len(history)))
    figure.update_yaxes(range=[lowest, 1.02], **percent_axis())
    return figure


def _last_only(values: pd.Series) -> list[str]:
    """The last value in words, at its own point alone."""
    return [*[""] * (len(values) - 1), *(percent(v) for v in values.tail(1))]


def _places(ends: list[float], majority: tuple[str, float] | None) -> list[str]:
    """Where the last values are written: none over another, or over the line."""
    order = sorted(range(len(ends)), key=lambda i: ends[i])
    places = ["middle right"] * len(ends)
    for i, end in enumerate(ends):
        if majority is not None and abs(end - majority[1]) < CLOSE / 2:
            places[i] = "top right" if end > majority[1] else "bottom right"
    for low, high in pairwise(order):
        if ends[high] - ends[low] < CLOSE:
            places[low], places[high] = "bottom right", "top right"
    return places
