"""A grid of pictures that are chosen by click or keyboard."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import streamlit as st

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
