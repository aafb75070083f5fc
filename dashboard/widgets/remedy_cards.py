"""The remedies as cards: those that the findings ask for, then all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from dashboard.widgets.states import TRAIN
from dashboard.widgets.text import literal
from hirise.diagnosis.checks import CHECKS
from hirise.remedies import REMEDIES
from hirise.remedies.preview import Preview, Suggestion

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

CODES = {check.code for check in CHECKS}


@dataclass(frozen=True)
class Card:
    """A remedy as people see it; `redo` is a key of `GROUPS`."""

    key: str
    title: str
    redo: str
    effect: str
    source: str
    cost: str = ""


def all_cards() -> dict[str, Card]:
    """Every remedy by its key, in the order in which it is shown."""
    cards = [
        Card(one.key, one.title, one.redo, one.effect, one.source) for one in REMEDIES
    ]
    return {card.key: card for card in cards}


def choose_remedies(
    asked: Sequence[Suggestion],
    cards: Mapping[str, Card],
    previews: Mapping[str, Preview],
) -> set[str]:
    """Keys of the remedies that are ticked and work here."""
    because = {one.key: one.because for one in asked}
    first = [key for key in because if key in cards]
    ticked: set[str] = set()
    previews = _with_common_reason_once(previews)
    if because:
        st.subheader("What was found asks for", anchor=False)
        ticked |= _grid([cards[key] for key in first], previews, because)
        _say_unknown([key for key in because if key not in cards])
    others = [card for key, card in cards.items() if key not in because]
    for redo, (heading, _, icon) in GROUPS.items():
        group = [card for card in others if card.redo == redo]
        if group:
            st.subheader(heading, anchor=False, icon=icon)
            ticked |= _grid(group, previews, because)
    return ticked


def tick_key(remedy: str) -> str:
    """Name of a remedy's check box in the session and in the URL."""
    return f"remedy-{remedy}"


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
    works = found is None or found.works
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
        if found is not None and found.told:
            st.markdown(_here(found))
        said = [f"asked for by: {literal(', '.join(because))}"] if because else []
        st.caption(" · ".join([*said, literal(card.source)]))
    return ticked and works


def _here(found: Preview) -> str:
    if found.works:
        return f":material/visibility: Here: {literal(found.told)}"
    return f":material/block: Not here: {literal(found.told)}"


def _with_common_reason_once(previews: Mapping[str, Preview]) -> Mapping[str, Preview]:
    """Say a reason that keeps all from working above them, and name it on the cards."""
    reasons = {one.told for one in previews.values()}
    if len(reasons) != 1 or any(one.works for one in previews.values()):
        return previews
    st.info(
        f"Nothing helps here without training. {literal(*reasons)}",
        icon=":material/block:",
    )
    return {k: replace(one, told="see above.") for k, one in previews.items()}


def _say_unknown(keys: Sequence[str]) -> None:
    """What is asked for and is no card: people do it by hand, as the findings say."""
    if not keys:
        return
    names = ", ".join(key.replace("-", " ") for key in keys)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(
            f"Also asked for, and not started from here: {literal(names)}. What to do "
            "stands with each finding, on *Overview*.",
            width="content",
        )
        st.page_link(TRAIN, label="Train again", icon=":material/model_training:")
