"""Calibration and coverage of the confidence, and a threshold for each class."""

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
from dashboard.shared.recipe_form import choose_confidence
from dashboard.shared.terms import terms_in
from dashboard.shared.text import OPTIMISTIC, literal
from dashboard.state.adjusted import load_threshold_rates, thresholds_take_long
from hirise.diagnosis.wording import interval, percent
from hirise.errors import Refusal
from hirise.figures.coverage import coverage_figure
from hirise.figures.reliability import reliability_figure, reliability_table
from hirise.remedies.confidence import Abstention, Calibrated
from hirise.remedies.thresholds import RATES, Thresholds
from hirise.runs import Run

TITLE = "Class thresholds chosen on val"
HELP = (
    "The remedy multiplies each class's probability by a factor before the argmax, "
    "chosen for the best macro-F1 on val. A factor of 1 changes nothing."
)


def show_reliability(calibrated: Calibrated) -> None:
    """The diagram and the calibration error, before and after the temperature."""
    after = None if calibrated.after is None else calibrated.after.reliability
    table = reliability_table(calibrated.before.reliability, after)
    show_chart(
        reliability_figure(table),
        key="reliability",
        title="Reliability diagram",
        alt="Reliability diagram: accuracy against confidence, uncalibrated and after "
        "temperature scaling",
        table=table,
        columns=count_columns(["n_images"]) | rate_columns(["confidence"]),
        help="At a confidence of 80%, 80% of the predictions should be correct: the "
        "line then follows the diagonal. Above it the model is underconfident, below "
        "it overconfident.",
    )
    with st.grid(3, min_column_width=190, gap="small"):
        _show_error("Calibration error, uncalibrated", calibrated.before.ece)
        if calibrated.after is not None and calibrated.temperature is not None:
            _show_error("Calibration error, temperature-scaled", calibrated.after.ece)
            _show("Temperature", f"{calibrated.temperature:.3g}", "1 is no change")
    text = literal(calibrated.sentence)
    st.caption(
        f"{text} {OPTIMISTIC}" if calibrated.on_val and calibrated.after else text,
        help=terms_in(calibrated.sentence),
    )


def explore_coverage(calibrated: Calibrated) -> None:
    """Accuracy against coverage, at the least confidence of a field."""
    show_heading(
        "Accuracy against coverage",
        key="coverage",
        table=calibrated.coverage,
        columns=rate_columns(calibrated.coverage.columns)
        | count_columns(["n_answered", "n_right"]),
        help="If the model abstains on images of low confidence, the accuracy of the "
        "rest rises. NASA shows its users only predictions with a calibrated "
        "confidence of at least 0.9. The dotted line is the accuracy of all images.",
    )
    # Above the field, though it marks what the field says.
    chart = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        least = choose_confidence(width=260)
        show_cure_with(
            Abstention.key, "Cure by abstaining below this confidence", "confidence"
        )
    chart.plotly_chart(
        coverage_figure(calibrated.coverage, at=least),
        key="chart-coverage",
        alt="Accuracy of the answers against the fraction of images answered",
        config=CHART_OPTIONS,
    )
    _show_point(calibrated, calibrated.at(least))


def _show_point(calibrated: Calibrated, row: pd.Series) -> None:
    """Coverage and accuracy at the chosen confidence, with counts and intervals."""
    with st.grid(2, min_column_width=240, gap="small"):
        answered = f"{row['n_answered']:,.0f} of {calibrated.n_images:,} images"
        _show_rate("Answered", row, "coverage", answered)
        correct = f"{row['n_right']:,.0f} of {row['n_answered']:,.0f} answers"
        _show_rate("Accuracy of the answers", row, "accuracy", correct)
    if calibrated.temperature is None:
        st.caption("The confidence is uncalibrated, since no temperature was fitted.")


def _show_rate(label: str, row: pd.Series, key: str, counted: str) -> None:
    value, low, high = (row[name] for name in (key, f"{key}_low", f"{key}_high"))
    bounds = f", {interval(low, high)}" if low == low else ""
    _show(label, percent(value) if value == value else "–", f"{counted}{bounds}")


def _show_error(label: str, bounds: tuple[float, float, float]) -> None:
    value, low, high = bounds
    text = f"95% CI {low:.3f}–{high:.3f}" if low == low else "no interval"
    _show(label, f"{value:.3f}", text)


def _show(label: str, value: str, below: str) -> None:
    st.metric(label, value, below, border=True, delta_color="off", delta_arrow="off")


def show_class_thresholds(run: Run, split: str) -> None:
    """The table, at once where choosing is quick, else on demand."""
    if thresholds_take_long(run, split) and not _is_requested():
        return
    rates = load_threshold_rates(run, split)
    if isinstance(rates, Refusal):
        st.subheader(TITLE, anchor=False)
        st.caption(literal(rates))
        return
    columns = {
        "factor": st.column_config.NumberColumn("factor", format="%.2f"),
        **{
            f"{rate}_before": st.column_config.NumberColumn(
                f"{rate} now", format="%.3f"
            )
            for rate in RATES
        },
        **{
            rate: st.column_config.NumberColumn(f"{rate} with it", format="%.3f")
            for rate in RATES
        },
    }
    show_heading(
        TITLE, key="class-thresholds", table=rates.table, shown=True, help=HELP
    )
    show_table(
        rates.table,
        key="class-thresholds-table",
        alt="Factor of each class, with its precision and recall now and with it",
        columns=columns,
    )
    optimistic = f" {OPTIMISTIC}" if rates.on_val else ""
    st.caption(literal(rates.sentence) + optimistic, help=terms_in(rates.sentence))
    show_cure_with(Thresholds.key, "Cure with these thresholds")


def _is_requested() -> bool:
    """A switch, in the URL: with many classes and images it takes a while."""
    st.subheader(TITLE, anchor=False, help=HELP)
    return st.toggle(
        "Choose the thresholds, which takes a while for this many images",
        key="choose-thresholds",
        bind="query-params",
    )
