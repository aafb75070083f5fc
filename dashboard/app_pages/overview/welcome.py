"""The first visit: what this is, and three ways in."""

from __future__ import annotations

import streamlit as st

from dashboard.shared.navigation import link_page, page_file
from dashboard.state import loaders

WAYS = {
    "story": ("Read the story (5 minutes)", ":material/auto_stories:"),
    "load": ("Load your predictions", ":material/upload_file:"),
    "train": ("Train in a minute", ":material/model_training:"),
}
"""Page -> the link to it."""


def show_welcome() -> None:
    """What this is, and where to begin; nothing once there is a run of one's own."""
    runs = loaders.all_runs().runs
    if any(not run.is_example for run in runs):
        return
    with st.container(border=True, gap="xsmall"):
        below = " Below is an example." if runs else ""
        st.markdown(
            "**The doctor for image classifiers that look fine and are not**: it says "
            "whether a classifier has collapsed, why, and what cures it." + below
        )
        with st.container(horizontal=True):
            for page, (label, icon) in WAYS.items():
                link_page(page_file(page), label, icon)
