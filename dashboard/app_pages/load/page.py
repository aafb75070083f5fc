"""Bring what you have: predictions, a history, a run or a model."""

import streamlit as st

from dashboard.app_pages.load.form import show_file
from dashboard.app_pages.load.predicting import is_of, show_loaded, show_prediction
from dashboard.app_pages.load.upload import choose_file
from dashboard.shared.states import explain
from dashboard.state.loaders import artifacts_folder, file_mark
from hirise.actions import resolve_run

job = show_prediction()
path = choose_file()
mark, loaded = st.session_state.get("loaded", ("", ""))

if path is None:
    explain(
        "What can be loaded",
        "**Predictions** of any classifier from any framework: one row per image as "
        "CSV, JSON, Parquet or npz, with the true class, and the predicted class or "
        "a probability per class. Or a confusion matrix of counts.  \n"
        "**A training history**: loss and accuracy per epoch, as CSV or JSON; an "
        "event file of TensorBoard; by its path, a log folder of TensorBoard or a "
        "run of MLflow.  \n"
        "**A run** from another machine: its folder, zipped.  \n"
        "**A model** (.keras, .h5, .tflite, .onnx, .pt2, SavedModel) with a folder "
        "of images; pickles and code that it carries are not run.\n\n"
        "The page first shows how the file was understood, and nothing is kept until "
        "you import it.",
        icon=":material/upload_file:",
        is_first=True,
    )
elif loaded and mark == file_mark(path):
    show_loaded(resolve_run(loaded, artifacts_folder()))
    if st.button(
        "Import it again differently", icon=":material/undo:", type="tertiary"
    ):
        del st.session_state["loaded"]
        st.rerun()
elif not is_of(job, path):
    show_file(path)
