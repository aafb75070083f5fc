"""The effect of logit adjustment at the τ of a slider, and a button to its cure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.shared.charts import count_columns, show_heading, show_table
from dashboard.shared.navigation import show_cure_with
from dashboard.shared.terms import terms_in
from dashboard.shared.text import OPTIMISTIC, literal
from dashboard.state.adjusted import load_tau_metrics, load_taus
from hirise.errors import Refusal
from hirise.evaluation import metrics_table
from hirise.figures.theme import fold_ids
from hirise.metrics.titles import METRICS
from hirise.remedies.logit_adjustment import LogitAdjustment, TauChoice
from hirise.remedies.tau import STEP, TAUS
from hirise.runs import Run

KEY = "tau-slider"
"""Name of the component in the session."""

_OF = "tau-of"
"""In the session: the run and split that the field τ belongs to."""

TITLE = "Effect of logit adjustment"

MOST_CLASSES = 40
"""Classes that are drawn by name; the rest become one row."""

MOST_IN_MATRIX = 100
"""Classes whose confusion matrix is offered as a table: it has a column for each."""

TITLES = {
    key: METRICS[key].title for key in ("accuracy", "balanced_accuracy", "macro_f1")
}


_LABELS = {
    "n_before": st.column_config.NumberColumn(
        "predicted without τ", format="localized"
    ),
    "n_after": st.column_config.NumberColumn("at this τ", format="localized"),
}


def _file(kind: str) -> str:
    return Path(__file__).with_name(f"tau_slider.{kind}").read_text(encoding="utf-8")


_slider = st.components.v2.component(
    "tau_slider", html=_file("html"), css=_file("css"), js=_file("js")
)


def show_tau_slider(effect: TauChoice, frequencies: pd.DataFrame, tau: float) -> None:
    """Draw the slider at `tau`; moving it changes the field `tau`."""
    state = st.session_state.get(KEY, {})
    _slider(
        key=KEY,
        data={**_drawn(effect, frequencies), "tau": tau, "received": state.get("tau")},
        on_tau_change=_take,
    )


def _take() -> None:
    st.session_state["tau"] = float(st.session_state[KEY]["tau"])


def _drawn(effect: TauChoice, frequencies: pd.DataFrame) -> dict[str, Any]:
    """What the browser needs to draw every τ: counts and the moves between them."""
    steps = effect.steps
    start = steps.start.to_numpy()
    n_images = int(start.sum())
    largest = np.maximum(start.sum(axis=0), start.sum(axis=1))
    names, row_of = fold_ids(steps.start.index, largest, at_most=MOST_CLASSES)
    n = len(names)
    moves = steps.moves.assign(
        **{key: row_of[steps.moves[key]] for key in ("true", "before", "after")}
    )
    moves = moves.groupby(["step", "true", "before", "after"], as_index=False).sum()
    folded = np.zeros((n, n), dtype=int)
    np.add.at(folded, (row_of[:, None], row_of[None, :]), start)
    training = frequencies["training_share"]
    by_row = np.bincount(row_of, training.fillna(0), minlength=n)
    return {
        "names": names,
        "start": folded.tolist(),
        "moves": moves.to_numpy().tolist(),
        "images": n_images,
        "true": (folded.sum(axis=1) / n_images).tolist() if steps.has_truth else None,
        "before": (folded.sum(axis=0) / n_images).tolist(),
        "training": by_row.tolist() if training.notna().any() else None,
        "changed": steps.table["n_changed"].tolist(),
        "metrics": [
            {"title": title, "values": steps.table[key].tolist()}
            for key, title in TITLES.items()
            if steps.has_truth
        ],
        "chosen": effect.chosen,
        "step": STEP,
        "corner": "true ↓ predicted →" if steps.has_truth else "before ↓ after →",
    }


@st.fragment
def explore_tau(run: Run, split: str, frequencies: pd.DataFrame) -> None:
    """The slider with its effect in numbers, and the button to the cure.

    `frequencies` is `Evaluation.shares`, for the training labels.
    """
    effect = load_taus(run, split)
    if isinstance(effect, Refusal):
        st.subheader(TITLE, anchor=False)
        st.caption(literal(effect))
        return
    show_heading(
        TITLE,
        key="tau-steps",
        table=effect.steps.table,
        columns=count_columns(["n_changed"]),
        help="Logit adjustment lets the model predict rare classes more often. It "
        "subtracts τ times the logarithm of its training frequency from the score of "
        "each class: 0 is no change, 1 gives all classes the same prior (Menon et al. "
        "2021, arXiv:2007.07314).",
    )
    optimistic = f" {OPTIMISTIC}" if effect.on_val else ""
    st.caption(
        f"{literal(effect.sentence)}{optimistic}", help=terms_in(effect.sentence)
    )
    tau = _choose_tau(run, split, effect)
    show_tau_slider(effect, frequencies, tau)
    _show_numbers(run, split, effect, tau)


def _choose_tau(run: Run, split: str, effect: TauChoice) -> float:
    """The field that holds τ, in the URL; it begins at the τ chosen on val."""
    first = effect.chosen or 0.0
    shown = (run.info.id, split)
    if st.session_state.get(_OF, shown) != shown:
        st.session_state["tau"] = first
    st.session_state[_OF] = shown
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        tau = st.number_input(
            "τ",
            0.0,
            float(TAUS[-1]),
            first,
            STEP,
            key="tau",
            bind="query-params",
            width=160,
        )
        pressed = show_cure_with(LogitAdjustment.key, "Cure with this τ", "tau")
    if pressed:
        st.rerun()
    return float(tau)


def _show_numbers(run: Run, split: str, effect: TauChoice, tau: float) -> None:
    """The tables at this τ, computed only while they are open."""
    box = st.expander(
        f"Numbers at τ = {tau:.2f}, with CIs",
        icon=":material/table:",
        key="tau-numbers",
        on_change="rerun",
    )
    if not box.open:
        return
    with box:
        if effect.steps.has_truth:
            summary = load_tau_metrics(run, split, tau).dropna(subset=["value"])
            table = metrics_table(summary)
            show_heading("Metrics", key="tau-metrics", table=table, shown=True)
            show_table(table, key="tau-all", alt="Metrics at this τ with 95% CIs")
        labels = effect.steps.labels(tau)
        show_heading("Labels", key="tau-labels", table=labels, columns=_LABELS)
        if len(labels) <= MOST_IN_MATRIX:
            confusion = effect.steps.confusion(tau)
            show_heading("Confusion matrix", key="tau-confusion", table=confusion)
