"""What logit adjustment would do, at the τ of a slider, and the way to its cure."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.adjusted import load_tau_metrics, load_taus
from dashboard.widgets.charts import count_columns, show_heading, show_table
from dashboard.widgets.opening import show_cure_with
from dashboard.widgets.tau_slider import show_tau_slider
from dashboard.widgets.text import VERY_IMAGES, literal
from hirise.evaluation.named import metrics_table
from hirise.remedies.logit_adjustment import LogitAdjustment
from hirise.remedies.tau_look import TauLook
from hirise.remedies.tau_steps import STEP
from hirise.remedies.taus import TAUS
from hirise.runs import Run

_OF = "tau-of"
"""In the session: the run and split that the field τ belongs to."""


@st.fragment
def explore_tau(run: Run, split: str, shares: pd.DataFrame) -> None:
    """The slider with what it moves, its numbers, and the way to the cure.

    `shares` is that of the evaluation, for the training labels.
    """
    look = load_taus(run, split)
    if isinstance(look, str):
        st.subheader("What if rare classes were named more readily?", anchor=False)
        st.caption(literal(look))
        return
    show_heading(
        "What if rare classes were named more readily?",
        key="tau-steps",
        table=look.steps.table,
        columns=count_columns(["n_changed"]),
        help="Logit adjustment takes τ times the logarithm of its training share from "
        "the score of each class. 0 changes nothing, 1 makes all classes equally "
        "likely beforehand (Menon et al. 2021, arXiv:2007.07314).",
    )
    st.caption(_told(look))
    tau = _choose_tau(run, split, look)
    show_tau_slider(look, shares, tau)
    _show_numbers(run, split, look, tau)


def _told(look: TauLook) -> str:
    told = literal(look.told)
    if look.on_val:
        told += f" {VERY_IMAGES}"
    return told


def _choose_tau(run: Run, split: str, look: TauLook) -> float:
    """The field that holds τ, in the URL; it begins where val would put it."""
    first = look.chosen or 0.0
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


def _show_numbers(run: Run, split: str, look: TauLook, tau: float) -> None:
    """The tables at this τ, measured only while they are open."""
    box = st.expander(
        f"The numbers at τ = {tau:.2f}, with intervals",
        icon=":material/table:",
        key="tau-numbers",
        on_change="rerun",
    )
    if not box.open:
        return
    with box:
        if look.steps.has_truth:
            summary = load_tau_metrics(run, split, tau).dropna(subset=["value"])
            table = metrics_table(summary)
            show_heading("Metrics", key="tau-metrics", table=table, shown=True)
            show_table(table, key="tau-all", alt="Metrics at this τ with intervals")
        labels = look.steps.labels(tau)
        show_heading("Labels", key="tau-labels", table=labels, columns=_LABELS)
        confusion = look.steps.confusion(tau)
        show_heading("Confusion matrix", key="tau-confusion", table=confusion)


_LABELS = {
    "n_before": st.column_config.NumberColumn("named without τ", format="localized"),
    "n_after": st.column_config.NumberColumn("named at this τ", format="localized"),
}
