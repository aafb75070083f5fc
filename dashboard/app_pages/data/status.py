"""The status of each part of the data, in one row of links to the parts."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from dashboard.app_pages.data import copies, files, labels
from hirise.diagnosis import Diagnosis

PARTS = {
    "Counts": ("counts", files.COUNT_CODES),
    "Labels": ("labels", labels.LABEL_CODES),
    "Leakage": ("leakage", copies.LEAKAGE_CODES),
    "Duplicates": ("duplicates", copies.DUPLICATE_CODES),
    "Suspected labels": ("suspected-labels", labels.SUSPECT_CODES),
    "Files": ("files", files.FILE_CODES),
}
"""Anchor and checks of each part, in the order of the page."""

STATES = {
    "error": ":red[:material/error: **error**]",
    "warning": ":orange[:material/warning: **warning**]",
    "note": ":gray[:material/info: note]",
    "passed": ":gray[:material/check: nothing found]",
    "unknown": ":gray[:material/help: not known]",
}


def show_status(diagnosis: Diagnosis) -> None:
    """A card per part: its worst severity, "nothing found" or "not known"."""
    with st.grid(len(PARTS), min_column_width=140, gap="small"):
        for title, (anchor, codes) in PARTS.items():
            with st.container(border=True, height="stretch", gap="xxsmall"):
                st.markdown(f"[{title}](#{anchor})")
                st.markdown(f":small[{STATES[state_of(diagnosis, codes)]}]")


def state_of(diagnosis: Diagnosis, codes: Collection[str]) -> str:
    """A key of `STATES`: the worst severity, else whether any check was applicable."""
    # Findings come with the worst first.
    for finding in diagnosis.findings:
        if finding.code in codes:
            return finding.severity
    return "passed" if set(codes) & set(diagnosis.passed) else "unknown"
