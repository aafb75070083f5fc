"""How far a process is, by the last line that it printed."""

from __future__ import annotations

import re
from collections.abc import Sequence

import streamlit as st

from dashboard.widgets.text import literal

_DONE = re.compile(
    r"(?:Predicting|Looking|t-SNE): ([\d,]+) of ([\d,]+) (?:images|steps)"
)
"""What `hirise predict`, `hirise saliency` and `hirise map` print as they go."""


def show_how_far(lines: Sequence[str], *, before: str) -> None:
    """A bar with the last of `lines`; with `before` until there is one."""
    last = lines[-1] if lines else before
    found = _DONE.fullmatch(last)
    done, total = (int(n.replace(",", "")) for n in found.groups()) if found else (0, 1)
    st.progress(done / total, text=literal(last))
