"""Can the images and labels be trusted? Counts, labels, copies and files."""

import streamlit as st

from dashboard.app_pages.data.copies import show_duplicates, show_leakage
from dashboard.app_pages.data.files import show_counts, show_files, show_layout
from dashboard.app_pages.data.labels import show_labels, show_suspects
from dashboard.app_pages.data.status import show_status
from dashboard.shared.states import need_run
from dashboard.state.loaders import chosen_split, load_check

run = need_run()
split = chosen_split(run)
checked = load_check(run, split)
evidence, diagnosis = checked.evidence, checked.diagnosis

show_status(diagnosis)

st.header("Counts", anchor="counts")
show_layout(run)
show_counts(evidence, diagnosis)

st.header("Labels", anchor="labels")
show_labels(run, checked)

st.header("Leakage", anchor="leakage")
show_leakage(run, evidence, diagnosis)

st.header("Duplicates", anchor="duplicates")
show_duplicates(run, evidence, diagnosis)

st.header("Suspected label errors", anchor="suspected-labels")
show_suspects(evidence, diagnosis)

st.header("Files", anchor="files")
show_files(run, evidence, diagnosis)
