"""A file that a person brings: uploaded into a folder of the session, or a path."""

from __future__ import annotations

import re
import shutil
import weakref
from pathlib import Path
from tempfile import mkdtemp

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard.shared.text import on_pages
from hirise.errors import InputError

UPLOAD, PATH = "Upload", "Path on this machine"
LONGEST_NAME = 100

SHELVES = ("shelf", "shelf-history")
"""Where in the session the uploads lie."""


class Shelf:
    """A folder for what one session uploads; it goes when the session does."""

    def __init__(self) -> None:
        self.folder = Path(mkdtemp(prefix="hirise-upload-"))
        self.holds = ""
        # Streamlit announces no end of a session; its objects are only collected.
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def put(self, name: str, content: memoryview, file_id: str) -> Path:
        """Keep `content` under a harmless form of `name`, instead of the last file."""
        path = self.folder / safe_name(name)
        # The same upload comes with every run of the script, and is written once.
        if self.holds != file_id:
            for old in self.folder.iterdir():
                old.unlink()
            path.write_bytes(content)
            self.holds = file_id
        return path


def safe_name(name: str) -> str:
    """`name` without folders and signs that a file system or a log could mistake."""
    bare = re.split(r"[/\\]", name)[-1]
    plain = re.sub(r"[^\w .()+-]", "_", bare).strip(" .") or "upload"
    stem, dot, suffix = plain.rpartition(".")
    if not dot:
        return plain[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(suffix)] or 'upload'}.{suffix}"


def choose_file() -> Path | None:
    """A file, by upload or by its path; None while there is none."""
    source = st.radio(
        "Take",
        (UPLOAD, PATH),
        index=0,
        horizontal=True,
        key="from",
        bind="query-params",
        label_visibility="collapsed",
    )
    if source == PATH:
        text = st.text_input(
            "Path of a file, or of a folder: a run, a log folder or a SavedModel",
            key="file",
            bind="query-params",
            placeholder="such as ~/results/predictions.csv",
        )
        return Path(text.strip()).expanduser().absolute() if text.strip() else None
    # Of any type: the names of event files end in anything, and each is looked into.
    uploaded = st.file_uploader(
        "Predictions, a history, a zipped run or a model",
        key="upload",
        help="Predictions as CSV, JSON, Parquet or npz; a training history as CSV, "
        "JSON or an event file of TensorBoard; a run folder as zip; a model as "
        ".keras, .h5, .tflite, .onnx or .pt2. For a log folder, a SavedModel "
        "folder, or anything larger than the limit, give its path.",
    )
    return _shelved(uploaded, SHELVES[0])


def choose_history(*, upload: bool) -> Path | None:
    """The training curves that may go with predictions, brought the same way."""
    label = "Its training history, if you have it"
    helps = "Loss and accuracy per epoch, as CSV, JSON or an event file of TensorBoard"
    if upload:
        helps += "; its curves are shown then. For a log folder, give both paths."
        uploaded = st.file_uploader(label, key="upload-history", help=helps)
        return _shelved(uploaded, SHELVES[1])
    helps += ", its log folder, or a run folder of MLflow; its curves are shown then."
    text = st.text_input(
        label, key="history", bind="query-params", placeholder="optional", help=helps
    )
    return Path(text.strip()).expanduser().absolute() if text.strip() else None


def _shelved(uploaded: UploadedFile | None, name: str) -> Path | None:
    if uploaded is None:
        return None
    if name not in st.session_state:
        st.session_state[name] = Shelf()
    shelf: Shelf = st.session_state[name]
    return shelf.put(uploaded.name, uploaded.getbuffer(), uploaded.file_id)


def is_upload(path: Path) -> bool:
    """Whether `path` goes when the session does."""
    shelves = (st.session_state.get(name) for name in SHELVES)
    return any(
        isinstance(shelf, Shelf) and path.parent == shelf.folder for shelf in shelves
    )


def without_folder(error: InputError, path: Path) -> str:
    """The message of `error`; an uploaded file has the name that its owner knows."""
    message = error.worded(on_pages)
    return message.replace(str(path), path.name) if is_upload(path) else message
