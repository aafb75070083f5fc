"""A few images of a run, where they can be had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.widgets.text import literal
from hirise.names import first_of_landmarks
from hirise.runs import Run

MOST = 12
LOOKED_AT = 1000
"""Images among which they are chosen; a cell may have tens of thousands."""

WIDTH = 148
"""Pixels of an image; a phone shows two beside each other."""


def show_thumbnails(run: Run, images: pd.DataFrame) -> None:
    """The first landmarks of a cell of the confusion matrix, or why there are none.

    Parameters
    ----------
    images : DataFrame
        What `images_of_cell` returns.
    """
    if images.empty or pd.api.types.is_integer_dtype(images["image"]):
        return
    looked_at = images.head(LOOKED_AT)
    shown = looked_at[looked_at["image"].isin(one_per_landmark(looked_at["image"]))]
    both = zip(shown["true"], shown["predicted"], strict=True)
    show_images(run, dict(zip(shown["image"], both, strict=True)))


def show_images(
    run: Run,
    called: Mapping[str, Sequence[str]],
    *,
    labels: Sequence[str] = (),
    notes: bool = True,
) -> None:
    """Images with the classes in `called`: the true one, then what each model said.

    `labels` say who said it, where that is not plain; `notes` say why there are none.
    """
    found = state.load_images(run, tuple(called))
    with st.container(horizontal=True, gap="small"):
        for name, pixels in found.pixels.items():
            true, *said = called[name]
            st.image(
                pixels,
                caption=f"{literal(' → '.join(called[name]))}  \n{literal(name)}",
                alt=f"{name}: {true}, called {_told(said, labels)}",
                width=WIDTH,
            )
    if not notes:
        return
    if found.simulated:
        st.caption("Simulated again from their names; no camera took these images.")
    if found.reason:
        st.caption(f":material/hide_image: {literal(found.reason)}")


def _told(said: Sequence[str], labels: Sequence[str]) -> str:
    if not labels:
        return ", ".join(said)
    return ", ".join(f"{n} {label}" for n, label in zip(said, labels, strict=True))


def one_per_landmark(names: pd.Series[str]) -> tuple[str, ...]:
    """The first names, without copies of what is among them already."""
    return tuple(first_of_landmarks(names).head(MOST))
