"""Images as a grid of pictures, with what was said of each below it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import pictures
from dashboard.components.gallery import Tile, picture_address, show_tiles
from dashboard.widgets.text import literal
from hirise.runs import Run


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
