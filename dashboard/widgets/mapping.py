"""The process that makes a t-SNE map: offered, watched and stopped."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.widgets.how_far import show_how_far
from dashboard.widgets.states import EVERY
from dashboard.widgets.text import literal
from hirise.errors import InputError
from hirise.jobs.mapping import look_map, map_log, start_map, stop_map
from hirise.runs import Run


def offer_map(run: Run, split: str) -> None:
    """A button that starts it, while there is no such map; else how far it is."""
    artifacts = state.artifacts_folder()
    job = look_map(artifacts, run, split)
    with st.container(border=True):
        if job is not None and job.state == "running":
            _watch(run, split)
            if st.button("Stop", icon=":material/stop_circle:", key="stop-map"):
                stop_map(artifacts)
                st.rerun()
            return
        st.markdown(
            "There is no t-SNE map of these images yet. It keeps the neighbours of "
            "each image together better than PCA, and takes from seconds for a "
            "thousand images to many minutes for a hundred thousand."
        )
        if job is not None and job.state == "failed":
            st.error(literal(job.error), icon=":material/error:")
        if run.is_example:
            st.caption("Nothing is written into an example that ships with hirise.")
        elif st.button(
            "Make it", type="primary", icon=":material/play_arrow:", key="make-map"
        ):
            try:
                start_map(artifacts, run, split)
            except InputError as error:
                st.error(literal(error), icon=":material/error:")
            else:
                st.rerun()


@st.fragment(run_every=EVERY)
def _watch(run: Run, split: str) -> None:
    job = look_map(state.artifacts_folder(), run, split)
    if job is None or job.state != "running":
        st.rerun()
    show_how_far(map_log(state.artifacts_folder()), before="Starting")
