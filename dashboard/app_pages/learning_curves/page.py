"""Did it learn? Metrics over the epochs, and the spread of its answers."""

import streamlit as st

from dashboard.shared.charts import show_chart, show_heading, show_spread, show_table
from dashboard.shared.states import explain, need_run
from dashboard.shared.verdict import show_findings
from dashboard.state.loaders import chosen_split, load_diagnosis, load_guessing
from hirise.figures.learning_curves import CURVES, best_epochs, learning_curve_figure

run = need_run()
history = run.history()
room = 4 if run.info.status == "training" else 1
guessing = load_guessing(run)

if history.empty and run.info.status == "training":
    explain(
        "The first epoch is not over yet",
        "The curves begin when it is; this page looks again by itself.",
        icon=":material/hourglass_top:",
    )
elif history.empty:
    explain(
        "No history",
        "This run was not recorded epoch by epoch. Give `hirise import` a history "
        "file with `--history`, or train here.",
    )

if not history.empty:
    with st.grid(2, min_column_width=340, gap="medium"):
        for metric, title in CURVES.items():
            with st.container(gap="xsmall"):
                show_chart(
                    learning_curve_figure(
                        history,
                        metric,
                        baselines=guessing.get(metric),
                        at_least=room,
                    ),
                    key=f"curve-{metric}",
                    title=title,
                    alt=f"{title} of training and validation over the epochs",
                    table=history[["epoch", metric, f"val_{metric}"]],
                )

show_spread(run.predicted_counts(), at_least=room)

best = best_epochs(history)
if not best.empty:
    show_heading("Best epoch by each metric", key="best-epochs", table=best, shown=True)
    show_table(best, key="best", alt="Best epoch by each metric")
show_findings(
    load_diagnosis(run, chosen_split(run)).findings,
    codes=("HR401", "HR402", "HR403", "HR404", "HR405", "HR406", "HR407"),
)
