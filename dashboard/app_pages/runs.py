"""Which run is best? All runs, and folders that cannot be read."""

import streamlit as st

from dashboard.state import all_runs, chosen_run
from dashboard.widgets.comparison import compare_runs
from dashboard.widgets.run_actions import show_actions, show_disk
from dashboard.widgets.run_list import runs_table, show_runs
from dashboard.widgets.run_scores import show_run_scores
from dashboard.widgets.states import show_no_runs
from dashboard.widgets.text import literal

found = all_runs()
table = runs_table(found.runs)
if table.empty:
    show_no_runs()
else:
    show_runs(table)
    show_actions(chosen_run())
show_disk(found.runs)
show_run_scores(found.runs, chosen_run())
compare_runs(chosen_run(), found.runs)

if found.problems:
    st.subheader("Folders that cannot be read", anchor=False)
    for problem in found.problems:
        st.warning(literal(problem), icon=":material/folder_off:")
