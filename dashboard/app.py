"""Entry: the run and the split in the sidebar, the pages in their sections."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.shared.navigation import (
    close_on_phones,
    follow,
    keep_in_address,
    note_arrival,
    show_navigation,
    with_asked,
)
from dashboard.shared.selectors import choose_run, choose_split, show_run
from dashboard.shared.text import literal
from dashboard.state import loaders
from hirise.errors import InputError
from hirise.jobs import look

PAGES = Path(__file__).with_name("app_pages")

SECTIONS = {
    "Diagnose": [
        st.Page(
            PAGES / "overview" / "page.py",
            title="Overview",
            icon=":material/stethoscope:",
            default=True,
            help="Is it collapsed? The verdict first, then what speaks for it.",
        ),
        st.Page(
            PAGES / "learning_curves" / "page.py",
            title="Learning curves",
            url_path="learning_curves",
            icon=":material/show_chart:",
            help="Did it learn? Compare each curve with its dashed line, which is what "
            "guessing reaches without looking at an image.",
        ),
        st.Page(
            PAGES / "confusion_matrix" / "page.py",
            title="Confusion matrix",
            url_path="confusion_matrix",
            icon=":material/grid_on:",
            help="What is taken for what? Blue cells are right, orange ones wrong; the "
            "stronger, the larger their share of the true class.",
        ),
        st.Page(
            PAGES / "classes" / "page.py",
            title="Classes",
            url_path="classes",
            icon=":material/category:",
            help="Which classes does it know? Recall is the share of a class that is "
            "found, precision the share of what is so named that is right.",
        ),
        st.Page(
            PAGES / "predicted_labels" / "page.py",
            title="Predicted labels",
            url_path="predicted_labels",
            icon=":material/label:",
            help="What does it answer, and how sure is it? A collapsed model gives one "
            "answer, whatever the image.",
        ),
        st.Page(
            PAGES / "confidence" / "page.py",
            title="Confidence",
            url_path="confidence",
            icon=":material/speed:",
            help="Can its confidence be believed? Of the answers it is 90 % sure of, "
            "90 % should be right; then those it is unsure of can be left out.",
        ),
        st.Page(
            PAGES / "images" / "page.py",
            title="Images",
            url_path="images",
            icon=":material/photo_library:",
            help="Which images fail? The most confident mistakes come first; choose "
            "one to see all that is known of it.",
        ),
        st.Page(
            PAGES / "data" / "page.py",
            title="Data",
            url_path="data",
            icon=":material/dataset:",
            help="Can the images and labels be trusted? A score means nothing where "
            "labels belong to other images, or training has seen the judged ones.",
        ),
    ],
    "Compare": [
        st.Page(
            PAGES / "runs" / "page.py",
            title="Runs",
            url_path="runs",
            icon=":material/list:",
            help="Which run is best? Macro-F1 counts every class alike; accuracy close "
            "to the majority share says nothing.",
        ),
    ],
    "Make": [
        st.Page(
            PAGES / "train" / "page.py",
            title="Train",
            url_path="train",
            icon=":material/model_training:",
            help="Can it be learned? Train a recipe on your images and watch the "
            "predicted labels: one colour that takes the whole bar is a collapse.",
        ),
        st.Page(
            PAGES / "load" / "page.py",
            title="Load",
            url_path="load",
            icon=":material/upload_file:",
            help="Made elsewhere? Predictions, curves, a run or a model get the same "
            "verdict. How they were understood is shown before anything is kept.",
        ),
        st.Page(
            PAGES / "cure" / "page.py",
            title="Cure",
            url_path="cure",
            icon=":material/healing:",
            help="What helps, and did it? Each remedy is kept as a new run and proven "
            "on the same images, before and after.",
        ),
    ],
    "Learn": [
        st.Page(
            PAGES / "story" / "page.py",
            title="The story",
            url_path="the_story",
            icon=":material/auto_stories:",
            help="What happened to the networks of the post? Its exercises, trained "
            "again; guess before each answer.",
        ),
    ],
}

st.set_page_config(
    page_title="HiRISE classifier doctor",
    page_icon=str(Path(__file__).with_name("icon.svg")),
    layout="wide",
    menu_items={
        "About": "The doctor for image classifiers that look fine and are not."
    },
)

page = st.navigation(SECTIONS, position="hidden")
show_navigation(SECTIONS)
if note_arrival(page):
    close_on_phones(page)
st.title(page.title, anchor=False)
st.caption(page.help or "")
try:
    look(loaders.artifacts_folder())  # a training that waits is started from any page
    keep_in_address("run", "split")
    run = choose_run(with_asked(loaders.all_runs()))
    split = choose_split(run)
    show_run(run)
    follow()
    page.run()
except InputError as error:
    st.error(literal(error), icon=":material/error:")
