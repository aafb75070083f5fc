"""The images to train on and their split, with what was understood of them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.widgets.charts import show_table
from dashboard.widgets.text import literal
from hirise.dataset import Catalog, why_not
from hirise.dataset.sides import SIDES
from hirise.dataset.splits import KINDS
from hirise.errors import InputError
from hirise.runs import read_settings

LAYOUTS = {
    "hirise-v1": "HiRISE landmarks, version 1",
    "hirise-v3": "HiRISE landmarks, version 3",
    "hirise-v3.2": "HiRISE landmarks, version 3.2",
    "folder-per-class": "a folder per class",
    "csv": "a CSV of paths and labels",
}

FROM_FILE = "from a CSV file"

BEST_FIRST = ("observation", "landmark", "published", "random")
"""The split offered first: the one with the most honest score that is possible."""

NOTES_IN_FULL = 3


def choose_dataset() -> tuple[Path, Catalog] | None:
    """The folder of images and its catalog; None while there is none."""
    text = st.text_input(
        "Folder of images",
        value=_remembered(),
        key="data",
        bind="query-params",
        placeholder="such as ~/mars/hirise-map-proj-v3_2",
        help="On this machine. A HiRISE release as unpacked, a folder per class, or a "
        "CSV of paths and labels.",
    )
    if not text or not text.strip():
        st.caption("Name the folder that holds the images.")
        return None
    folder = Path(text.strip()).expanduser().absolute()
    try:
        catalog = state.load_catalog(folder)
    except InputError as error:
        st.error(literal(error), icon=":material/folder_off:")
        return None
    show_dataset(catalog)
    return folder, catalog


def show_dataset(catalog: Catalog) -> None:
    """What was understood of a folder: layout, images, classes, and what is wrong."""
    n_classes = len(catalog.class_names)
    parts = [
        f"**{literal(LAYOUTS.get(catalog.layout, catalog.layout))}**",
        f"{len(catalog.table):,} images",
        f"{n_classes} classes" if n_classes != 1 else "1 class",
        *(f"{n:,} {problem}" for problem, n in catalog.problem_counts.items()),
    ]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f":material/check: {' · '.join(parts)}", width="content")
        with st.popover("Classes", icon=":material/table:", type="tertiary"):
            counts = {
                "class_name": catalog.class_names,
                "usable": catalog.class_counts,
                "labelled": catalog.labelled,
            }
            show_table(
                pd.DataFrame(counts), key="classes-found", alt="Classes", width=420
            )


def choose_sides(folder: Path, catalog: Catalog, seed: int) -> str | None:
    """The split, among those that these images allow; None until it can be used."""
    split = _choose_split(catalog)
    if split is None:
        return None
    try:
        sides = state.load_sides(folder, split, seed)
    except InputError as error:
        st.error(literal(error), icon=":material/error:")
        return None
    counts = sides.split.value_counts()
    found = [f"{counts[side]:,} {side}" for side in SIDES if side in counts]
    st.markdown(f":material/check: {' · '.join(found)} images")
    _show_notes(sides.notes)
    return split


def _choose_split(catalog: Catalog) -> str | None:
    """A kind of split or the path of a file, with why the other kinds are missing."""
    reasons = {str(kind): why_not(catalog, kind) for kind in KINDS}
    possible = [kind for kind in BEST_FIRST if not reasons[kind]]
    split = st.segmented_control(
        "Split",
        [*possible, FROM_FILE],
        default=[*possible, FROM_FILE][0],
        required=True,
        key=f"sides-{catalog.layout}",
        bind="query-params",
        help="Observation and landmark keep images of one place on one side. A random "
        "split lets copies of one landmark stand on both, and scores too high.",
    )
    for kind, reason in reasons.items():
        if reason:
            st.caption(f"Not possible here: {kind} ({literal(reason)}).")
    if split != FROM_FILE:
        return split
    text = st.text_input(
        "CSV file of image and split",
        key="sides-file",
        bind="query-params",
        help="Columns `image` and `split`; values train, val and test.",
    )
    return str(Path(text.strip()).expanduser().absolute()) if text else None


def _show_notes(notes: tuple[str, ...]) -> None:
    if len(notes) <= NOTES_IN_FULL:
        for note in notes:
            st.caption(literal(note))
        return
    with st.expander(f"{len(notes)} notes on this split", icon=":material/info:"):
        for note in notes:
            st.caption(literal(note))


def _remembered() -> str:
    """The folder used last, else that of the newest run that can be trained again.

    Asked once a session: a default that changes would undo what is being typed.
    """
    if "data-first" not in st.session_state:
        said = read_settings(state.artifacts_folder()).get("data")
        folders = (run.dataset_path for run in state.all_runs().runs)
        found = next((str(f) for f in folders if f is not None and f.is_dir()), "")
        st.session_state["data-first"] = said if isinstance(said, str) else found
    return str(st.session_state["data-first"])
