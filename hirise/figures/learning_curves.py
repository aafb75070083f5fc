"""A metric over the epochs, beside its baselines."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from hirise.figures import theme
from hirise.figures.overlaid_curves import Curve, add_faint, smoothed
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


SERIES = (
    ("{}", "training", theme.GREY, "solid"),
    ("val_{}", "validation", theme.BLUE, "solid"),
    ("inference_{}", "training, inference mode", theme.GREY, "dash"),
    ("val_inference_{}", "validation, inference mode", theme.BLUE, "dash"),
)
"""Columns of a history by metric, their names, and how they are drawn."""

SAME = 1e-6
"""Two modes that differ by less everywhere are one line."""


def learning_curve_figure(
    history: pd.DataFrame,
    metric: str,
    *,
    baselines: Mapping[str, float] | None = None,
    at_least: int = 1,
    smoothing: float = 0.0,
    log: bool = False,
    others: Sequence[Curve] = (),
) -> go.Figure:
    """One metric of training and validation over the epochs, its best epoch marked.

    Where inference mode was measured beside the mode of the framework's log, and
    differs from it, it is dashed.

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
    smoothing : float in [0, 1)
        Weight of earlier epochs; the values themselves are then faint.
    log : bool
        Whether the axis is logarithmic.
    others : sequence of Curve
        The same metric of other runs on validation, as faint lines.

    Examples
    --------
    >>> history = pd.DataFrame(
    ...     {"epoch": [1, 2], "accuracy": [0.7, 0.8], "val_accuracy": [0.75, 0.7]}
    ... )
    >>> [trace.name for trace in learning_curve_figure(history, "accuracy").data]
    ['training', 'validation', 'best: epoch 1']
    """
    figure = theme.new_figure(290)
    for curve in others:
        _add_other(figure, curve)
    for column, name, colour, dash in SERIES:
        if _is_shown(history, column.format(metric)):
            values = history[column.format(metric)]
            _add_series(figure, history["epoch"], values, name, colour, dash, smoothing)
    _mark_best(figure, history, metric)
    as_percent = metric.endswith("accuracy")
    # The first is the majority-class baseline, which a collapsed model lies just below.
    corners = ("top right", "bottom left")
    for corner, (name, value) in zip(corners, (baselines or {}).items(), strict=False):
        text = percent(value) if as_percent else f"{value:.3f}"
        _draw_baseline(figure, value, f"{escaped(name)} {text}", corner, log=log)
    longest = max([len(history), *(len(curve.table) for curve in others)])
    figure.update_xaxes(**theme.epoch_axis(longest, at_least=at_least))
    figure.update_yaxes(**_value_axis(metric, log=log))
    return figure


def _is_shown(history: pd.DataFrame, column: str) -> bool:
    """Whether a column has values, those of inference mode also values of their own."""
    if column not in history or not history[column].notna().any():
        return False
    logged = column.replace("inference_", "")
    if logged == column or logged not in history:
        return True
    gap = (history[column] - history[logged]).abs()
    return not bool((gap < SAME).all())


def _add_series(
    figure: go.Figure,
    epochs: pd.Series,
    values: pd.Series,
    name: str,
    colour: str,
    dash: str,
    smoothing: float,
) -> None:
    if smoothing > 0:
        add_faint(figure, epochs, values, colour)
    figure.add_scatter(
        x=epochs,
        y=smoothed(values, smoothing),
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 2, "dash": dash},
        marker={"size": 5},
        hovertemplate=f"{name}, epoch %{{x}}: %{{y:.3f}}<extra></extra>",
    )


def _add_other(figure: go.Figure, curve: Curve) -> None:
    """Another run: faint, so that this one stays in front."""
    figure.add_scatter(
        x=curve.table["epoch"],
        y=curve.table["value"],
        name=theme.shortened(curve.title, 28),
        mode="lines" if len(curve.table) > 1 else "markers",
        line={"color": curve.colour, "width": 1.5},
        opacity=0.45,
        hovertemplate=f"{escaped(curve.title)}, validation, epoch %{{x}}: %{{y:.3f}}"
        "<extra></extra>",
    )


def _value_axis(metric: str, *, log: bool) -> dict[str, Any]:
    as_percent = metric.endswith("accuracy")
    if log:
        return {"type": "log", "tickformat": ".3~p" if as_percent else None}
    if metric == "loss":
        return {"rangemode": "tozero"}
    ticks = theme.percent_axis() if as_percent else {"tickformat": ".1f"}
    return {"range": [0, 1.04], **ticks}


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


def _draw_baseline(
    figure: go.Figure, value: float, text: str, corner: str, *, log: bool
) -> None:
    if log and value <= 0:
        return
    annotation: dict[str, Any] = {
        "text": text,
        "font": {"size": 11, "color": theme.TEXT},
    }
    if log:
        # A line is placed by its value, a text on such an axis by the logarithm.
        annotation["y"] = math.log10(value)
    figure.add_hline(
        y=value,
        line={"color": theme.FAINT, "width": 2, "dash": "dash"},
        annotation=annotation,
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
