"""Which images are shown, and in which order: all of it in the URL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.widgets.text import literal
from hirise.evaluation.image_table import ANSWERS, ImageFilter, orders_for

TRUE, PREDICTED = "true-class", "named"
ANSWER, ORDER = "answer", "sort"
OBSERVATION, SURE = "observation", "sure"
PAGE = "images-page"
EMPTY: dict[str, Any] = {
    TRUE: "",
    PREDICTED: "",
    ANSWER: "all",
    OBSERVATION: "",
    SURE: (0.0, 1.0),
}
"""What each filter is when it lets everything through."""


def link_parameters(true: str = "", predicted: str = "") -> dict[str, str]:
    """The address parameters that lead to the images of a row, column or cell."""
    both = {TRUE: true, PREDICTED: predicted}
    return {key: value for key, value in both.items() if value}


def choose_images(
    table: pd.DataFrame, names: tuple[str, ...]
) -> tuple[ImageFilter, str]:
    """The filters and the order; what is set shows as a chip that takes it away."""
    any_of = ["", *names]
    has_truth = bool(table["correct"].notna().any())
    has_proba = bool(table["probability"].notna().any())
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        true = _class_box("True class", any_of, TRUE) if has_truth else ""
        predicted = _class_box("Predicted class", any_of, PREDICTED)
        answer = "all"
        if has_truth:
            answer = st.radio(
                "Answer",
                ANSWERS,
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
    wanted = ImageFilter(
        true=str(true),
        predicted=str(predicted),
        answer=str(answer),
        observation=observation.strip(),
        low=low,
        high=high,
    )
    _show_chips(wanted)
    return wanted, str(order)


def _class_box(label: str, names: list[str], key: str) -> str:
    return str(
        st.selectbox(
            label,
            names,
            format_func=lambda name: name or "any",
            key=key,
            bind="query-params",
            width=190,
        )
    )


def _show_chips(wanted: ImageFilter) -> None:
    chips = {
        TRUE: wanted.true and f"true: {wanted.true}",
        PREDICTED: wanted.predicted and f"named: {wanted.predicted}",
        ANSWER: wanted.answer != "all" and wanted.answer,
        OBSERVATION: wanted.observation,
        SURE: (wanted.low, wanted.high) != EMPTY[SURE]
        and f"{wanted.low:.2f} to {wanted.high:.2f} sure",
    }
    active = {key: text for key, text in chips.items() if text}
    if not active:
        return
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
