"""The slider of τ, drawn in the browser: it moves what it changes without a rerun."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from hirise.figures.folding import fold_ids
from hirise.remedies.tau_look import TauLook
from hirise.remedies.tau_steps import STEP

KEY = "tau-slider"
"""Name of the component in the session."""

MOST_CLASSES = 40
"""Classes that are drawn by name; the rest become one row."""

TITLES = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "macro_f1": "Macro-F1",
}


def _file(kind: str) -> str:
    return Path(__file__).with_suffix(f".{kind}").read_text(encoding="utf-8")


_slider = st.components.v2.component(
    "tau_slider", html=_file("html"), css=_file("css"), js=_file("js")
)


def show_tau_slider(look: TauLook, shares: pd.DataFrame, tau: float) -> None:
    """Draw the slider at `tau`; what it is moved to becomes the field `tau`."""
    told = st.session_state.get(KEY, {})
    _slider(
        key=KEY,
        data={**_drawn(look, shares), "tau": tau, "heard": told.get("tau")},
        on_tau_change=_take,
    )


def _take() -> None:
    st.session_state["tau"] = float(st.session_state[KEY]["tau"])


def _drawn(look: TauLook, shares: pd.DataFrame) -> dict[str, Any]:
    """What the browser needs to draw every τ: counts and the moves between them."""
    steps = look.steps
    start = steps.start.to_numpy()
    n_images = int(start.sum())
    largest = np.maximum(start.sum(axis=0), start.sum(axis=1))
    names, row_of = fold_ids(steps.start.index, largest, at_most=MOST_CLASSES)
    n = len(names)
    moves = steps.moves.assign(
        **{key: row_of[steps.moves[key]] for key in ("true", "before", "after")}
    )
    moves = moves.groupby(["step", "true", "before", "after"], as_index=False).sum()
    folded = np.zeros((n, n), dtype=int)
    np.add.at(folded, (row_of[:, None], row_of[None, :]), start)
    training = shares["training_share"]
    by_row = np.bincount(row_of, training.fillna(0), minlength=n)
    return {
        "names": names,
        "start": folded.tolist(),
        "moves": moves.to_numpy().tolist(),
        "images": n_images,
        "true": (folded.sum(axis=1) / n_images).tolist() if steps.has_truth else None,
        "before": (folded.sum(axis=0) / n_images).tolist(),
        "training": by_row.tolist() if training.notna().any() else None,
        "changed": steps.table["n_changed"].tolist(),
        "metrics": [
            {"title": title, "values": steps.table[key].tolist()}
            for key, title in TITLES.items()
            if steps.has_truth
        ],
        "chosen": look.chosen,
        "step": STEP,
        "corner": "true ↓ predicted →" if steps.has_truth else "before ↓ after →",
    }
