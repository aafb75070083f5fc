"""The split of the images that are trained on."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import streamlit as st

from dashboard.shared.dataset_form import Data
from dashboard.shared.text import literal
from dashboard.state import loaders
from hirise.data import Catalog, check_split_kind
from hirise.data.listing import SPLITS
from hirise.data.splits import FRACTIONS, KINDS
from hirise.errors import InputError
from hirise.mars.releases import SIMULATED_LAYOUT
from hirise.recipes import SIMULATED_SPLIT

FROM_FILE = "from a CSV file"

BEST_FIRST = ("observation", "landmark", "published", "random")
"""The split offered first: the one with the most honest score that is possible."""

WITHOUT_FRACTIONS = ("published", FROM_FILE)

NOTES_IN_FULL = 3


class ChosenSplit(NamedTuple):
    """A kind of split or a file; `fractions` are text, "" for the default ones."""

    split: str
    fractions: str


def choose_split(data: Data, catalog: Catalog, seed: int) -> ChosenSplit | None:
    """The split, among those that these images allow; None until it can be used."""
    chosen = _choose_kind(catalog)
    if chosen is None:
        return None
    try:
        result = loaders.load_splits(data, chosen.split, seed, chosen.fractions)
    except InputError as error:
        st.error(literal(error), icon=":material/error:")
        return None
    counts = result.split.value_counts()
    parts = [f"{counts[name]:,} {name}" for name in SPLITS if name in counts]
    st.markdown(f":material/check: {' · '.join(parts)} images")
    _show_notes(result.notes)
    return chosen


def _choose_kind(catalog: Catalog) -> ChosenSplit | None:
    """A kind of split or the path of a file, with why the other kinds are missing."""
    reasons = {str(kind): check_split_kind(catalog, kind) for kind in KINDS}
    possible = [kind for kind in BEST_FIRST if not reasons[kind]]
    simulated = catalog.layout == SIMULATED_LAYOUT
    with st.container(horizontal=True, gap="medium"):
        split = st.radio(
            "Split",
            [*possible, FROM_FILE],
            index=possible.index(SIMULATED_SPLIT) if simulated else 0,
            horizontal=True,
            # A key per layout: a kept choice might not be among the kinds of another.
            key=f"sides-{catalog.layout}",
            bind="query-params",
            help="Observation and landmark keep images of one place in one split. A "
            "random split puts copies of one landmark into several, and scores too "
            "high. Published is the one that came with the images.",
        )
        fractions = "" if split in WITHOUT_FRACTIONS else _choose_fractions()
    for kind, reason in reasons.items():
        if reason is not None:
            st.caption(f"Not possible here: {kind}. {literal(str(reason))}")
    if split != FROM_FILE:
        return ChosenSplit(str(split), fractions)
    text = st.text_input(
        "CSV file of image and split",
        key="sides-file",
        bind="query-params",
        help="Columns `image` and `split`; values train, val and test.",
    )
    if not text:
        return None
    return ChosenSplit(str(Path(text.strip()).expanduser().absolute()), "")


def _choose_fractions() -> str:
    """The fractions as `--fractions` takes them; "" for the default ones."""
    default = ", ".join(f"{fraction:.2f}" for fraction in FRACTIONS)
    text = st.text_input(
        "Fractions of train, val and test",
        default,
        key="fractions",
        bind="query-params",
        width=240,
        help="Three numbers that sum to 1, with commas between. Whole landmarks or "
        "observations are assigned, so counts differ a little where a class is rare.",
    )
    text = (text or "").replace(" ", "")
    return "" if text == default.replace(" ", "") else text


def _show_notes(notes: tuple[str, ...]) -> None:
    if len(notes) <= NOTES_IN_FULL:
        for note in notes:
            st.caption(literal(note))
        return
    with st.expander(f"{len(notes)} notes on this split", icon=":material/info:"):
        for note in notes:
            st.caption(literal(note))
