"""Images as a grid of pictures to choose from by click or keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import streamlit as st

from dashboard.app_pages.images.selection import Selection, take
from dashboard.shared.image_links import PAGE, PER_PAGE
from dashboard.shared.text import count_of
from dashboard.shared.thumbnails import note_source, picture_address
from dashboard.state import pictures
from hirise.runs import Run

_HERE = Path(__file__).parent
_HTML = "<div class='gallery' role='group'>\n</div>"


@dataclass(frozen=True)
class Tile:
    """One picture.

    Attributes
    ----------
    id : str
        Passed on when it is chosen.
    caption, detail : str
        Two lines below it, cut if they are too long.
    alt : str
        The same in words.
    kind : {"correct", "incorrect", "unknown"}
    src : str
        A data address; "" for a placeholder.
    still : bool
        Whether it cannot be chosen.
    """

    id: str
    caption: str
    detail: str
    alt: str
    kind: Literal["correct", "incorrect", "unknown"] = "unknown"
    src: str = ""
    still: bool = False


def can_be_shown(run: Run, rows: pd.DataFrame) -> bool:
    """Whether there is a picture of any of the first images; else it says why not."""
    names = tuple(map(str, rows["image"].head(PER_PAGE)))
    available = pictures.load_thumbnails(run, names)
    if names and not available.pictures:
        note_source(available.reason)
    return not names or bool(available.pictures)


def show_gallery(
    run: Run,
    rows: pd.DataFrame,
    *,
    order: str,
    chosen: str,
    selection: Selection | None,
    on_pick: Callable[[str], object],
) -> None:
    """Rows of `image_table` as pictures, page by page.

    With a `selection` a click changes it; else the image is passed to `on_pick`.
    """
    n_pages = -(-len(rows) // PER_PAGE)
    page = 1
    if n_pages > 1:
        # A new filter may leave fewer pages than the one that was open.
        if st.session_state.get(PAGE, 1) > n_pages:
            st.session_state[PAGE] = 1
        page = st.pagination(n_pages, key=PAGE, bind="query-params")
    n_images = count_of(len(rows), "image")
    show_grid(
        run,
        prediction_tiles(rows.iloc[(page - 1) * PER_PAGE : page * PER_PAGE]),
        label=f"{n_images}, sorted by {order}, page {page} of {n_pages}",
        key="gallery",
        chosen=chosen,
        selection=selection,
        on_pick=on_pick,
    )


def show_grid(
    run: Run,
    tiles: Sequence[Tile],
    *,
    label: str,
    key: str,
    chosen: str = "",
    selection: Selection | None = None,
    on_pick: Callable[[str], object] = lambda _: None,
) -> None:
    """`tiles`, whose ids are images, with their pictures; absent ones are counted.

    `on_pick` gets the id of the tile that is chosen, or a click selects with a
    `selection`.
    """
    available = pictures.load_thumbnails(run, tuple(tile.id for tile in tiles))
    n_absent = len(tiles) - len(available.pictures)
    reason = f"{count_of(n_absent, 'image')} cannot be shown. {available.reason}"
    note_source(reason if n_absent else "", simulated=available.simulated)
    shown = [
        replace(tile, src=picture_address(available.pictures[tile.id]))
        if tile.id in available.pictures
        else tile
        for tile in tiles
    ]

    def picked() -> None:
        tile = st.session_state[key].picked
        if tile:
            on_pick(str(tile))

    def selected() -> None:
        ids = st.session_state[key].selected
        if selection is not None and ids is not None:
            take(selection, ids)

    _component()(
        data={
            "items": [asdict(tile) for tile in shown],
            "label": label,
            "chosen": chosen,
            "selected": list(selection.images) if selection else None,
            "mark": selection.mark if selection else "",
        },
        key=key,
        on_picked_change=picked,
        on_selected_change=selected,
    )


def prediction_tiles(rows: pd.DataFrame) -> list[Tile]:
    """Rows of `image_table`: the predicted class, and the true one if it differs."""
    return [_prediction(row) for row in rows.itertuples(index=False)]


def neighbour_tiles(rows: pd.DataFrame) -> list[Tile]:
    """Rows of `nearest_images`: their labels."""
    return [_neighbour(row) for row in rows.itertuples(index=False)]


def _prediction(row: Any) -> Tile:
    image, true, predicted = str(row.image), str(row.true), str(row.predicted)
    confidence = "" if pd.isna(row.probability) else f"confidence {row.probability:.0%}"
    alt = f"{image}: predicted as {predicted}"
    if row.correct is not pd.NA:
        alt = f"{image}: true class {true}, predicted as {predicted}"
    if confidence:
        alt += f", {confidence}"
    if row.correct is pd.NA:
        return Tile(image, predicted, confidence, alt, "unknown")
    if row.correct:
        return Tile(image, predicted, confidence, alt, "correct")
    return Tile(image, f"{true} → {predicted}", confidence, alt, "incorrect")


def _neighbour(row: Any) -> Tile:
    similarity = f"similarity {row.likeness:.3f}, {row.split}"
    alt = f"{row.image}: labelled {row.class_name}, {similarity}"
    return Tile(str(row.image), str(row.class_name), similarity, alt, still=True)


def _component() -> Callable[..., object]:
    """Registered anew in each run of a page, as Streamlit forgets it on a reload."""
    return st.components.v2.component(
        "hirise_gallery",
        html=_HTML,
        css=(_HERE / "gallery.css").read_text("utf-8"),
        js=(_HERE / "gallery.js").read_text("utf-8"),
    )
