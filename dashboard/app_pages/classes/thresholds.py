"""Precision and recall of a class at a threshold."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.shared.charts import show_heading
from dashboard.shared.text import literal
from dashboard.state.loaders import load_thresholds
from hirise.evaluation import Evaluation
from hirise.runs import Run


def ranked_classes(evaluation: Evaluation) -> list[str]:
    """Classes with a probability and true images, so that a threshold can be tried."""
    if not evaluation.has_proba:
        return []
    return [str(name) for name, n in evaluation.per_class["support"].items() if n]


def explore_threshold(
    run: Run, split: str, names: Sequence[str]
) -> tuple[str, tuple[float, float]]:
    """Choose a class and a threshold; returns the class, its recall and precision."""
    name = str(st.selectbox("Class", names, key="threshold-class", bind="query-params"))
    threshold = st.number_input(
        "Threshold on its probability",
        min_value=0.0,
        max_value=1.0,
        value=0.5,
        step=0.01,
        key="threshold",
        bind="query-params",
    )
    table = load_thresholds(run, split, name)
    # Rounded, as 0.29 * 100 is 28.999999999999996.
    row = table.iloc[round(threshold * 100)]
    with st.container(horizontal=True):
        st.metric("Precision", _rate(row["precision"]), width="content")
        st.metric("Recall", _rate(row["recall"]), width="content")
    st.caption(
        f"{row['n_called']:,.0f} images would be predicted as {literal(name)}, "
        f"{row['n_hits']:,.0f} of them correctly, whatever the other probabilities."
    )
    show_heading("All thresholds", key="thresholds", table=table)
    return name, (float(row["recall"]), float(row["precision"]))


def _rate(value: float) -> str:
    # NaN is the only number that differs from itself.
    return f"{value:.3f}" if value == value else "–"
