"""Verdicts that are not kept yet: made a few at a time, while the list is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.state.loaders import load_summaries
from hirise.actions.summary import RunSummary
from hirise.errors import Refusal
from hirise.runs import Run

AT_FIRST, LATER = 0.5, 3.0
"""Seconds for verdicts before the list is shown, and after it."""


def quick_summaries(runs: Sequence[Run]) -> dict[str, RunSummary | Refusal]:
    """Those that are kept or quickly made; a line says how many are missing."""
    summaries = load_summaries(runs, seconds=AT_FIRST)
    n = len(_ids(runs))
    if len(summaries) < n:
        st.progress(
            len(summaries) / n,
            f"Evaluating the runs: {len(summaries):,} of {n:,}. The verdicts are kept "
            "for the next visit.",
        )
    return summaries


def finish_summaries(
    runs: Sequence[Run], summaries: Mapping[str, RunSummary | Refusal]
) -> None:
    """Make some of the others, and show the list again."""
    if len(summaries) < len(_ids(runs)):
        load_summaries(runs, seconds=LATER)
        st.rerun()


def _ids(runs: Sequence[Run]) -> set[str]:
    # A folder that was copied has the id of the other.
    return {run.info.id for run in runs}
