"""A metric over the epochs, beside its baselines."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from hirise.figures import theme
from hirise.figures.theme import escaped, percent
from hirise.metrics import metrics
from hirise.metrics.titles import METRICS
from hirise.runs import Run

CURVES = {
    "loss": "Loss",
    **{
        key: METRICS[key].title for key in ("accuracy", "macro_f1", "balanced_accuracy")
    },
}
"""Metric keys of `history.csv` and their titles, in display order."""


def learning_curve_figure(
    history: pd.DataFrame,
    metric: str,
    *,
    baselines: Mapping[str, float] | None = None,
    at_least: int = 1,
) -> go.Figure:
    """One metric of training and validation over the epochs, its best epoch marked.

    Parameters
    ----------
    history : DataFrame
        `epoch`, and `metric` and `val_` + `metric` where they were recorded.
    metric : str
        A key of `CURVES`.
    baselines : mapping of str to float
        At most two horizontal lines by name, such as the majority-class baseline.
    at_least : int
        Epochs that the axis has room for, such as those still to come.

    Examples
    --------
    >>> history = pd.DataFrame(
    ...     {"epoch": [1, 2], "accuracy": [0.7, 0.8], "val_accuracy": [0.75, 0.7]}
    ... )
    >>> [trace.name for trace in learning_curve_figure(history, "accuracy").data]
    ['training', 'validation', 'best: epoch 1']
    """
    figure = theme.new_figure(290)
    for column, name, colour in (
        (metric, "training", theme.GREY),
        (f"val_{metric}", "validation", theme.BLUE),
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
    # The first is the majority-class baseline, which a collapsed model lies just below.
    corners = ("top right", "bottom left")
    for corner, (name, value) in zip(corners, (baselines or {}).items(), strict=False):
        text = percent(value) if as_percent else f"{value:.3f}"
        _draw_baseline(figure, value, f"{escaped(name)} {text}", corner)
    figure.update_xaxes(**theme.epoch_axis(len(history), at_least=at_least))
    figure.update_yaxes(rangemode="tozero" if metric == "loss" else "normal")
    if metric != "loss":
        figure.update_yaxes(range=[0, 1.04])
        figure.update_yaxes(
            **theme.percent_axis() if as_percent else {"tickformat": ".1f"}
        )
    return figure


def best_epochs(history: pd.DataFrame) -> pd.DataFrame:
    """The epoch that each metric would choose, by its validation value.

    Returns
    -------
    DataFrame
        `metric` (title), `epoch`, `value`; only metrics that were recorded.

    Examples
    --------
    >>> history = pd.DataFrame({"epoch": [1, 2], "val_loss": [0.7, 0.6]})
    >>> best_epochs(history).to_dict("records")
    [{'metric': 'Loss', 'epoch': 2, 'value': 0.6}]
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
                "color": theme.BLUE,
                "line": {"width": 2},
            },
            hovertemplate="best validation value: %{y:.3f}<extra></extra>",
        )


def _draw_baseline(figure: go.Figure, value: float, text: str, corner: str) -> None:
    figure.add_hline(
        y=value,
        line={"color": theme.FAINT, "width": 2, "dash": "dash"},
        annotation={
            "text": text,
            "font": {"size": 11, "color": theme.TEXT},
        },
        annotation_position=corner,
    )


def baseline_levels(
    training: pd.Series | None, validation: pd.Series | None
) -> dict[str, dict[str, float]]:
    """Scores that are reached without any pixel, by metric of `history.csv`.

    Parameters
    ----------
    training, validation : Series of int, optional
        Images of each class among the labels; validation defaults to training.

    Returns
    -------
    dict
        For each metric names and values of its baselines: the majority-class
        baseline, the chance agreement, the score of predicting one class for all
        images, and the entropy of the training frequencies in nats.

    Examples
    --------
    >>> baseline_levels(None, pd.Series([75, 25]))["accuracy"]
    {'majority-class baseline': 0.75, 'chance agreement': 0.625}
    """
    levels: dict[str, dict[str, float]] = {}
    if training is not None:
        entropy = metrics.entropy(training.to_numpy(dtype=float))
        levels["loss"] = {"entropy of class frequencies": entropy}
    counts = training if validation is None else validation
    if counts is not None and counts.sum() > 0:
        frequencies = counts / counts.sum()
        majority, n_classes = float(frequencies.max()), int((frequencies > 0).sum())
        levels["accuracy"] = {
            "majority-class baseline": majority,
            "chance agreement": float((frequencies**2).sum()),
        }
        # The class has precision `majority` and recall 1; all others have an F1 of 0.
        macro_f1 = 2 * majority / (1 + majority) / n_classes
        levels["macro_f1"] = {"majority-class baseline": macro_f1}
        levels["balanced_accuracy"] = {"majority-class baseline": 1 / n_classes}
    return levels


def run_baselines(run: Run) -> dict[str, dict[str, float]]:
    """`baseline_levels` of the labels that a run has seen; empty where unknown."""
    seen = run.labels_seen()
    if seen is None:
        return {}
    labels = seen.groupby("split")["label"]
    by_split = {name: rows.value_counts() for name, rows in labels}
    return baseline_levels(by_split.get("train"), by_split.get("val"))
