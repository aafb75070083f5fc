"""Confidence: its calibration, coverage, and a threshold for each class."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.shared.charts import (
    CHART_OPTIONS,
    count_columns,
    rate_columns,
    show_chart,
    show_heading,
    show_table,
)
from dashboard.shared.navigation import show_cure_with
from dashboard.shared.text import VERY_IMAGES, literal
from dashboard.state.adjusted import load_threshold_rates, thresholds_take_long
from hirise.diagnosis.wording import percent
from hirise.figures.coverage import coverage_figure
from hirise.figures.reliability import reliability_figure, reliability_table
from hirise.remedies.confidence import OPERATING_POINT, Abstention, Calibrated
from hirise.remedies.thresholds import RATES, Thresholds
from hirise.runs import Run


def show_reliability(found: Calibrated) -> None:
    """The diagram and the calibration error, before and after the temperature."""
    after = None if found.after is None else found.after.reliability
    sides = reliability_table(found.before.reliability, after)
    show_chart(
        reliability_figure(sides),
        key="reliability",
        title="Does confidence mean accuracy?",
        alt="Reliability diagram: accuracy against confidence, as it is and after "
        "temperature scaling",
        table=sides,
        columns=count_columns(["n_images"]) | rate_columns(["confidence"]),
        help="Of all images on which it is 80 % sure, 80 % should be right: then the "
        "line follows the diagonal. Above it, it is too modest; below, too sure.",
    )
    with st.grid(3, min_column_width=190, gap="small"):
        _show_error("Calibration error as it is", found.before.ece)
        if found.after is not None and found.temperature is not None:
            _show_error("With the temperature", found.after.ece)
            _show("Temperature", f"{found.temperature:.3g}", "1 changes nothing")
    told = literal(found.told)
    st.caption(f"{told} {VERY_IMAGES}" if found.on_val and found.after else told)


def explore_coverage(found: Calibrated) -> None:
    """Accuracy against coverage, with a point that the field `confidence` moves."""
    show_heading(
        "What could be answered, and how much of it would be right?",
        key="coverage",
        table=found.coverage,
        columns=rate_columns(found.coverage.columns)
        | count_columns(["n_answered", "n_right"]),
        help="NASA shows its users only answers with a calibrated confidence of 0.9 "
        "or more. The dotted line is the accuracy when all images are answered.",
    )
    matrix = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        least = st.number_input(
            "Least confidence that is answered",
            0.01,
            1.0,
            OPERATING_POINT,
            0.01,
            key="confidence",
            bind="query-params",
            width=260,
        )
        show_cure_with(Abstention.key, "Cure by not answering the rest", "confidence")
    matrix.plotly_chart(
        coverage_figure(found.coverage, at=least),
        key="chart-coverage",
        alt="Accuracy of the answers against the share of images that are answered",
        config=CHART_OPTIONS,
    )
    _show_point(found, found.at(least))


def _show_point(found: Calibrated, row: pd.Series) -> None:
    """Coverage and accuracy at the chosen confidence, with counts and intervals."""
    with st.grid(2, min_column_width=240, gap="small"):
        answered = f"{row['n_answered']:,.0f} of {found.n_images:,} images"
        _show_rate("Answered", row, "coverage", answered)
        right = f"{row['n_right']:,.0f} of {row['n_answered']:,.0f} answers"
        _show_rate("Right among the answers", row, "accuracy", right)
    if found.temperature is None:
        st.caption("The confidence is taken as it is, since no temperature is known.")


def _show_rate(label: str, row: pd.Series, key: str, counted: str) -> None:
    value, low, high = (row[name] for name in (key, f"{key}_low", f"{key}_high"))
    interval = f", 95 % from {percent(low)} to {percent(high)}" if low == low else ""
    _show(label, percent(value) if value == value else "–", f"{counted}{interval}")


def _show_error(label: str, bounds: tuple[float, float, float]) -> None:
    value, low, high = bounds
    interval = f"95 % from {low:.3f} to {high:.3f}" if low == low else "no interval"
    _show(label, f"{value:.3f}", interval)


def _show(label: str, value: str, below: str) -> None:
    st.metric(label, value, below, border=True, delta_color="off", delta_arrow="off")


TITLE = "Thresholds that val would choose, class by class"
HELP = (
    "The remedy moves each class's threshold to where macro-F1 on val is best. A "
    "factor of 2 counts the class's probability twice before the largest is named; 1 "
    "leaves it."
)


def show_class_thresholds(run: Run, split: str) -> None:
    """The table, at once where choosing is quick, else when it is asked for."""
    if thresholds_take_long(run, split) and not _asked():
        return
    found = load_threshold_rates(run, split)
    if isinstance(found, str):
        st.subheader(TITLE, anchor=False)
        st.caption(literal(found))
        return
    columns = {
        "factor": st.column_config.NumberColumn("counts times", format="%.2f"),
        **{
            f"{rate}_before": st.column_config.NumberColumn(
                f"{rate} now", format="%.3f"
            )
            for rate in RATES
        },
        **{
            rate: st.column_config.NumberColumn(f"{rate} there", format="%.3f")
            for rate in RATES
        },
    }
    show_heading(
        TITLE, key="class-thresholds", table=found.table, shown=True, help=HELP
    )
    show_table(
        found.table,
        key="class-thresholds-table",
        alt="Factor of each class, with its precision and recall now and there",
        columns=columns,
    )
    flatters = f" {VERY_IMAGES}" if found.on_val else ""
    st.caption(literal(found.told) + flatters)
    show_cure_with(Thresholds.key, "Cure with these thresholds")


def _asked() -> bool:
    """A switch, in the URL: so many classes and images take a while."""
    st.subheader(TITLE, anchor=False, help=HELP)
    return st.toggle(
        "Choose them; with so many images and classes it takes a while",
        key="choose-thresholds",
        bind="query-params",
    )
