"""Did it learn? Metrics by epoch, and the predicted labels of each epoch."""

import streamlit as st

from dashboard.app_pages.learning_curves.others import choose_others
from dashboard.shared.charts import show_heading, show_table
from dashboard.shared.curves import (
    choose_predicted_classes,
    choose_scale,
    show_learning_curves,
)
from dashboard.shared.states import explain, need_run
from dashboard.shared.verdict import show_findings
from dashboard.state.loaders import chosen_split, load_baselines, load_diagnosis
from hirise.diagnosis.checks import codes_of
from hirise.figures.learning_curves import best_epochs

run = need_run()
history = run.history()
room = 4 if run.info.status == "training" else 1
baselines = load_baselines(run)

if history.empty and run.info.status == "training":
    explain(
        "The first epoch is still running",
        "The curves begin after it. This page refreshes automatically.",
        icon=":material/hourglass_top:",
    )
elif history.empty:
    explain(
        "No history",
        "This run has no training history. Load a history on "
        "*Load*, or train a new run on *Train*.",
    )

if not history.empty:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        scale = choose_scale("curve")
        others = choose_others(run)
    with st.grid(2, min_column_width=340, gap="medium"):
        show_learning_curves(
            history,
            baselines,
            key="curve",
            at_least=room,
            scale=scale,
            others=others,
        )

choose_predicted_classes(run.predicted_counts(), at_least=room)

best = best_epochs(history)
if not best.empty:
    show_heading("Best epoch by each metric", key="best-epochs", table=best, shown=True)
    show_table(best, key="best", alt="Best epoch by each metric")
show_findings(
    load_diagnosis(run, chosen_split(run)),
    codes=(*codes_of("curves"), *codes_of("network")),
)
