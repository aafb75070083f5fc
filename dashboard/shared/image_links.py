"""Which images are shown, in the URL, and links from numbers to these images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.shared.navigation import ask_for, newly_arrived, page_file
from dashboard.shared.text import literal
from dashboard.state import loaders
from hirise.diagnosis import Finding
from hirise.evaluation import Evaluation
from hirise.evaluation.images import ImageFilter, answers_for, orders_for


def choose_class(
    label: str,
    names: Sequence[str],
    *,
    key: str,
    first: str = "",
    bound: bool = True,
    width: int | Literal["stretch"] = "stretch",
) -> str:
    """The name that is chosen, `first` at the beginning; "" for any.

    With `bound` the choice stands in the address, under `key`.
    """
    any_of, told = ["", *names], any_label(names)
    return str(
        st.selectbox(
            label,
            any_of,
            index=any_of.index(first),
            format_func=lambda name: name or told,
            key=key,
            bind="query-params" if bound else None,
            width=width,
        )
    )


def any_label(names: Sequence[str]) -> str:
    """How "any" is called, in the address too: not as one of the classes is."""
    label = "any"
    while label in names:
        label += " class"
    return label


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


IMAGES = page_file("images")

COUNTED = {
    "HR201": "predicted",
    "HR202": "true",
    "HR204": "true",
    "HR205": "predicted",
}
"""Checks whose findings count the images of their subject, and as what."""

CLICK = "A click opens the images that it counts; so does Images, without a mouse."


def link_images(
    true: str = "", predicted: str = "", *, answer: str = "all", label: str = ""
) -> None:
    """A link to the images of a true class, of a predicted one, or of both."""
    kept = {
        key: st.query_params[key] for key in ("run", "split") if key in st.query_params
    }
    st.page_link(
        IMAGES,
        label=label or "All of them, to be sorted and looked at",
        icon=":material/photo_library:",
        query_params={**kept, **link_parameters(true, predicted, answer)},
    )


def offer_images(evaluation: Evaluation, *, key: str) -> None:
    """A button with the images of each number: by true and predicted class, by answer.

    For those who click no bar: it works by keyboard, and its links can be copied.
    """
    names = evaluation.class_names
    with st.popover("Images", icon=":material/photo_library:", type="tertiary"):
        true = ""
        if evaluation.has_truth:
            true = choose_class("True class", names, key=f"{key}-true", bound=False)
        predicted = choose_class(
            "Predicted class", names, key=f"{key}-predicted", bound=False
        )
        n, n_right = count_images(evaluation, true, predicted)
        link_images(
            true, predicted, answer=judged(evaluation), label=in_words(n, "image")
        )
        if evaluation.has_truth:
            for answer, many in (("right", n_right), ("wrong", n - n_right)):
                label = in_words(many, f"{answer} answer")
                link_images(true, predicted, answer=answer, label=label)


def link_class(evaluation: Evaluation, name: str) -> None:
    """Links to the images of a class, and to those that were given its name."""
    for counted, told in (("true", "of this class"), ("predicted", "so named")):
        n = count_images(evaluation, **{counted: name})[0]
        label = f"{in_words(n, 'image')} {told}"
        link_images(**{counted: name}, answer=judged(evaluation), label=label)


def count_images(
    evaluation: Evaluation, true: str = "", predicted: str = ""
) -> tuple[int, int]:
    """Images of a true and a predicted class, "" for any; and how many are right.

    Of a split with true labels, only images that have one count, as in all its tables.
    """
    if not evaluation.has_truth:
        n = evaluation.shares["n_predicted"]
        return int(n[predicted] if predicted else n.sum()), 0
    names, counts = evaluation.class_names, evaluation.confusion.to_numpy()
    kept = np.ones_like(counts)
    if true:
        kept[np.arange(len(names)) != names.index(true), :] = 0
    if predicted:
        kept[:, np.arange(len(names)) != names.index(predicted)] = 0
    return int((counts * kept).sum()), int((counts * kept).trace())


def judged(evaluation: Evaluation) -> str:
    """The answer to filter by, so that as many images are shown as are counted."""
    return "judged" if evaluation.has_truth and evaluation.n_unlabelled else "all"


def in_words(n: int, thing: str) -> str:
    """Such as "1 image" or "1,249 images"."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def link_finding(finding: Finding) -> None:
    """A link to the images that a finding counts, if it is about a class."""
    counted, run = COUNTED.get(finding.code), loaders.chosen_run()
    if not counted or not finding.subject or run is None:
        return
    evaluation = loaders.load_evidence(run, loaders.chosen_split(run)).evaluation
    if evaluation is not None and finding.subject in evaluation.class_names:
        answer = judged(evaluation)
        link_images(**{counted: finding.subject}, answer=answer, label="Images")


def open_clicked(key: str, evaluation: Evaluation) -> Callable[[], None]:
    """For `on_select` of the chart `key`: opens the images of the clicked mark.

    Its `customdata` ends in a class name, "" for several, and in what was counted.
    """

    def clicked() -> None:
        points = st.session_state[key]["selection"]["points"]
        if not points:
            return
        *_, name, counted = points[0]["customdata"]
        if not name or counted not in ("true", "predicted"):
            return
        both = {counted: name, "answer": judged(evaluation)}
        ask_for("images", link_parameters(**both))

    return clicked


def open_sure(key: str, evaluation: Evaluation) -> Callable[[], None]:
    """For `on_select` of the histogram of confidence `key`: the images of its bar."""

    def clicked() -> None:
        points = st.session_state[key]["selection"]["points"]
        if not points:
            return
        *_, low, high, answer = points[0]["customdata"]
        if not answer and evaluation.has_truth:
            return  # no filter tells those whose truth is unknown
        query = link_parameters(answer=answer or "all")
        ask_for("images", {**query, SURE: [f"{low:.2f}", f"{high:.2f}"]})

    return clicked
