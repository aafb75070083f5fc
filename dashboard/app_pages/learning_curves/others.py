"""Other runs whose curves lie behind those of the chosen one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from dashboard.shared.curves import TICKED
from dashboard.state.loaders import all_runs
from hirise.figures.learning_curves import CURVES
from hirise.figures.overlaid_curves import Curve, curve_of, run_colours
from hirise.runs import Run

KEY = "curve-others"

MOST = 12
"""Runs that can be drawn behind one."""


def choose_others(run: Run) -> dict[str, list[Curve]]:
    """The validation curves of the other runs that are chosen, by metric."""
    runs = {one.info.id: one for one in all_runs().runs}
    options = [name for name in runs if name != run.info.id]
    if not options:
        return {}
    labels = _labels([runs[name] for name in options])
    ticked = st.session_state.get(TICKED, ())[:MOST]
    kept = st.session_state.get(KEY, ticked)
    # One of them may have been chosen in the sidebar meanwhile, or be gone.
    st.session_state[KEY] = [name for name in kept if name in labels]
    chosen = st.multiselect(
        "Other runs",
        options,
        format_func=labels.__getitem__,
        max_selections=MOST,
        select_all=False,
        key=KEY,
        placeholder="none",
        width=340,
        help="Their validation curves are drawn as faint lines. At first these are the "
        "runs that are ticked on *Runs*.",
    )
    colours = run_colours(list(runs))
    histories = {name: runs[name].history() for name in chosen}
    curves = {
        metric: [
            Curve(
                runs[name].info.title,
                curve_of(history, f"val_{metric}"),
                colours[name],
            )
            for name, history in histories.items()
        ]
        for metric in CURVES
    }
    return {
        metric: [curve for curve in of_metric if len(curve.table)]
        for metric, of_metric in curves.items()
    }


def _labels(runs: Sequence[Run]) -> dict[str, str]:
    """A title for each run; with its id where several have the same one."""
    n = Counter(run.info.title for run in runs)
    return {
        run.info.id: run.info.title
        if n[run.info.title] == 1
        else f"{run.info.title} ({run.info.id})"
        for run in runs
    }
