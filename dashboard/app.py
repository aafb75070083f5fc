"""Entry: the run and the split in the sidebar, and the pages in their sections."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.shared.choice import (
    choose_run,
    choose_split,
    resolve_choice,
    show_choice,
    show_link,
    show_run,
)
from dashboard.shared.navigation import (
    close_on_phones,
    follow,
    note_arrival,
    page_file,
    show_brand,
    show_navigation,
)
from dashboard.shared.notice import show_title
from dashboard.shared.report import offer_report
from dashboard.shared.terms import begin_page
from dashboard.shared.text import literal
from dashboard.state import loaders
from hirise.errors import InputError


def _page(
    folder: str, title: str, icon: str, help: str, *, url_path: str | None = None
) -> Any:
    return st.Page(
        page_file(folder),
        title=title,
        url_path=url_path or folder,
        icon=f":material/{icon}:",
        default=folder == "overview",
        help=help,
    )


SECTIONS = {
    "Diagnose": [
        _page(
            "overview",
            "Overview",
            "stethoscope",
            "Has the classifier collapsed? The verdict first, then its evidence.",
        ),
        _page(
            "learning_curves",
            "Learning curves",
            "show_chart",
            "Did it learn? Compare each curve with its dashed baseline, which is "
            "reached without using any image.",
        ),
        _page(
            "confusion_matrix",
            "Confusion matrix",
            "grid_on",
            "Which classes are confused? Correct cells are blue, incorrect ones "
            "orange. The stronger the colour, the larger the fraction of the class.",
        ),
        _page(
            "classes",
            "Classes",
            "category",
            "Which classes are classified correctly? Recall is the fraction of a class "
            "that is found, precision the fraction of its predictions that is correct.",
        ),
        _page(
            "predicted_labels",
            "Predicted labels",
            "label",
            "What does the model predict, and with what confidence? A collapsed "
            "model predicts one class for every image.",
        ),
        _page(
            "confidence",
            "Confidence",
            "speed",
            "Can the model's confidence be trusted? At a confidence of 90%, 90% of "
            "the predictions should be correct.",
        ),
        _page(
            "images",
            "Images",
            "photo_library",
            "Which images are misclassified? The most confident mistakes come first. "
            "Choose an image for its details.",
        ),
        _page(
            "data",
            "Data",
            "dataset",
            "Can the images and labels be trusted? A score means nothing if labels "
            "belong to other images, or if evaluation images are also in training.",
        ),
    ],
    "Compare": [
        _page(
            "runs",
            "Runs",
            "list",
            "Which run is best? Macro-F1 weighs all classes equally. An accuracy "
            "close to the majority-class baseline means nothing.",
        ),
    ],
    "Make": [
        _page(
            "train",
            "Train",
            "model_training",
            "Can these images be classified? Train a recipe and watch the predicted "
            "labels: a single colour that fills the bar is a collapse.",
        ),
        _page(
            "load",
            "Load",
            "upload_file",
            "Trained elsewhere? Load predictions, curves, a run or a model for the "
            "same verdict. You confirm how they are read before anything is kept.",
        ),
        _page(
            "cure",
            "Cure",
            "healing",
            "What helps? Each remedy becomes a new run, which is compared with this "
            "one on the same images.",
        ),
    ],
    "Learn": [
        _page(
            "story",
            "Story",
            "auto_stories",
            "What happened to the networks of the blog post? Its exercises are "
            "retrained here. Guess before each answer.",
            url_path="the_story",
        ),
    ],
}

NAME = "Classifier doctor"
# Sections whose pages show the chosen run; of the others, Cure does.
OF_A_RUN = {"Diagnose", "Compare"}
MARK = str(Path(__file__).with_name("icon.svg"))

st.set_page_config(
    page_title=NAME,
    page_icon=MARK,
    layout="wide",
    menu_items={
        "About": "The doctor for image classifiers that look fine and are not."
    },
)

page = st.navigation(SECTIONS, position="hidden")
of_a_run = {p.title for s in OF_A_RUN for p in SECTIONS[s]} | {"Cure"}
begin_page()
link = None
try:
    listed = loaders.listed_runs()
    run, split = resolve_choice(listed)
    follow()
    show_brand(NAME, MARK)
    show_navigation(SECTIONS)
    if note_arrival(page):
        close_on_phones(page)
    head = st.container(gap="xsmall")
    head.title(page.title, anchor=False, help=page.help)
    if run is not None and page.title in of_a_run:
        show_title(f"{page.title} · {run.info.title}")
        choose_run(listed)
        choose_split(run)
        show_run(run)
        with head:
            link = show_choice(run, split, partial(offer_report, run, split))
    else:
        show_title(f"{page.title} · {NAME}")
    page.run()
except InputError as error:
    st.error(literal(error), icon=":material/error:")
finally:
    if link is not None:
        show_link(link)
