"""The remedies as cards: those that the findings recommend, then all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.shared.text import literal
from hirise.errors import Refusal
from hirise.remedies import REMEDIES, WEIGHTS_KEYS
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
    """Keys of the remedies that are ticked and work here."""
    because = {suggestion.key: suggestion.because for suggestion in recommended}
    previews = _with_common_reasons_once(previews, cards)
    ticked = _choose_recommended(cards, previews, because)
    others = [card for key, card in cards.items() if key not in because]
    for redo, (heading, _, icon) in GROUPS.items():
        group = [card for card in others if card.redo == redo]
        if group:
            # Where nothing is recommended, what costs seconds is in sight.
            opened = redo == "nothing" and not because
            group = _working_first(group, previews)
            with _folded(_counted(heading, group, previews), redo, icon, group, opened):
                ticked |= _show_grid(group, previews, because)
    return ticked


def tick_key(remedy: str) -> str:
    """Name of a remedy's check box in the session and in the URL."""
    return f"remedy-{remedy}"


def _choose_recommended(
    cards: Mapping[str, Card],
    previews: Mapping[str, Preview],
    because: Mapping[str, Sequence[str]],
) -> set[str]:
    """The recommended remedies; the first few in sight, the rest folded."""
    if not because:
        return set()
    st.subheader("Recommended remedies", anchor=False)
    known = [cards[key] for key in because if key in cards]
    shown = [card for card in known if _works(previews.get(card.key))][:MOST_SHOWN]
    ticked = _show_grid(shown, previews, because) if shown else set()
    more = _working_first([card for card in known if card not in shown], previews)
    if more:
        heading = "Also recommended" if shown else "Recommended"
        counted = _counted(heading, more, previews)
        with _folded(counted, "asked", ":material/stethoscope:", more):
            ticked |= _show_grid(more, previews, because)
    by_hand = [key.replace("-", " ") for key in because if key not in cards]
    if by_hand:
        st.caption(
            f"Also recommended, but done by hand: {literal(', '.join(by_hand))}. "
            "Each finding on *Overview* says what to do."
        )
    return ticked


def _folded(
    heading: str, name: str, icon: str, group: Sequence[Card], opened: bool = False
) -> DeltaGenerator:
    """Cards behind their heading; once one of them is ticked it stays open."""
    key, boxes = f"cure-open-{name}", [tick_key(card.key) for card in group]
    if any(st.session_state.get(box) or box in st.query_params for box in boxes):
        st.session_state[key] = True
    expanded = bool(st.session_state.get(key, opened))
    return st.expander(heading, icon=icon, expanded=expanded)


def _counted(
    heading: str, cards: Sequence[Card], previews: Mapping[str, Preview]
) -> str:
    n_working = sum(_works(previews.get(card.key)) for card in cards)
    return f"{heading} ({n_working} of {len(cards)} possible here)"


def _working_first(
    cards: Sequence[Card], previews: Mapping[str, Preview]
) -> list[Card]:
    """What cannot be done here stands last."""
    return sorted(cards, key=lambda card: not _works(previews.get(card.key)))


def _works(preview: Preview | None) -> bool:
    return preview is None or preview.works


def _show_grid(
    cards: Sequence[Card],
    previews: Mapping[str, Preview],
    because: Mapping[str, Sequence[str]],
) -> set[str]:
    """Cards side by side; the keys of those that are ticked and work."""
    with st.grid(2, min_column_width=320, gap="small"):
        return {
            card.key
            for card in cards
            if _show_card(card, previews.get(card.key), because.get(card.key, ()))
        }


def _show_card(card: Card, preview: Preview | None, because: Sequence[str]) -> bool:
    """Whether the box of a card is ticked, and the remedy works."""
    works = _works(preview)
    with st.container(border=True, height="stretch", gap="xsmall"):
        with st.container(
            horizontal=True,
            horizontal_alignment="distribute",
            vertical_alignment="center",
        ):
            ticked = st.checkbox(
                card.title,
                key=tick_key(card.key),
                bind="query-params",
                disabled=not works,
                width="content",
            )
            _, cost, icon = GROUPS[card.redo]
            st.badge(
                literal(card.cost or cost),
                icon=icon,
                color="green" if card.redo == "nothing" else "gray",
                width="content",
            )
        st.markdown(card.effect)
        if preview is not None and preview.refusal:
            st.markdown(f":material/block: Not here: {literal(preview.refusal)}")
        elif preview is not None and preview.effect:
            st.markdown(f":material/visibility: Here: {literal(preview.effect)}")
        parts = [f"recommended by: {_first_few(because)}"] if because else []
        parts += [f"takes {card.takes}"] if card.takes else []
        st.caption(" · ".join(literal(part) for part in (*parts, card.source)))
    return ticked and works


def _first_few(because: Sequence[str]) -> str:
    n_more = len(because) - MOST_NAMED
    names = ", ".join(because[:MOST_NAMED])
    return f"{names} and {n_more} more" if n_more > 0 else names


def _with_common_reasons_once(
    previews: Mapping[str, Preview], cards: Mapping[str, Card]
) -> Mapping[str, Preview]:
    """Show a reason that keeps all of a kind from working above them, once."""
    shortened = dict(previews)
    for trains, sentence in (
        (False, "Nothing helps here without training."),
        (True, ""),  # each of these reasons names the run and says so itself
    ):
        keys = [
            key
            for key in previews
            if bool(cards[key].takes) is trains and key not in WEIGHTS_KEYS
        ]
        reasons = {previews[key].refusal for key in keys}
        if len(reasons) != 1 or any(previews[key].works for key in keys):
            continue
        st.info(f"{sentence} {literal(*reasons)}".strip(), icon=":material/block:")
        above = Refusal("see above.")
        shortened |= {key: replace(previews[key], refusal=above) for key in keys}
    return shortened
