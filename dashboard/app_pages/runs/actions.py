"""What can be done to a run: resume, rename, export, delete; and examples, hidden."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.shared.states import offer_resume
from dashboard.shared.text import literal
from dashboard.state import loaders
from hirise.errors import InputError
from hirise.exporting import tensorboard_zip
from hirise.files import human_size
from hirise.runs import (
    Run,
    annotate_run,
    delete_run,
    examples_hidden,
    hide_examples,
    rename_run,
)
from hirise.runs.manage import LONGEST_NOTE


def show_actions(run: Run | None) -> None:
    """Resume, rename, annotate, export or delete the chosen run.

    An example stays as it is, and can only be exported.
    """
    _show_refusal()
    if run is None:
        return
    if run.is_example:
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            said = "An example that ships with hirise: it can be hidden, not changed."
            st.caption(said, width="content")
            _offer_export(run)
        return
    name = run.info.id
    with st.container(horizontal=True, gap="small"):
        offer_resume(run, key=name)
        with st.popover("Rename", icon=":material/edit:", type="tertiary"):
            title = st.text_input("Title", run.info.title, key=f"rename-{name}")
            if st.button("Save the title", type="primary"):
                _change(lambda: rename_run(run, title or ""))
        with st.popover("Note", icon=":material/edit_note:", type="tertiary"):
            note = st.text_area(
                "Note of your own",
                run.info.note,
                key=f"note-{name}",
                max_chars=LONGEST_NOTE,
            )
            if st.button("Save the note", type="primary"):
                _change(lambda: annotate_run(run, note or ""))
        _offer_export(run)
        with st.popover("Delete", icon=":material/delete:", type="tertiary"):
            _offer_delete(run)


def show_disk(runs: Sequence[Run]) -> None:
    """What the runs take, where they are, and whether the examples are listed."""
    folder = loaders.artifacts_folder()
    hidden = examples_hidden(folder)
    own = [run for run in runs if not run.is_example]
    n = "1 run of yours takes" if len(own) == 1 else f"{len(own)} runs of yours take"
    total = human_size(sum(run.size_bytes for run in own))
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        said = f"{n} {total} in {literal(folder)}." if own else "No run of yours yet."
        st.caption(said, width="content")
        if hidden or len(own) < len(runs):
            st.toggle(
                "Show the examples",
                not hidden,
                key="show-examples",
                on_change=_take_toggle,
                width="content",
            )


def _offer_export(run: Run) -> None:
    """Its event files, made when asked for: measuring a run may take a second."""
    st.download_button(
        "TensorBoard",
        lambda: tensorboard_zip(run),
        f"{run.info.id}-tensorboard.zip",
        "application/zip",
        key=f"tensorboard-{run.info.id}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        disabled=not run.splits() and run.history().empty,
        help="Curves, predicted label shares, scores and the verdict as event files: "
        "unzip them into a log folder that TensorBoard shows.",
    )


def _offer_delete(run: Run) -> None:
    if run.info.status == "training":
        st.markdown("It is training. Stop it first, on the page *Train*.")
        return
    st.markdown(
        f"Delete **{literal(run.info.title)}** and all its files? That frees "
        f"{human_size(run.size_bytes)} and cannot be undone."
    )
    st.button(
        "Delete it",
        type="primary",
        icon=":material/delete:",
        on_click=_delete,
        args=(run,),
    )


def _change(step: Callable[[], Run]) -> None:
    try:
        step()
    except InputError as error:
        st.error(literal(error), icon=":material/error:")
    else:
        st.rerun()


def _delete(run: Run) -> None:
    """A callback, because only before the selector is drawn can it be moved on."""
    try:
        delete_run(run)
    except InputError as error:
        st.session_state["refusal"] = str(error)
        return
    left = [one.info.id for one in loaders.all_runs().runs]
    if left:
        st.session_state["run"] = left[0]


def _show_refusal() -> None:
    refusal = st.session_state.pop("refusal", None)
    if refusal:
        st.error(literal(refusal), icon=":material/error:")


def _take_toggle() -> None:
    hide_examples(
        loaders.artifacts_folder(), hidden=not st.session_state["show-examples"]
    )
