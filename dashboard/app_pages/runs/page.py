"""Which run is best? All runs, and folders that cannot be read."""

import streamlit as st

from dashboard.app_pages.runs.actions import show_actions, show_disk
from dashboard.app_pages.runs.list import runs_table, show_run_scores, show_runs
from dashboard.shared.comparison import compare_runs
from dashboard.shared.states import show_no_runs
from dashboard.shared.text import literal
from dashboard.state.loaders import all_runs, chosen_run

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
