"""The remedies as cards: those that the findings ask for, then all others."""

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
    "nothing": (
        "Nothing is trained again",
        "seconds",
        ":material/bolt:",
    ),
    "head": ("Only the last layer is trained", "minutes", ":material/layers:"),
    "training": ("Trained again", "a training", ":material/model_training:"),
    "labelling": ("The data are mended first", "a training", ":material/sell:"),
}
"""What must be redone -> heading, cost and icon."""

IN_SIGHT = 4
"""Remedies that were asked for and are not folded away."""

NAMED = 3
"""Causes and findings that a card names."""


@dataclass(frozen=True)
class Card:
    """A remedy as people see it; `redo` is a key of `GROUPS`.

    `cost` is a badge instead of that of the group, `takes` a longer word on it.
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
    asked: Sequence[Suggestion],
    cards: Mapping[str, Card],
    previews: Mapping[str, Preview],
) -> set[str]:
    """Keys of the remedies that are ticked and work here."""
    because = {one.key: one.because for one in asked}
    previews = _with_common_reasons_once(previews, cards)
    ticked = _asked_first(cards, previews, because)
    others = [card for key, card in cards.items() if key not in because]
    for redo, (heading, _, icon) in GROUPS.items():
        group = [card for card in others if card.redo == redo]
        if group:
            # Where nothing is asked for, what costs seconds is in sight.
            opened = redo == "nothing" and not because
            group = _able_first(group, previews)
            counted = _counted(heading, group, previews)
            with _folded(counted, redo, icon, group, opened):
                ticked |= _grid(group, previews, because)
    return ticked


def _asked_first(
    cards: Mapping[str, Card],
    previews: Mapping[str, Preview],
    because: Mapping[str, Sequence[str]],
) -> set[str]:
    """What was found asks for these; the first few in sight, the rest folded."""
    if not because:
        return set()
    st.subheader("What was found asks for", anchor=False)
    asked = [cards[key] for key in because if key in cards]
    shown = [card for card in asked if _works(previews.get(card.key))][:IN_SIGHT]
    ticked = _grid(shown, previews, because) if shown else set()
    more = _able_first([card for card in asked if card not in shown], previews)
    if more:
        heading = _counted("Also asked for" if shown else "Asked for", more, previews)
        with _folded(heading, "asked", ":material/stethoscope:", more):
            ticked |= _grid(more, previews, because)
    _say_unknown([key for key in because if key not in cards])
    return ticked


def tick_key(remedy: str) -> str:
    """Name of a remedy's check box in the session and in the URL."""
    return f"remedy-{remedy}"


def _folded(
    heading: str, name: str, icon: str, group: Sequence[Card], opened: bool = False
) -> DeltaGenerator:
    """Cards behind their heading; once one of them is ticked it stays open."""
    key, boxes = f"cure-open-{name}", [tick_key(card.key) for card in group]
    if any(st.session_state.get(box) or box in st.query_params for box in boxes):
        st.session_state[key] = True
    shown = bool(st.session_state.get(key, opened))
    return st.expander(heading, icon=icon, expanded=shown)


def _counted(
    heading: str, cards: Sequence[Card], previews: Mapping[str, Preview]
) -> str:
    n_able = sum(_works(previews.get(card.key)) for card in cards)
    return f"{heading} ({n_able} of {len(cards)} possible here)"


def _able_first(cards: Sequence[Card], previews: Mapping[str, Preview]) -> list[Card]:
    """What cannot be done here stands last."""
    return sorted(cards, key=lambda card: not _works(previews.get(card.key)))


def _works(found: Preview | None) -> bool:
    return found is None or found.works


def _grid(
    cards: Sequence[Card],
    previews: Mapping[str, Preview],
    because: Mapping[str, Sequence[str]],
) -> set[str]:
    with st.grid(2, min_column_width=320, gap="small"):
        return {
            card.key
            for card in cards
            if _show_card(card, previews.get(card.key), because.get(card.key, ()))
        }


def _show_card(card: Card, found: Preview | None, because: Sequence[str]) -> bool:
    works = _works(found)
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
        if found is not None and (found.refusal or found.effect):
            st.markdown(_here(found))
        said = [f"asked for by: {literal(_first_few(because))}"] if because else []
        takes = [f"takes {literal(card.takes)}"] if card.takes else []
        st.caption(" · ".join([*said, *takes, literal(card.source)]))
    return ticked and works


def _first_few(because: Sequence[str]) -> str:
    more = len(because) - NAMED
    told = ", ".join(because[:NAMED])
    return f"{told} and {more} more" if more > 0 else told


def _here(found: Preview) -> str:
    if found.works:
        return f":material/visibility: Here: {literal(found.effect)}"
    return f":material/block: Not here: {literal(found.refusal)}"


def _with_common_reasons_once(
    previews: Mapping[str, Preview], cards: Mapping[str, Card]
) -> Mapping[str, Preview]:
    """Say a reason that keeps all of a kind from working above them, once."""
    found = dict(previews)
    for trains, words in (
        (False, "Nothing helps here without training."),
        (True, ""),  # each of these reasons names the run and says so itself
    ):
        keys = [
            key
            for key in previews
            if bool(cards[key].takes) is trains and key not in WEIGHTS_KEYS
        ]
        reasons = {str(previews[key].refusal) for key in keys}
        if len(reasons) != 1 or any(previews[key].works for key in keys):
            continue
        st.info(f"{words} {literal(*reasons)}".strip(), icon=":material/block:")
        above = Refusal("see above.")
        found |= {key: replace(previews[key], refusal=above) for key in keys}
    return found


def _say_unknown(keys: Sequence[str]) -> None:
    """What is asked for and is no card: people do it by hand, as the findings say."""
    if keys:
        names = ", ".join(key.replace("-", " ") for key in keys)
        st.caption(
            f"Also asked for, and done by hand: {literal(names)}. What to do stands "
            "with each finding, on *Overview*."
        )
