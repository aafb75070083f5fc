"""The remedies as cards: those that the findings recommend, then all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.shared.documentation import offer_text
from dashboard.shared.text import literal
from hirise.diagnosis.wording import lowered
from hirise.remedies import REMEDIES
from hirise.remedies.suggestions import Preview, Suggestion
from hirise.remedies.training_remedies import TrainingRemedy
from hirise.remedies.weights import WeightsRemedy

GROUPS = {
    "nothing": ("No retraining", "seconds", ":material/bolt:"),
    "head": ("Retraining of the last layer", "minutes", ":material/layers:"),
    "training": ("Retraining", "a training", ":material/model_training:"),
    "labelling": ("Relabelling first", "a training", ":material/sell:"),
}
"""What a remedy requires -> heading, cost and icon."""

MOST_SHOWN = 4
"""Recommended remedies that are not folded away."""

MOST_NAMED = 3
"""Causes and findings that a card names."""


@dataclass(frozen=True)
class Card:
    """A remedy as people see it; `redo` is a key of `GROUPS`.

    `cost` is a badge instead of that of the group, `takes` says more about it.
    """

    key: str
    title: str
    redo: str
    effect: str
    source: str
    cost: str = ""
    takes: str = ""


def all_cards() -> dict[str, Card]:
    """Every remedy by its key, in the order in which it is shown."""
    return {
        remedy.key: Card(
            remedy.key,
            remedy.title,
            remedy.requires,
            remedy.effect,
            remedy.source,
            cost=remedy.cost if isinstance(remedy, WeightsRemedy) else "",
            takes=remedy.cost if isinstance(remedy, TrainingRemedy) else "",
        )
        for remedy in REMEDIES
    }


def choose_remedies(
    recommended: Sequence[Suggestion],
    cards: Mapping[str, Card],
    previews: Mapping[str, Preview],
) -> set[str]:
    """Keys of the remedies that are ticked; only those that work here are offered."""
    because = {suggestion.key: suggestion.because for suggestion in recommended}
    able = {key: card for key, card in cards.items() if _works(previews.get(key))}
    ticked = _choose_recommended(able, previews, because)
    others = [card for key, card in able.items() if key not in because]
    for redo, (heading, _, icon) in GROUPS.items():
        group = [card for card in others if card.redo == redo]
        if group:
            # Where nothing is recommended, what costs seconds is in sight.
            opened = redo == "nothing" and not because
            with _folded(f"{heading} ({len(group)})", redo, icon, group, opened):
                ticked |= _show_grid(group, previews, because)
    _show_impossible([key for key in cards if key not in able], cards, previews)
    by_hand = [key.replace("-", " ") for key in because if key not in cards]
    if by_hand:
        st.caption(
            f"Also recommended, but done by hand: {literal(', '.join(by_hand))}. "
            "Each finding on *Overview* says what to do."
        )
    return ticked


def tick_key(remedy: str) -> str:
    """Name of a remedy's check box in the session and in the URL."""
    return f"remedy-{remedy}"


def _choose_recommended(
    able: Mapping[str, Card],
    previews: Mapping[str, Preview],
    because: Mapping[str, Sequence[str]],
) -> set[str]:
    """The recommended remedies that work; the first few in sight, the rest folded."""
    known = [able[key] for key in because if key in able]
    if not known:
        return set()
    st.subheader("Recommended remedies", anchor=False)
    ticked = _show_grid(known[:MOST_SHOWN], previews, because)
    more = known[MOST_SHOWN:]
    if more:
        heading = f"Also recommended ({len(more)})"
        with _folded(heading, "asked", ":material/stethoscope:", more):
            ticked |= _show_grid(more, previews, because)
    return ticked


def _show_impossible(
    keys: Sequence[str], cards: Mapping[str, Card], previews: Mapping[str, Preview]
) -> None:
    """A line for each reason, with the remedies that it rules out."""
    if not keys:
        return
    by_reason: dict[str, list[str]] = {}
    for key in keys:
        by_reason.setdefault(str(previews[key].refusal), []).append(cards[key].title)
    heading = f"Not possible here ({len(keys)})"
    with st.expander(heading, icon=":material/block:"):
        for reason, titles in by_reason.items():
            st.markdown(f"**{literal(', '.join(titles))}**  \n{literal(reason)}")


def _folded(
    heading: str, name: str, icon: str, group: Sequence[Card], opened: bool = False
) -> DeltaGenerator:
    """Cards behind their heading; once one of them is ticked it stays open."""
    key, boxes = f"cure-open-{name}", [tick_key(card.key) for card in group]
    if any(st.session_state.get(box) or box in st.query_params for box in boxes):
        st.session_state[key] = True
    expanded = bool(st.session_state.get(key, opened))
    return st.expander(heading, icon=icon, expanded=expanded)


def _works(preview: Preview | None) -> bool:
    return preview is None or preview.works


def _show_grid(
    cards: Sequence[Card],
    previews: Mapping[str, Preview],
    because: Mapping[str, Sequence[str]],
) -> set[str]:
    """Cards side by side; the keys of those that are ticked."""
    with st.grid(2, min_column_width=320, gap="small"):
        return {
            card.key
            for card in cards
            if _show_card(card, previews.get(card.key), because.get(card.key, ()))
        }


def _show_card(card: Card, preview: Preview | None, because: Sequence[str]) -> bool:
    """Whether the box of a card is ticked."""
    with st.container(border=True, height="stretch", gap="xsmall"):
        with st.container(
            horizontal=True,
            horizontal_alignment="distribute",
            vertical_alignment="center",
        ):
            ticked = st.checkbox(
                card.title, key=tick_key(card.key), bind="query-params", width="content"
            )
            _, cost, icon = GROUPS[card.redo]
            st.badge(
                literal(card.takes or card.cost or cost),
                icon=icon,
                color="green" if card.redo == "nothing" else "gray",
                width="content",
            )
        st.markdown(card.effect)
        if preview is not None and preview.effect:
            st.markdown(f":material/visibility: Here: {literal(preview.effect)}")
        parts = [f"recommended by: {_first_few(because)}"] if because else []
        st.caption(" · ".join(literal(part) for part in (*parts, card.source)))
        offer_text(
            card.key,
            key=f"card-{card.key}",
            label=f"Explain {lowered(card.title)}",
            icon=":material/help:",
        )
    return ticked


def _first_few(because: Sequence[str]) -> str:
    n_more = len(because) - MOST_NAMED
    names = ", ".join(because[:MOST_NAMED])
    return f"{names} and {n_more} more" if n_more > 0 else names
