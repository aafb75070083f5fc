"""From a file to a run: what goes with it, and the button."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st

from dashboard.app_pages.load.model_form import choose_input
from dashboard.app_pages.load.predicting import predict
from dashboard.app_pages.load.understood import choose_corrections, show_understood
from dashboard.app_pages.load.upload import choose_history, is_upload, without_folder
from dashboard.shared.dataset_form import choose_folder, show_dataset
from dashboard.shared.text import literal, on_pages
from dashboard.state import loaders
from dashboard.state.loaders import file_mark
from hirise.actions.import_ import ImportRequest, import_
from hirise.errors import InputError
from hirise.importing import Corrections, Understood

NO_CURVE = ("epoch", "ignored")


def show_file(path: Path) -> None:
    """What was understood of a file; corrections; then import it, or predict."""
    try:
        understood = loaders.load_understood(path, Corrections())
        if understood.kind == "model":
            _show_model(path, understood)
        else:
            _show_import(path, understood)
    except InputError as error:
        st.error(literal(without_folder(error, path)), icon=":material/error:")


def _show_import(path: Path, understood: Understood) -> None:
    place, corrections = st.container(), Corrections()
    if understood.kind == "predictions":
        try:
            upload = is_upload(path)
            mark = file_mark(path) if upload else str(path)
            corrections = choose_corrections(understood, mark, bound=not upload)
            understood = loaders.load_understood(path, corrections)
        except InputError as error:  # in what was typed; the rest stays as it is
            understood = replace(understood, problem=error.worded(on_pages))
    with place:
        show_understood(understood)
    left, right = st.columns(2)
    with right:
        data = _choose_images(understood)
    with left:
        title = _choose_title(path, understood)
    history = _choose_history(path) if understood.kind == "predictions" else None
    if st.button(
        "Import",
        type="primary",
        icon=":material/download_done:",
        disabled=bool(understood.problem),
    ):
        with st.spinner("Importing …"):
            request = ImportRequest(
                path,
                history=history,
                data=data,
                title=title or None,
                split=corrections.split,
                logits=corrections.logits,
                class_names=corrections.class_names,
                columns=dict(understood.given),
                artifacts=loaders.artifacts_folder(),
            )
            run = import_(request)
        st.session_state["loaded"] = (file_mark(path), run.info.id)
        st.rerun()


def _choose_images(understood: Understood) -> Path | None:
    """The dataset folder that may go with it."""
    helps = {
        "predictions": "True labels that the file lacks are looked up there by image "
        "name.",
        "history": "Its class frequencies give the baseline scores, so that a verdict "
        "is possible.",
        "run": "Where the images of this run are on this machine.",
    }
    text = st.text_input(
        "Folder of the images, if you have it",
        key="images",
        bind="query-params",
        placeholder="optional",
        help=helps[understood.kind],
    )
    if not text.strip():
        return None
    folder = Path(text.strip()).expanduser().absolute()
    show_dataset(loaders.load_catalog(folder))
    return folder


def _choose_history(predictions: Path) -> Path | None:
    """The curves that go with predictions, and what was understood of them."""
    path = choose_history(upload=is_upload(predictions))
    if path is None:
        return None
    try:
        understood = loaders.load_understood(path, Corrections())
    except InputError as error:
        raise InputError(without_folder(error, path)) from error
    if understood.kind != "history":
        raise InputError(
            f"{path.name} is not a training history: it holds {understood.kind}."
        )
    (epochs,) = understood.facts["value"]
    curves = [role for role in understood.columns["role"] if role not in NO_CURVE]
    counted = "1 epoch" if epochs == "1" else f"{literal(epochs)} epochs"
    st.markdown(f":material/check: {counted} · {', '.join(curves)}")
    return path


def _choose_title(path: Path, understood: Understood) -> str:
    facts = understood.facts.set_index("what")["value"]
    own = ImportRequest(path).default_title
    if understood.kind == "run":
        own = str(facts.get("title", own))
    text = st.text_input("Title", key="load-title", placeholder=own, max_chars=120)
    return text.strip()


def _show_model(path: Path, understood: Understood) -> None:
    show_understood(understood)
    chosen = choose_folder()
    taken = choose_input()
    title = _choose_title(path, understood)
    if st.button(
        "Predict",
        type="primary",
        icon=":material/play_arrow:",
        disabled=chosen is None,
    ):
        assert chosen is not None
        predict(path, chosen, taken, title=title, keep=is_upload(path))
