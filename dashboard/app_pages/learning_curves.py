"""Did it learn? Metrics over the epochs, and the spread of its answers."""

import streamlit as st

from dashboard.state import chosen_split, load_diagnosis, load_guessing
from dashboard.widgets.charts import show_chart, show_heading, show_table
from dashboard.widgets.states import explain, need_run
from dashboard.widgets.verdict import show_findings
from hirise.figures.learning_curves import CURVES, best_epochs, learning_curve_figure
from hirise.figures.predicted_spread import predicted_spread_figure

run = need_run()
history, counts = run.history(), run.predicted_counts()
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
                        history, metric, references=guessing.get(metric)
                    ),
                    key=f"curve-{metric}",
                    title=title,
                    alt=f"{title} of training and validation over the epochs",
                    table=history[["epoch", metric, f"val_{metric}"]],
                )

splits = list(dict.fromkeys(counts["split"]))
if splits:
    shown = splits[-1]
    if len(splits) > 1:
        shown = st.segmented_control(
            "Predicted labels of",
            splits,
            default=splits[-1],
            required=True,
            key="spread",
            bind="query-params",
        )
    chosen = counts[counts["split"] == shown].reset_index(drop=True)
    show_chart(
        predicted_spread_figure(chosen),
        key="predicted-spread",
        title="Predicted labels, epoch by epoch",
        alt="Share of each class among the predicted labels of every epoch",
        table=chosen,
        help="One colour that takes the whole bar is a collapse.",
    )

best = best_epochs(history)
if not best.empty:
    show_heading("Best epoch by each metric", key="best-epochs", table=best, shown=True)
    show_table(best, key="best", alt="Best epoch by each metric")
show_findings(
    load_diagnosis(run, chosen_split(run)).findings,
    codes=("HR401", "HR402", "HR403", "HR404", "HR405", "HR406", "HR407"),
)
