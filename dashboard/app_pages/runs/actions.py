"""Resume, rename, annotate, tag, export or delete a run; hide the examples."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from dashboard.shared.states import offer_resume
from dashboard.shared.text import count_of, literal, page_text
from dashboard.state import loaders
from hirise.actions.export import ExportRequest, export
from hirise.actions.runs import (
    AnnotateRequest,
    DeleteRequest,
    HideRequest,
    ListedRuns,
    RenameRequest,
    annotate_run,
    delete_run,
    hide_examples,
    rename_run,
    tags_of,
)
from hirise.actions.tag import TagRequest
from hirise.actions.tag import tag as tag_run
from hirise.errors import InputError
from hirise.files import human_size
from hirise.runs import Run
from hirise.runs.manage import LONGEST_NOTE
from hirise.runs.tags import MOST_TAGS


def show_actions(run: Run | None) -> None:
    """Buttons to change the chosen run; an example can only be exported."""
    _show_refusal()
    if run is None:
        return
    if run.is_example:
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.caption("This example cannot be changed, only hidden.", width="content")
            _offer_export(run)
        return
    name = run.info.id
    with st.container(horizontal=True, gap="small"):
        offer_resume(run, key=name)
        with st.popover("Rename", icon=":material/edit:", type="tertiary"):
            title = st.text_input("Title", run.info.title, key=f"rename-{name}")
            if st.button("Save the title", type="primary"):
                _change(lambda: rename_run(RenameRequest(run, title or "")))
        with st.popover("Note", icon=":material/edit_note:", type="tertiary"):
            note = st.text_area(
                "Your note",
                run.info.note,
                key=f"note-{name}",
                max_chars=LONGEST_NOTE,
            )
            if st.button("Save the note", type="primary"):
                _change(lambda: annotate_run(AnnotateRequest(run, note or "")))
        with st.popover("Tags", icon=":material/label:", type="tertiary"):
            _offer_tags(run)
        _offer_export(run)
        with st.popover("Delete", icon=":material/delete:", type="tertiary"):
            _offer_delete(run)


def show_disk(listed: ListedRuns) -> None:
    """Size and folder of the runs, and a toggle for the examples."""
    folder, hidden = loaders.artifacts_folder(), listed.examples_hidden
    own = [run for run in listed.runs if not run.is_example]
    text = "No run of your own yet."
    if own:
        takes = "takes" if len(own) == 1 else "take"
        size = human_size(sum(map(loaders.load_size, own)))
        n_runs = count_of(len(own), "run")
        text = f"{n_runs} of your own {takes} {size} in {literal(folder)}."
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.caption(text, width="content")
        if hidden or len(own) < len(listed.runs):
            st.toggle(
                "Show the examples",
                not hidden,
                key="show-examples",
                on_change=_take_toggle,
                width="content",
            )


def _offer_tags(run: Run) -> None:
    """A list of the run's tags; new ones can be written."""
    before = tags_of(run)
    known = {tag for other in loaders.all_runs().runs for tag in tags_of(other)}
    key = f"tags-{run.info.id}"
    st.multiselect(
        "Tags of this run",
        sorted({*known, *before}),
        default=list(before),
        key=key,
        accept_new_options=True,
        max_selections=MOST_TAGS,
        placeholder="Choose or write one",
        on_change=_take_tags,
        args=(run, key),
        width=320,
    )


def _take_tags(run: Run, key: str) -> None:
    before, now = tags_of(run), st.session_state[key]
    try:
        for name in [tag for tag in now if tag not in before]:
            tag_run(TagRequest(run, name))
        for name in [tag for tag in before if tag not in now]:
            tag_run(TagRequest(run, name, remove=True))
    except InputError as error:
        st.session_state["refusal"] = page_text(error)
        # Only tags that the run has are shown.
        st.session_state[key] = list(tags_of(run))


def _offer_export(run: Run) -> None:
    """Its event files, written when the button is pressed."""
    st.download_button(
        "TensorBoard",
        lambda: _exported(run),
        f"{run.info.id}-tensorboard.zip",
        "application/zip",
        key=f"tensorboard-{run.info.id}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        disabled=not run.splits() and run.history().empty,
        help="Curves, predicted class frequencies, scores and the verdict as event "
        "files. Unzip them into a log folder of TensorBoard.",
    )


def _exported(run: Run) -> bytes:
    with TemporaryDirectory() as folder:
        return export(ExportRequest(run, Path(folder, "run.zip"))).read_bytes()


def _offer_delete(run: Run) -> None:
    if run.info.status == "training":
        st.markdown("This run is training. Stop it first on the page *Train*.")
        return
    st.markdown(
        f"Delete **{literal(run.info.title)}** and all its files? This frees "
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
    """A callback, because the run selector cannot be changed once it is drawn."""
    try:
        delete_run(DeleteRequest(run))
    except InputError as error:
        st.session_state["refusal"] = page_text(error)
        return
    remaining = loaders.all_runs().runs
    if remaining:
        st.session_state["run"] = remaining[0].info.id


def _show_refusal() -> None:
    refusal = st.session_state.pop("refusal", None)
    if refusal:
        st.error(literal(refusal), icon=":material/error:")


def _take_toggle() -> None:
    hidden = not st.session_state["show-examples"]
    hide_examples(HideRequest(loaders.artifacts_folder(), hidden))
