"""Which run is best? All runs, and folders that cannot be read."""

import streamlit as st

from dashboard.state import all_runs, chosen_run
from dashboard.widgets.charts import show_chart
from dashboard.widgets.comparison import compare_runs
from dashboard.widgets.run_actions import show_actions, show_disk
from dashboard.widgets.run_list import runs_table, show_runs
from dashboard.widgets.states import show_no_runs
from dashboard.widgets.text import literal
from hirise.figures.runs_comparison import runs_comparison_figure

found = all_runs()
table = runs_table(found.runs)
if table.empty:
    show_no_runs()
else:
    show_runs(table)
    show_actions(chosen_run())
show_disk(found.runs)
compare_runs(chosen_run(), found.runs)

measured = table[table["accuracy"].notna()].reset_index(drop=True)
if not measured.empty:
    show_chart(
        runs_comparison_figure(measured),
        key="runs-compared",
        title="Accuracy, macro-F1 and majority share",
        alt="Accuracy and macro-F1 of each run beside the share of its largest class",
        table=measured[["title", "split", "accuracy", "macro_f1", "majority_share"]],
    )
if found.problems:
    st.subheader("Folders that cannot be read", anchor=False)
    for problem in found.problems:
        st.warning(literal(problem), icon=":material/folder_off:")
