"""Which run is best? All runs, their scores, and a comparison."""

import streamlit as st

from dashboard.app_pages.runs.actions import show_actions, show_disk
from dashboard.app_pages.runs.list import (
    choose_shown,
    chosen_runs,
    runs_table,
    show_chosen,
    show_runs,
)
from dashboard.app_pages.runs.overlay import show_overlay, show_settings
from dashboard.app_pages.runs.pending import finish_summaries, quick_summaries
from dashboard.app_pages.runs.scores import show_run_scores
from dashboard.shared.comparison import compare_runs
from dashboard.shared.states import show_no_runs
from dashboard.shared.text import literal
from dashboard.state.loaders import all_runs, chosen_run

listed = all_runs()
runs, run = listed.runs, chosen_run()
summaries = quick_summaries(runs)
table = runs_table(runs, summaries)
if table.empty:
    show_no_runs()
else:
    show_runs(choose_shown(runs, table), len(table))
    show_chosen(chosen_runs(runs), run)
    show_actions(run)
show_disk(listed)
chosen = chosen_runs(runs)
is_compared = bool(st.session_state.get("baseline"))
if is_compared:
    compare_runs(run, runs)
if chosen:
    show_overlay(chosen, runs, summaries)
    show_settings(chosen)
show_run_scores(runs, summaries, run)
if not is_compared:
    compare_runs(run, runs)

if listed.problems:
    st.subheader("Folders that cannot be read", anchor=False)
    for problem in listed.problems:
        st.warning(literal(problem), icon=":material/folder_off:")
finish_summaries(runs, summaries)
