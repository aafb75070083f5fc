"""Can these images and labels be trusted? Counts, labels, copies and files."""

import streamlit as st

from dashboard.state import chosen_split, load_diagnosis, load_evidence
from dashboard.widgets.data_counts import show_counts
from dashboard.widgets.data_duplicates import show_duplicates
from dashboard.widgets.data_files import show_files
from dashboard.widgets.data_labels import show_labels
from dashboard.widgets.data_leakage import show_leakage
from dashboard.widgets.data_status import show_status
from dashboard.widgets.data_suspects import show_suspects
from dashboard.widgets.states import need_run

run = need_run()
split = chosen_split(run)
evidence = load_evidence(run, split)
diagnosis = load_diagnosis(run, split)

show_status(diagnosis)

st.header("Counts", anchor="counts")
show_counts(evidence, diagnosis)

st.header("Do the labels belong to their images?", anchor="labels")
show_labels(run, evidence, diagnosis)

st.header("Has training seen what is judged?", anchor="leakage")
show_leakage(run, evidence, diagnosis)

st.header("Duplicates", anchor="duplicates")
show_duplicates(run, evidence, diagnosis)

st.header("Suspected label errors", anchor="suspected-labels")
show_suspects(evidence, diagnosis)

st.header("Files", anchor="files")
show_files(run, evidence, diagnosis)
