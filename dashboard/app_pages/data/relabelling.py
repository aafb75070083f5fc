"""Suspected labels with their images: keep or correct each one."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.shared.charts import show_heading
from dashboard.shared.navigation import request_page
from dashboard.shared.text import count_of, literal
from dashboard.shared.thumbnails import note_source, picture_address
from dashboard.state import loaders, pictures
from hirise.actions.relabel import Relabelled, RelabelRequest, relabel
from hirise.errors import InputError
from hirise.runs import Run
from hirise.runs.corrected import CORRECTED

PER_PAGE = 50
"""Suspected labels shown at once: their pictures take 0.3 MB."""

ROW_HEIGHT = 72

ORDER = (
    *("picture", "image", "given", "suggested", "relabel", "label"),
    "self_confidence",
)

FEW = 7
"""Rows of a table without a scroll bar of its own."""

HEIGHT = 560
"""Pixels of a longer table."""

PAGE = "suspects-page"

TURN = "suspects-turn"
"""In the session: counts changes by a button, after which the table starts anew."""

BEGUN = "suspects-begun"
"""In the session: the table that the editor began with."""

DECIDED = "labels-decided"
"""In the session: decisions on the labels of examples, by run."""

HELP = (
    "By confident learning: the model is as confident of another class as it usually "
    "is for images of that class. The model itself can also be incorrect: look at each "
    "image."
)

COLUMNS = {
    "picture": st.column_config.ImageColumn("picture", width=ROW_HEIGHT, pinned=True),
    "image": st.column_config.TextColumn("image", width="small"),
    "given": st.column_config.TextColumn("given class"),
    "suggested": st.column_config.TextColumn("suggested class"),
    "self_confidence": st.column_config.NumberColumn(
        "probability of the label", format="%.3f"
    ),
    "relabel": st.column_config.CheckboxColumn(
        "relabel", help="Not ticked, the image keeps its class."
    ),
}


def show_relabelling(run: Run, split: str, n_images: int) -> None:
    """Suspected labels to be kept or corrected, and the corrected ones as a file."""
    found = _relabelled(run, split)
    suspects = found.suspects
    show_heading(
        f"{len(suspects):,} of {n_images:,} images, the least probable label first",
        key="suspected-labels",
        table=suspects,
        shown=True,
        help=HELP,
    )
    _offer_all(run, split, found)
    n_pages = -(-len(suspects) // PER_PAGE)
    page = 1
    if n_pages > 1:
        page = st.pagination(n_pages, key=PAGE)
    first = (page - 1) * PER_PAGE
    _edit(run, split, suspects.iloc[first : first + PER_PAGE], page)
    _offer_file(run, found)


def _relabelled(run: Run, split: str, **decisions: object) -> Relabelled:
    """Decisions are kept in the run; in the session for an example."""
    if not run.is_example:
        request = RelabelRequest(run, split=split, **decisions)  # type: ignore[arg-type]
        return relabel(request, check=loaders.check_again)
    of_runs: dict[str, dict[str, str]] = st.session_state.setdefault(DECIDED, {})
    labels = {**of_runs.get(run.info.id, {}), **decisions.get("labels", {})}  # type: ignore[dict-item]
    found = relabel(
        RelabelRequest(
            run,
            labels,
            suggested=bool(decisions.get("suggested")),
            split=split,
            keep=False,
        ),
        check=loaders.check_again,
    )
    rows = found.corrected
    of_runs[run.info.id] = dict(zip(rows["image"], rows["class_name"], strict=True))
    return found


def _edit(run: Run, split: str, suspects: pd.DataFrame, page: int) -> None:
    """The suspected labels of a page, with their pictures where there are any."""
    table = suspects.reset_index(drop=True)
    available = pictures.load_thumbnails(run, tuple(map(str, table["image"])))
    note_source(available.reason, simulated=available.simulated)
    found = available.pictures
    relabel = table["label"] != table["given"]
    table["relabel"] = relabel
    table["label"] = table["label"].where(relabel, table["suggested"])
    if found:
        sources = [
            picture_address(found[name]) if name in found else None
            for name in table["image"]
        ]
        table["picture"] = sources
    key = f"suspects-{run.info.id}-{split}-{page}-{st.session_state.get(TURN, 0)}"
    if key in st.session_state:
        # The decisions made here are edits of the first table; one that holds them
        # already would make the editor start anew, at its first row.
        table = st.session_state[BEGUN]
    st.session_state[BEGUN] = table
    st.data_editor(
        table,
        key=key,
        hide_index=True,
        column_order=ORDER,
        row_height=ROW_HEIGHT if found else None,
        height="content" if len(table) <= FEW else HEIGHT,
        disabled=["picture", "image", "given", "suggested", "self_confidence"],
        column_config={
            **COLUMNS,
            "label": st.column_config.SelectboxColumn(
                "new class", options=list(run.info.class_names), required=True
            ),
        },
        on_change=lambda: _take_edits(key, run, split, table),
        alt="Images whose label is probably wrong, each to be kept or relabelled",
    )


def _take_edits(key: str, run: Run, split: str, table: pd.DataFrame) -> None:
    """Keep each decision; a new class that is chosen ticks the box."""
    labels = {}
    for row, edit in st.session_state[key]["edited_rows"].items():
        shown = table.iloc[int(row)]
        ticked = edit.get("relabel", bool(shown["relabel"]) or "label" in edit)
        new = edit.get("label", shown["label"]) if ticked else shown["given"]
        labels[str(shown["image"])] = str(new)
    _decide(run, split, labels=labels)


def _decide(run: Run, split: str, **decisions: object) -> None:
    try:
        _relabelled(run, split, **decisions)
    except InputError as error:
        st.toast(literal(error), icon=":material/error:")


def _decide_all(run: Run, split: str, **decisions: object) -> None:
    _decide(run, split, **decisions)
    st.session_state[TURN] = st.session_state.get(TURN, 0) + 1


def _offer_all(run: Run, split: str, found: Relabelled) -> None:
    keep = dict(zip(found.suspects["image"], found.suspects["given"], strict=True))
    n = len(keep)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            f"Relabel all {n:,} as suggested",
            on_click=_decide_all,
            args=(run, split),
            kwargs={"suggested": True},
        )
        st.button(
            f"Keep all {n:,}",
            on_click=_decide_all,
            args=(run, split),
            kwargs={"labels": keep},
        )


def _offer_file(run: Run, found: Relabelled) -> None:
    """The corrected labels as a file, and a way to train with them."""
    n = len(found.corrected)
    if not n:
        st.caption(
            "No label is corrected yet. Tick *relabel* to correct one. All others are "
            "kept."
        )
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{count_of(n, 'corrected label')}**", width="content")
        st.download_button(
            "Corrected labels (image, class_name)",
            lambda: found.labels_text().encode(),
            file_name=CORRECTED,
            mime="text/csv",
            key="corrected-labels",
            icon=":material/download:",
            on_click="ignore",
        )
        if not run.is_example:
            st.button(
                "Train with them",
                icon=":material/model_training:",
                on_click=request_page,
                args=("train", {"labels": str((run.folder / CORRECTED).resolve())}),
            )
    st.caption(
        "*Train* and `hirise train --labels` take this file. All images that it does "
        "not name keep their labels."
    )
