"""Train a network from the browser, and watch it learn or collapse."""

import streamlit as st

from dashboard.app_pages.train.form import show_form
from dashboard.shared.training import show_ended, show_training, show_waiting
from dashboard.state.loaders import artifacts_folder
from hirise.jobs import poll

jobs = poll(artifacts_folder())

if jobs.running is not None:
    show_training(jobs.running)
elif jobs.ended is not None:
    show_ended(jobs.ended)
if jobs.waiting is not None:
    show_waiting(jobs.waiting)

if jobs.running is not None or jobs.waiting is not None:
    with st.expander("Another training", icon=":material/playlist_add:"):
        show_form(jobs)
else:
    if jobs.ended is not None:
        st.header("Another training", anchor=False)
    show_form(jobs)
