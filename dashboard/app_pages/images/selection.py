"""Several images at once: selected, tagged, and written as a list."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard.shared.charts import MOST_LISTED, rate_columns, show_download
from dashboard.shared.text import count_of, literal, page_text
from hirise.actions.images import Images
from hirise.actions.tag import TagRequest, tag
from hirise.errors import InputError
from hirise.runs import Run

SELECTED = "images-selected"
"""In the session: which images are selected, of which run and split."""

REFUSED = "tag-refused"

COLUMNS = ["image", "true", "predicted", "correct", "probability", "p_true", "tags"]

FORMATS = {
    "image": st.column_config.TextColumn("image", pinned=True),
    "true": st.column_config.TextColumn("true class"),
    "predicted": st.column_config.TextColumn("predicted class"),
    "correct": st.column_config.CheckboxColumn("correct"),
    **rate_columns(["probability", "p_true"]),
    "probability": st.column_config.NumberColumn("confidence", format="%.3f"),
    "p_true": st.column_config.NumberColumn(
        "probability of the true class", format="%.3f"
    ),
}


@dataclass(frozen=True)
class Selection:
    """The selected images of a split; another one follows each change by a button.

    Attributes
    ----------
    of : tuple of str
        Run and split.
    images : tuple of str
    turn : int
        Counts the changes that gallery and table did not make themselves.
    """

    of: tuple[str, str]
    images: tuple[str, ...] = ()
    turn: int = 0

    @property
    def mark(self) -> str:
        """Differs whenever gallery and table must take over `images`."""
        return f"{'/'.join(self.of)}/{self.turn}"


def current_selection(run: Run, split: str) -> Selection:
    """The selection of this split; that of another one is dropped."""
    kept = st.session_state.get(SELECTED)
    of = (run.info.id, split)
    if not isinstance(kept, Selection) or kept.of != of:
        kept = st.session_state[SELECTED] = Selection(of)
    return kept


def take(selection: Selection, images: Iterable[str]) -> None:
    """Keep what was selected in the gallery or the table."""
    images = tuple(dict.fromkeys(map(str, images)))
    st.session_state[SELECTED] = Selection(selection.of, images, selection.turn)


def _put(selection: Selection, images: Iterable[str]) -> None:
    """Select exactly these."""
    images = tuple(images)
    st.session_state[SELECTED] = Selection(selection.of, images, selection.turn + 1)


def choose_selecting() -> bool:
    """Whether a click in the gallery selects an image, and does not open it."""
    return st.toggle(
        "Select several",
        key="select-several",
        width="content",
        help="Select images to tag them or to write their list.",
    )


def show_selection(
    run: Run, images: Images, shown: pd.DataFrame, selection: Selection
) -> None:
    """What can be done with the selected images; it keeps its place without any."""
    chosen, n = selection.images, len(selection.images)
    refusal = st.session_state.pop(REFUSED, "")
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{count_of(n, 'image')} selected**", width="content")
            st.button(
                f"Select all {len(shown):,}",
                type="tertiary",
                disabled=shown.empty,
                on_click=_put,
                args=(selection, tuple(shown["image"])),
            )
            st.button(
                "Clear",
                type="tertiary",
                disabled=not n,
                on_click=_put,
                args=(selection, ()),
            )
            rows = images.table[images.table["image"].isin(list(chosen))]
            show_download(
                images.tagged(rows), key="selected-images", label="CSV of the selection"
            )
        if run.is_example:
            st.caption("Images of an example that ships with hirise cannot be tagged.")
        else:
            _offer_tags(run, images, selection)
        if refusal:
            st.error(literal(refusal), icon=":material/error:")


def _offer_tags(run: Run, images: Images, selection: Selection) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        name = st.selectbox(
            "Tag",
            sorted(images.tags),
            index=None,
            accept_new_options=True,
            key="tag-name",
            placeholder="Choose or write one",
            width=260,
        )
        ready = bool(name and selection.images)
        for label, remove in (("Add the tag", False), ("Remove the tag", True)):
            st.button(
                label,
                disabled=not ready,
                on_click=_tag,
                args=(run, selection, str(name), remove),
            )


def _tag(run: Run, selection: Selection, name: str, remove: bool) -> None:
    try:
        tag(
            TagRequest(
                run,
                name,
                images=selection.images,
                split=selection.of[1],
                remove=remove,
            )
        )
    except InputError as error:
        st.session_state[REFUSED] = page_text(error)
        return
    many = count_of(len(selection.images), "image")
    st.toast(f"{literal(name)}: {'removed from' if remove else 'added to'} {many}.")


def show_image_table(images: Images, shown: pd.DataFrame, selection: Selection) -> str:
    """The images as a table; the one whose button was pressed, else ""."""
    rows = images.tagged(shown.head(MOST_LISTED))[COLUMNS].reset_index(drop=True)
    known = ["image", "predicted"]
    rows = rows.drop(
        columns=[name for name in COLUMNS if name not in known and _empty(rows[name])]
    )
    names = rows["image"].tolist()
    # A selection is one of rows: of other rows, another widget keeps it.
    key = f"image-table-{_digest([selection.mark, *names])}"
    chosen = set(selection.images)
    st.dataframe(
        rows.assign(open="Open"),
        key=key,
        hide_index=True,
        placeholder="–",
        alt="Images with true class, predicted class, confidence and tags",
        column_config={
            **FORMATS,
            "open": st.column_config.ButtonColumn(
                "open", type="tertiary", key="open-row"
            ),
        },
        on_select=lambda: _take_rows(key, selection, names),
        selection_mode="multi-row",
        selection_default={
            "selection": {"rows": [i for i, name in enumerate(names) if name in chosen]}
        },
    )
    if len(shown) > MOST_LISTED:
        st.caption(
            f"The first {MOST_LISTED:,} of {len(shown):,} rows. The CSV file has all "
            "rows."
        )
    pressed = st.session_state.get("open-row")
    return names[pressed["row"]] if pressed else ""


def _take_rows(key: str, selection: Selection, names: Sequence[str]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    elsewhere = [name for name in selection.images if name not in set(names)]
    take(selection, [*elsewhere, *(names[row] for row in rows)])


def _empty(column: pd.Series) -> bool:
    return bool(column.isna().all() or (column == "").all())


def _digest(words: Sequence[str]) -> str:
    return hashlib.blake2b("\0".join(words).encode(), digest_size=8).hexdigest()
