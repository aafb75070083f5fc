"""Entry: the run and the split in the sidebar, and the pages in their sections."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.shared.navigation import (
    close_on_phones,
    follow,
    keep_in_address,
    note_arrival,
    page_file,
    show_navigation,
)
from dashboard.shared.states import show_status
from dashboard.shared.text import literal, when
from dashboard.state import loaders
from hirise.actions.runs import ListedRuns
from hirise.errors import InputError
from hirise.mars.releases import SIMULATED_LAYOUT
from hirise.runs import Run

# The split shown first, as `hirise check` chooses it. A string here would be drawn.
SPLIT_ORDER = ("val", "test")


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


def choose_run(listed: ListedRuns) -> Run | None:
    """The run selector; the URL names the run even when it is the newest one."""
    ids = [run.info.id for run in listed.runs]
    if not ids:
        return None
    requested = st.session_state.get("run", st.query_params.get("run"))
    if requested not in ids:
        if requested is not None:
            st.toast(f"There is no run {literal(requested)}. The newest run is shown.")
        if "run" not in st.session_state:
            # A bound parameter cannot be set once its widget is there.
            st.query_params["run"] = ids[0]
        st.session_state["run"] = ids[0]
    # No default, as Streamlit leaves the default of a bound widget out of the URL.
    name = st.sidebar.selectbox("Run", ids, index=None, key="run", bind="query-params")
    return listed.runs[ids.index(name)] if name in ids else None


def choose_split(run: Run | None) -> str | None:
    """The split selector; without predictions there is nothing to choose."""
    splits = run.splits() if run else ()
    if not splits:
        return None
    known = [name for name in SPLIT_ORDER if name in splits]
    split = st.sidebar.selectbox(
        "Split",
        splits,
        index=splits.index(known[0]) if known else 0,
        key="split",
        bind="query-params",
    )
    return str(split)


def show_run(run: Run | None) -> None:
    """Title, status, time and recipe of the chosen run."""
    if run is None:
        return
    with st.sidebar:
        st.markdown(f"**{literal(run.info.title)}**")
        show_status(run)
        recipe = (run.info.recipe or {}).get("name")
        st.caption(
            f"{when(run.info.created)}"
            + (f" · recipe {literal(recipe)}" if recipe else "")
            + (f" · {n} classes" if (n := len(run.info.class_names)) else "")
        )
        if (run.info.dataset or {}).get("layout") == SIMULATED_LAYOUT:
            st.badge("simulated images", icon=":material/landscape:", color="gray")
        if run.info.error:
            st.caption(f"Error: {literal(run.info.error)}")
        if run.info.note:
            st.caption(f":material/edit_note: {literal(run.info.note)}")
        for note in run.info.notes:
            st.caption(literal(note))


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
    run = choose_run(loaders.listed_runs())
    split = choose_split(run)
    show_run(run)
    follow()
    page.run()
except InputError as error:
    st.error(literal(error), icon=":material/error:")
