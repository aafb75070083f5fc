"""The way from a number to the images that it counts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.widgets.class_box import choose_class
from dashboard.widgets.image_filters import SURE, link_parameters
from dashboard.widgets.opening import ask_for
from hirise.diagnosis import Finding
from hirise.evaluation import Evaluation

IMAGES = Path(__file__).parents[1] / "app_pages" / "images.py"

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
    counted, run = COUNTED.get(finding.code), state.chosen_run()
    if not counted or not finding.subject or run is None:
        return
    evaluation = state.load_evidence(run, state.chosen_split(run)).evaluation
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
