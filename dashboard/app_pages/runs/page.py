"""Which run is best? All runs, their scores, and a comparison."""

import streamlit as st

from dashboard.app_pages.runs.actions import show_actions, show_disk
from dashboard.app_pages.runs.list import runs_table, show_run_scores, show_runs
from dashboard.shared.comparison import compare_runs
from dashboard.shared.states import show_no_runs
from dashboard.shared.text import literal
from dashboard.state.loaders import all_runs, chosen_run

listed = all_runs()
table = runs_table(listed.runs)
if table.empty:
    show_no_runs()
else:
    show_runs(table)
    show_actions(chosen_run())
show_disk(listed)
show_run_scores(listed.runs, chosen_run())
compare_runs(chosen_run(), listed.runs)

if listed.problems:
    st.subheader("Folders that cannot be read", anchor=False)
    for problem in listed.problems:
        st.warning(literal(problem), icon=":material/folder_off:")
