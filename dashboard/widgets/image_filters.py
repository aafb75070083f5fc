"""Which images are shown, and in which order: all of it in the URL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.widgets.class_box import choose_class
from dashboard.widgets.navigation import newly_arrived
from dashboard.widgets.text import literal
from hirise.evaluation.image_table import ImageFilter, answers_for, orders_for

TRUE, PREDICTED = "true-class", "named"
ANSWER, ORDER = "answer", "sort"
OBSERVATION, SURE = "observation", "sure"
PAGE = "images-page"
PER_PAGE = 60
REGION = "region"
"""A part of the map; see `map_region`."""

EMPTY: dict[str, Any] = {
    TRUE: "",
    PREDICTED: "",
    ANSWER: "all",
    OBSERVATION: "",
    SURE: (0.0, 1.0),
    REGION: "",
}
"""What each filter is when it lets everything through."""


def link_parameters(
    true: str = "", predicted: str = "", answer: str = "all"
) -> dict[str, str]:
    """The address parameters that lead to the images of a row, column or cell."""
    given = {TRUE: true, PREDICTED: predicted, ANSWER: answer}
    return {key: value for key, value in given.items() if value != EMPTY[key]}


def _forget_what_the_address_lacks() -> None:
    """Take away, on arrival, what was filtered by before: a link shows what it counts.

    Streamlit keeps what was chosen when a page is left, and a parameter that a link
    does not have leaves it as it was.
    """
    if not newly_arrived("images"):
        return
    for key, value in {**EMPTY, PAGE: 1}.items():
        if key not in st.query_params and st.session_state.get(key, value) != value:
            st.session_state[key] = value


def choose_images(
    table: pd.DataFrame, names: tuple[str, ...], *, on_map: str = ""
) -> tuple[ImageFilter, str]:
    """The filters and the order; what is set shows as a chip that takes it away.

    `on_map` is the text of one more chip, for what is chosen on the map.
    """
    _forget_what_the_address_lacks()
    has_truth = bool(table["correct"].notna().any())
    has_proba = bool(table["probability"].notna().any())
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        true = ""
        if has_truth:
            true = choose_class("True class", names, key=TRUE, width=190)
        predicted = choose_class("Predicted class", names, key=PREDICTED, width=190)
        answer = "all"
        if has_truth:
            answer = st.radio(
                "Answer",
                answers_for(table),
                index=0,
                horizontal=True,
                key=ANSWER,
                bind="query-params",
                width="content",
            )
        orders = orders_for(table)
        order = st.selectbox(
            "First come", orders, key=ORDER, bind="query-params", width=190
        )
        with st.popover("More", icon=":material/filter_list:"):
            observation = ""
            if (table["observation"] != "").any():
                observation = st.text_input(
                    "Observation",
                    key=OBSERVATION,
                    bind="query-params",
                    placeholder="such as ESP_011283",
                    help="The start of a file name: images of one photograph share it.",
                )
            low, high = EMPTY[SURE]
            if has_proba:
                low, high = st.slider(
                    "Probability of the predicted class",
                    0.0,
                    1.0,
                    EMPTY[SURE],
                    step=0.01,
                    key=SURE,
                    bind="query-params",
                )
            st.text_input(
                "Part of the map",
                key=REGION,
                bind="query-params",
                placeholder="is drawn on the map",
                help="What a line drawn on the map leaves here, so that a link holds "
                "it. Empty it to see all images.",
            )
    wanted = ImageFilter(
        true=str(true),
        predicted=str(predicted),
        answer=str(answer),
        observation=observation.strip(),
        low=low,
        high=high,
    )
    _show_chips(wanted, on_map)
    return wanted, str(order)


def _show_chips(wanted: ImageFilter, on_map: str) -> None:
    chips = {
        TRUE: wanted.true and f"true: {wanted.true}",
        PREDICTED: wanted.predicted and f"named: {wanted.predicted}",
        ANSWER: wanted.answer != "all" and wanted.answer,
        OBSERVATION: wanted.observation,
        SURE: (wanted.low, wanted.high) != EMPTY[SURE]
        and f"{wanted.low:.2f} to {wanted.high:.2f} sure",
        REGION: on_map,
    }
    active = {key: text for key, text in chips.items() if text}
    # There without chips too: what lies below keeps its place, and with it its tie to
    # the address, which the browser cuts when an element moves.
    with st.container(horizontal=True, gap="small"):
        for key, text in active.items():
            st.button(
                literal(text),
                icon=":material/close:",
                icon_position="right",
                key=f"chip-{key}",
                help="Take this filter away.",
                on_click=_clearing(key),
            )
        if len(active) > 1:
            st.button(
                "All images",
                key="chip-all",
                type="tertiary",
                on_click=_clearing(*active),
            )


def _clearing(*keys: str) -> Callable[[], None]:
    def clear() -> None:
        for key in keys:
            st.session_state[key] = EMPTY[key]

    return clear
