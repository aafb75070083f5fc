"""The way from a number to the images that it counts."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.widgets.image_filters import link_parameters

IMAGES = Path(__file__).parents[1] / "app_pages" / "images.py"


def link_images(true: str = "", predicted: str = "", *, label: str = "") -> None:
    """A link to the images of a true class, of a predicted one, or of both."""
    kept = {
        key: st.query_params[key] for key in ("run", "split") if key in st.query_params
    }
    st.page_link(
        IMAGES,
        label=label or "All of them, to be sorted and looked at",
        icon=":material/photo_library:",
        query_params={**kept, **link_parameters(true, predicted)},
    )
