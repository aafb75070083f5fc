"""Which images train, validate and test."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import streamlit as st

from dashboard import state
from dashboard.widgets.dataset_form import Data
from dashboard.widgets.text import literal
from hirise.dataset import Catalog, why_not
from hirise.dataset.layout import SIMULATED_LAYOUT
from hirise.dataset.sides import SIDES
from hirise.dataset.splits import FRACTIONS, KINDS
from hirise.errors import InputError
from hirise.recipes import SIMULATED_SPLIT

FROM_FILE = "from a CSV file"

BEST_FIRST = ("observation", "landmark", "published", "random")
"""The split offered first: the one with the most honest score that is possible."""

WITHOUT_FRACTIONS = ("published", FROM_FILE)

NOTES_IN_FULL = 3


class Sides(NamedTuple):
    """A split as a request names it; `fractions` is "" for the usual ones."""

    split: str
    fractions: str


def choose_sides(data: Data, catalog: Catalog, seed: int) -> Sides | None:
    """The split, among those that these images allow; None until it can be used."""
    sides = _choose_split(catalog)
    if sides is None:
        return None
    try:
        found = state.load_sides(data, sides.split, seed, sides.fractions)
    except InputError as error:
        st.error(literal(error), icon=":material/error:")
        return None
    counts = found.split.value_counts()
    parts = [f"{counts[side]:,} {side}" for side in SIDES if side in counts]
    st.markdown(f":material/check: {' · '.join(parts)} images")
    _show_notes(found.notes)
    return sides


def _choose_split(catalog: Catalog) -> Sides | None:
    """A kind of split or the path of a file, with why the other kinds are missing."""
    reasons = {str(kind): why_not(catalog, kind) for kind in KINDS}
    possible = [kind for kind in BEST_FIRST if not reasons[kind]]
    simulated = catalog.layout == SIMULATED_LAYOUT
    with st.container(horizontal=True, gap="medium"):
        split = st.radio(
            "Split",
            [*possible, FROM_FILE],
            index=possible.index(SIMULATED_SPLIT) if simulated else 0,
            horizontal=True,
            key=f"sides-{catalog.layout}",
            bind="query-params",
            help="Observation and landmark keep images of one place on one side. A "
            "random split lets copies of one landmark stand on both, and scores too "
            "high. Published is the one that came with the images.",
        )
        fractions = "" if split in WITHOUT_FRACTIONS else _choose_fractions()
    for kind, reason in reasons.items():
        if reason:
            st.caption(f"Not possible here: {kind} ({literal(reason)}).")
    if split != FROM_FILE:
        return Sides(str(split), fractions)
    text = st.text_input(
        "CSV file of image and split",
        key="sides-file",
        bind="query-params",
        help="Columns `image` and `split`; values train, val and test.",
    )
    return Sides(str(Path(text.strip()).expanduser().absolute()), "") if text else None


def _choose_fractions() -> str:
    """The shares as `--fractions` takes them; "" for the usual ones."""
    usual = ", ".join(f"{share:.2f}" for share in FRACTIONS)
    text = st.text_input(
        "Shares of train, val and test",
        usual,
        key="fractions",
        bind="query-params",
        width=240,
        help="Three numbers that sum to 1, with commas between. Where a class is rare, "
        "whole landmarks or observations are shared out, so counts differ a little.",
    )
    text = (text or "").replace(" ", "")
    return "" if text == usual.replace(" ", "") else text


def _show_notes(notes: tuple[str, ...]) -> None:
    if len(notes) <= NOTES_IN_FULL:
        for note in notes:
            st.caption(literal(note))
        return
    with st.expander(f"{len(notes)} notes on this split", icon=":material/info:"):
        for note in notes:
            st.caption(literal(note))
