"""Can these images and labels be trusted? Counts, labels, copies and files."""

import streamlit as st

from dashboard.state import chosen_split, load_diagnosis, load_evidence
from dashboard.widgets.data_counts import show_counts
from dashboard.widgets.data_labels import show_labels
from dashboard.widgets.states import need_run

run = need_run()
split = chosen_split(run)
evidence = load_evidence(run, split)
diagnosis = load_diagnosis(run, split)

st.header("Counts", anchor="counts")
show_counts(evidence, diagnosis)

st.header("Labels", anchor="labels")
show_labels(run, evidence, diagnosis)
