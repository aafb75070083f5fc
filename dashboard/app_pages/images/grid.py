"""Images as a grid of pictures that are chosen by click or keyboard."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import streamlit as st

from dashboard.shared.text import literal
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
        What is handed back when it is chosen.
    caption, detail : str
        Two lines below it, cut where they are too long.
    alt : str
        All of it in words.
    kind : {"right", "wrong", "unknown"}
    src : str
        A data address; "" for a placeholder.
    still : bool
        Whether it is only looked at.
    """

    id: str
    caption: str
    detail: str
    alt: str
    kind: Literal["right", "wrong", "unknown"] = "unknown"
    src: str = ""
    still: bool = False


def picture_address(webp: bytes) -> str:
    """The bytes of a WebP file as an address that holds them."""
    return f"data:image/webp;base64,{base64.b64encode(webp).decode()}"


def show_tiles(
    tiles: Sequence[Tile],
    *,
    label: str,
    key: str,
    chosen: str = "",
    on_pick: Callable[[str], object] = lambda _: None,
) -> None:
    """Draw `tiles`; `on_pick` gets the id of the one that is chosen."""

    def picked() -> None:
        found = st.session_state[key].picked
        if found:
            on_pick(str(found))

    _component()(
        data={
            "items": [asdict(tile) for tile in tiles],
            "label": label,
            "chosen": chosen,
        },
        key=key,
        on_picked_change=picked,
    )


def _component() -> Callable[..., object]:
    """Registered anew in each run of a page, as Streamlit forgets it on a reload."""
    return st.components.v2.component(
        "hirise_gallery",
        html=_HTML,
        css=(_HERE / "gallery.css").read_text("utf-8"),
        js=(_HERE / "gallery.js").read_text("utf-8"),
    )


def show_grid(
    run: Run,
    tiles: Sequence[Tile],
    *,
    label: str,
    key: str,
    chosen: str = "",
    on_pick: Callable[[str], object] = lambda _: None,
) -> None:
    """`tiles`, whose ids are images, with their pictures; what is absent is counted."""
    found = pictures.load_thumbnails(run, tuple(tile.id for tile in tiles))
    shown = [
        replace(tile, src=picture_address(found.pictures[tile.id]))
        if tile.id in found.pictures
        else tile
        for tile in tiles
    ]
    lacking = len(tiles) - len(found.pictures)
    if found.simulated:
        st.caption("Simulated again from their names; no camera took these images.")
    if lacking:
        many = "1 image" if lacking == 1 else f"{lacking:,} images"
        st.caption(
            f":material/hide_image: {many} cannot be shown. {literal(found.reason)}"
        )
    show_tiles(shown, label=label, key=key, chosen=chosen, on_pick=on_pick)


def answer_tiles(rows: pd.DataFrame) -> list[Tile]:
    """Rows of `image_table`: the predicted class, and the true one if other."""
    return [_answer(row) for row in rows.itertuples(index=False)]


def neighbour_tiles(rows: pd.DataFrame) -> list[Tile]:
    """Rows of `nearest_images`: their labels."""
    return list(_neighbours(rows))


def _answer(row: Any) -> Tile:
    image, true, predicted = str(row.image), str(row.true), str(row.predicted)
    sure = "" if pd.isna(row.probability) else f"{row.probability:.0%} sure"
    after = f", {sure}" if sure else ""
    if row.correct is pd.NA:
        told = f"{image}: called {predicted}{after}"
        return Tile(image, predicted, sure, told, "unknown")
    if row.correct:
        told = f"{image}: {true}, rightly called so{after}"
        return Tile(image, predicted, sure, told, "right")
    told = f"{image}: {true}, wrongly called {predicted}{after}"
    return Tile(image, f"{true} → {predicted}", sure, told, "wrong")


def _neighbours(rows: pd.DataFrame) -> Iterator[Tile]:
    for row in rows.itertuples(index=False):
        likeness = f"{row.likeness:.3f}, {row.split}"
        told = f"{row.image}: labelled {row.class_name}, likeness {likeness}"
        yield Tile(str(row.image), str(row.class_name), likeness, told, still=True)
