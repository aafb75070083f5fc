"""Filters of the images, in the URL, and links from numbers to their images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import pandas as pd
import streamlit as st

from dashboard.shared.navigation import (
    link_page,
    newly_arrived,
    page_file,
    request_page,
)
from dashboard.shared.text import count_of, literal
from dashboard.state import loaders
from hirise.actions.images import Images
from hirise.diagnosis import Finding
from hirise.diagnosis.checks import CHECKS
from hirise.evaluation import Evaluation
from hirise.evaluation.images import ImageFilter

TRUE, PREDICTED = "true-class", "named"
ANSWER, ORDER = "answer", "sort"
OBSERVATION, CONFIDENCE = "observation", "sure"
TAG = "tag"
PAGE = "images-page"
PER_PAGE = 60
REGION = "region"
"""A region of the map."""

EMPTY: dict[str, Any] = {
    TRUE: "",
    PREDICTED: "",
    ANSWER: "all",
    OBSERVATION: "",
    CONFIDENCE: (0.0, 1.0),
    TAG: "",
    REGION: "",
}
"""Value of each filter that keeps all images."""

IMAGES = page_file("images")

COUNTED = {check.code: check.image_filter for check in CHECKS if check.image_filter}
"""Checks whose findings count images of a class: by true or by predicted class."""

CLICK = "Click a mark to open its images, or use the button Images."


def choose_class(
    label: str,
    names: Sequence[str],
    *,
    key: str,
    first: str = "",
    bound: bool = True,
    width: int | Literal["stretch"] = "stretch",
) -> str:
    """The chosen name, `first` at the beginning; "" for any.

    With `bound` the choice is in the address, under `key`.
    """
    options, any_name = ["", *names], any_label(names)
    return str(
        st.selectbox(
            label,
            options,
            index=options.index(first),
            format_func=lambda name: name or any_name,
            key=key,
            bind="query-params" if bound else None,
            width=width,
        )
    )


def any_label(names: Sequence[str]) -> str:
    """The label of "any", in the address too: distinct from all class names."""
    label = "any"
    while label in names:
        label += " class"
    return label


def link_parameters(
    true: str = "", predicted: str = "", answer: str = "all"
) -> dict[str, str]:
    """The address parameters that lead to the images of a row, column or cell."""
    filters = {TRUE: true, PREDICTED: predicted, ANSWER: answer}
    return {key: value for key, value in filters.items() if value != EMPTY[key]}


def _reset_filters_on_arrival() -> None:
    """Reset filters that the address lacks, so that a link shows what it counts.

    Streamlit keeps the choices of a page that is left, and a parameter that a link
    lacks leaves its widget unchanged.
    """
    if not newly_arrived("images"):
        return
    for key, value in {**EMPTY, PAGE: 1}.items():
        if key not in st.query_params and st.session_state.get(key, value) != value:
            st.session_state[key] = value


def choose_images(
    images: Images, names: tuple[str, ...], *, on_map: str = ""
) -> tuple[ImageFilter, str]:
    """The filters and the order; each active filter has a chip that removes it.

    `on_map` is the text of the chip of a region of the map.
    """
    _reset_filters_on_arrival()
    table = images.table
    has_truth = bool(table["correct"].notna().any())
    has_proba = bool(table["probability"].notna().any())
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        true = ""
        if has_truth:
            true = choose_class("True class", names, key=TRUE, width=150)
        predicted = choose_class("Predicted class", names, key=PREDICTED, width=150)
        answer = "all"
        if has_truth:
            answer = st.radio(
                "Prediction",
                images.answers,
                index=0,
                horizontal=True,
                key=ANSWER,
                bind="query-params",
                width="content",
            )
        orders = images.orders
        order = st.selectbox(
            "Sort by", orders, key=ORDER, bind="query-params", width=262
        )
        with st.popover("More filters", icon=":material/filter_list:"):
            tag = _choose_tag(tuple(images.tags))
            observation, (low, high) = _more_filters(table, has_proba=has_proba)
    wanted = ImageFilter(
        true=str(true),
        predicted=str(predicted),
        answer=str(answer),
        observation=observation,
        low=low,
        high=high,
        tag=tag,
    )
    _show_chips(wanted, on_map)
    return wanted, str(order)


def _choose_tag(tags: Sequence[str]) -> str:
    """The tag that images must have; "" for any, and where no image has one."""
    if st.session_state.get(TAG, "") not in ("", *tags):
        st.session_state[TAG] = ""  # its last image lost it
    if not tags:
        return ""
    return choose_class("Tag", sorted(tags), key=TAG)


def _more_filters(
    table: pd.DataFrame, *, has_proba: bool
) -> tuple[str, tuple[float, float]]:
    """The observation and the range of the confidence; and the region of the map."""
    observation, confidence = "", EMPTY[CONFIDENCE]
    if (table["observation"] != "").any():
        observation = st.text_input(
            "Observation",
            key=OBSERVATION,
            bind="query-params",
            placeholder="such as ESP_011283",
            help="The start of a file name, which images of one photograph share.",
        )
    if has_proba:
        confidence = st.slider(
            "Confidence",
            0.0,
            1.0,
            EMPTY[CONFIDENCE],
            step=0.01,
            key=CONFIDENCE,
            bind="query-params",
        )
    st.text_input(
        "Region of the map",
        key=REGION,
        bind="query-params",
        placeholder="drawn on the map",
        help="Draw a line around points of the map to fill this field. Clear it to see "
        "all images.",
    )
    return observation.strip(), confidence


def _show_chips(wanted: ImageFilter, on_map: str) -> None:
    chips = {
        TRUE: wanted.true and f"true: {wanted.true}",
        PREDICTED: wanted.predicted and f"predicted: {wanted.predicted}",
        ANSWER: wanted.answer != "all" and wanted.answer,
        OBSERVATION: wanted.observation,
        CONFIDENCE: (wanted.low, wanted.high) != EMPTY[CONFIDENCE]
        and f"confidence {wanted.low:.2f}–{wanted.high:.2f}",
        TAG: wanted.tag and f"tag: {wanted.tag}",
        REGION: on_map,
    }
    active = {key: text for key, text in chips.items() if text}
    # Also without chips: what lies below keeps its place, and with it its binding to
    # the address, which the browser drops when an element moves.
    with st.container(horizontal=True, gap="small"):
        for key, text in active.items():
            st.button(
                literal(text),
                icon=":material/close:",
                icon_position="right",
                key=f"chip-{key}",
                help="Remove this filter.",
                on_click=_clearing(key),
            )
        if len(active) > 1:
            st.button(
                "Remove all filters",
                key="chip-all",
                type="tertiary",
                on_click=_clearing(*active),
            )


def _clearing(*keys: str) -> Callable[[], None]:
    def clear() -> None:
        for key in keys:
            st.session_state[key] = EMPTY[key]

    return clear


def link_images(
    true: str = "", predicted: str = "", *, answer: str = "all", label: str = ""
) -> None:
    """A link to the images of a true class, of a predicted one, or of both."""
    link_page(
        IMAGES,
        label or "Show all of them on Images",
        ":material/photo_library:",
        **link_parameters(true, predicted, answer),
    )


def offer_images(evaluation: Evaluation, *, key: str) -> None:
    """A button with links to images by true and predicted class and correctness.

    It works by keyboard, unlike a click on a mark, and its links can be copied.
    """
    names = evaluation.class_names
    with st.popover("Images", icon=":material/photo_library:", type="tertiary"):
        true = ""
        if evaluation.has_truth:
            true = choose_class("True class", names, key=f"{key}-true", bound=False)
        predicted = choose_class(
            "Predicted class", names, key=f"{key}-predicted", bound=False
        )
        n, n_correct = count_images(evaluation, true, predicted)
        link_images(
            true,
            predicted,
            answer=labelled_only(evaluation),
            label=count_of(n, "image"),
        )
        if evaluation.has_truth:
            for answer, many in (("correct", n_correct), ("incorrect", n - n_correct)):
                label = count_of(many, f"{answer} prediction")
                link_images(true, predicted, answer=answer, label=label)


def link_class(evaluation: Evaluation, name: str) -> None:
    """Links to the images of a class, and to those predicted as it."""
    of_class = {"true": "of this class", "predicted": "predicted as this class"}
    for counted, text in of_class.items():
        n = count_images(evaluation, **{counted: name})[0]
        label = f"{count_of(n, 'image')} {text}"
        link_images(**{counted: name}, answer=labelled_only(evaluation), label=label)


def count_images(
    evaluation: Evaluation, true: str = "", predicted: str = ""
) -> tuple[int, int]:
    """Images of a true and a predicted class, "" for any; and how many are correct.

    Of a split with true labels, only images that have one count, as in all its tables.
    """
    if not evaluation.has_truth:
        n = evaluation.shares["n_predicted"]
        return int(n[predicted] if predicted else n.sum()), 0
    names = evaluation.class_names
    ids = (names.index(name) if name else None for name in (true, predicted))
    cells = evaluation.cells.of(*ids)
    return cells.n_images, cells.n_correct


def labelled_only(evaluation: Evaluation) -> str:
    """The filter that shows as many images as are counted."""
    return "labelled" if evaluation.has_truth and evaluation.n_unlabelled else "all"


MAX_LINKS = 8
"""Classes of one finding whose images are linked."""


def link_finding(finding: Finding) -> None:
    """Links to the images that a finding counts, one for each class it is about."""
    counted, run = COUNTED.get(finding.code), loaders.chosen_run()
    if not counted or not finding.subjects or run is None:
        return
    evaluation = loaders.load_evidence(run, loaders.chosen_split(run)).evaluation
    if evaluation is None:
        return
    answer = labelled_only(evaluation)
    names = [n for n in finding.subjects[:MAX_LINKS] if n in evaluation.class_names]
    if len(names) == 1:
        link_images(**{counted: names[0]}, answer=answer, label="Images")
    elif names:
        with st.popover("Images", icon=":material/photo_library:", type="tertiary"):
            for name in names:
                link_images(
                    **{counted: name}, answer=answer, label=f"Images of {literal(name)}"
                )


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
        filters = {counted: name, "answer": labelled_only(evaluation)}
        request_page("images", link_parameters(**filters))

    return clicked


def open_confidence(key: str, evaluation: Evaluation) -> Callable[[], None]:
    """For `on_select` of the histogram of confidence `key`: the images of its bar."""

    def clicked() -> None:
        points = st.session_state[key]["selection"]["points"]
        if not points:
            return
        *_, low, high, answer = points[0]["customdata"]
        if answer not in ("correct", "incorrect"):
            if evaluation.has_truth:
                return  # no filter keeps only images without a true label
            answer = "all"
        query = link_parameters(answer=answer)
        request_page("images", {**query, CONFIDENCE: [f"{low:.2f}", f"{high:.2f}"]})

    return clicked
