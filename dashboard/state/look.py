"""Thresholds and accepted findings that are tried on a page, for this look alone."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from hirise.actions.check import found_configuration
from hirise.diagnosis.configuration import Configuration

THRESHOLDS, IGNORED = "look-thresholds", "look-ignored"
"""In the session: value by (code, name), and reason by code."""
FIELD = "look-field-"
"""Before the keys of the fields that change them."""


def is_changed() -> bool:
    """Whether anything is tried."""
    return bool(st.session_state.get(THRESHOLDS) or st.session_state.get(IGNORED))


def forget() -> None:
    """Show everything as it is again."""
    st.session_state.pop(THRESHOLDS, None)
    st.session_state.pop(IGNORED, None)
    for key in [key for key in st.session_state if str(key).startswith(FIELD)]:
        del st.session_state[key]


def set_threshold(code: str, name: str, value: float | None) -> None:
    """Try a threshold; None for what it is without."""
    tried = dict(st.session_state.get(THRESHOLDS, {}))
    tried.pop((code, name), None)
    if value is not None:
        tried[code, name] = value
    st.session_state[THRESHOLDS] = tried


def set_reason(code: str, reason: str) -> None:
    """Accept the finding of a check; without a reason it is not accepted."""
    accepted = dict(st.session_state.get(IGNORED, {}))
    accepted.pop(code, None)
    if reason.strip():
        accepted[code] = reason.strip()
    st.session_state[IGNORED] = accepted


def configuration() -> Configuration:
    """That of `hirise.toml`, with what is tried."""
    known = found_configuration() or Configuration()
    thresholds = {(code, name): value for code, name, value in known.thresholds}
    thresholds |= st.session_state.get(THRESHOLDS, {})
    reasons = known.reasons | st.session_state.get(IGNORED, {})
    return replace(
        known,
        ignore=tuple(sorted(reasons.items())),
        thresholds=tuple((*key, value) for key, value in sorted(thresholds.items())),
    )


def tried() -> Configuration | None:
    """`configuration` where anything is tried."""
    return configuration() if is_changed() else None
