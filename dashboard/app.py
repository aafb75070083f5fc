"""Entry: the run and the split in the sidebar, and the pages in their sections."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.shared.navigation import (
    close_on_phones,
    follow,
    keep_in_address,
    note_arrival,
    show_navigation,
    with_replayed,
)
from dashboard.shared.selectors import choose_run, choose_split, show_run
from dashboard.shared.text import literal
from dashboard.state import loaders
from hirise.errors import InputError

PAGES = Path(__file__).with_name("app_pages")

SECTIONS = {
    "Diagnose": [
        st.Page(
            PAGES / "overview" / "page.py",
            title="Overview",
            icon=":material/stethoscope:",
            default=True,
            help="Has the classifier collapsed? The verdict first, then its evidence.",
        ),
        st.Page(
            PAGES / "learning_curves" / "page.py",
            title="Learning curves",
            url_path="learning_curves",
            icon=":material/show_chart:",
            help="Did it learn? Compare each curve with its dashed baseline, which is "
            "reached without looking at any image.",
        ),
        st.Page(
            PAGES / "confusion_matrix" / "page.py",
            title="Confusion matrix",
            url_path="confusion_matrix",
            icon=":material/grid_on:",
            help="Which classes are confused? Correct cells are blue, incorrect ones "
            "orange. The stronger the colour, the larger the fraction of the class.",
        ),
        st.Page(
            PAGES / "classes" / "page.py",
            title="Classes",
            url_path="classes",
            icon=":material/category:",
            help="Which classes does it recognize? Recall is the fraction of a class "
            "that is found, precision the fraction of its predictions that is correct.",
        ),
        st.Page(
            PAGES / "predicted_labels" / "page.py",
            title="Predicted labels",
            url_path="predicted_labels",
            icon=":material/label:",
            help="What does it predict, and with which confidence? A collapsed model "
            "predicts one class for every image.",
        ),
        st.Page(
            PAGES / "confidence" / "page.py",
            title="Confidence",
            url_path="confidence",
            icon=":material/speed:",
            help="Can its confidence be trusted? At a confidence of 90%, 90% of the "
            "predictions should be correct.",
        ),
        st.Page(
            PAGES / "images" / "page.py",
            title="Images",
            url_path="images",
            icon=":material/photo_library:",
            help="Which images are misclassified? The most confident mistakes come "
            "first. Choose an image for its details.",
        ),
        st.Page(
            PAGES / "data" / "page.py",
            title="Data",
            url_path="data",
            icon=":material/dataset:",
            help="Can the images and labels be trusted? A score means nothing if "
            "labels belong to other images, or if evaluation images are also in "
            "training.",
        ),
    ],
    "Compare": [
        st.Page(
            PAGES / "runs" / "page.py",
            title="Runs",
            url_path="runs",
            icon=":material/list:",
            help="Which run is best? Macro-F1 weighs all classes alike. An accuracy "
            "close to the majority-class baseline means nothing.",
        ),
    ],
    "Make": [
        st.Page(
            PAGES / "train" / "page.py",
            title="Train",
            url_path="train",
            icon=":material/model_training:",
            help="Can these images be classified? Train a recipe and watch the "
            "predicted labels: a single colour that fills the bar is a collapse.",
        ),
        st.Page(
            PAGES / "load" / "page.py",
            title="Load",
            url_path="load",
            icon=":material/upload_file:",
            help="Trained elsewhere? Load predictions, curves, a run or a model for "
            "the same verdict. You confirm how they are read before anything is kept.",
        ),
        st.Page(
            PAGES / "cure" / "page.py",
            title="Cure",
            url_path="cure",
            icon=":material/healing:",
            help="What helps? Each remedy becomes a new run, which is compared with "
            "this one on the same images.",
        ),
    ],
    "Learn": [
        st.Page(
            PAGES / "story" / "page.py",
            title="Story",
            url_path="the_story",
            icon=":material/auto_stories:",
            help="What happened to the networks of the blog post? Its exercises are "
            "retrained here. Guess before each answer.",
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
    keep_in_address("run", "split")
    run = choose_run(with_replayed(loaders.all_runs()))
    split = choose_split(run)
    show_run(run)
    follow()
    page.run()
except InputError as error:
    st.error(literal(error), icon=":material/error:")
