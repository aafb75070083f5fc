"""Many classes: their worst pairs, groups of confused classes, and any pair."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pandas as pd
import streamlit as st

from dashboard.app_pages.confusion_matrix.cells import (
    choose_cell,
    first_images,
    take_classes,
    take_click,
)
from dashboard.app_pages.confusion_matrix.matrix import choose_values, draw_matrix
from dashboard.shared.charts import CHART_OPTIONS, show_heading, show_table
from dashboard.state import loaders
from dashboard.state.pictures import load_thumbnails
from hirise.evaluation import Evaluation
from hirise.figures.confusion_blocks import confusion_blocks_figure
from hirise.figures.theme import percent
from hirise.runs import Run

MOST_PAIRS = 500
"""Pairs that the table lists; the CSV file has all."""

MOST_PICTURES = 40
"""Pairs with a picture, as all of them are sent at once."""

PICTURE = 56
"""Pixels of a row with a picture."""

HEIGHT = 420
"""Pixels of the table and of the groups beside it."""

COLUMNS = {
    "picture": st.column_config.ImageColumn("image", width="small"),
    "true": st.column_config.TextColumn("true class"),
    "predicted": st.column_config.TextColumn("predicted class"),
    "n": st.column_config.NumberColumn("images", format="localized"),
    "frequency": st.column_config.NumberColumn("of true class", format="percent"),
}


def show_pairs(run: Run, split: str, evaluation: Evaluation) -> tuple[str, str]:
    """The worst pairs, and one that can be chosen: its true and predicted class."""
    pairs, groups = st.columns([3, 2], gap="large")
    with pairs:
        _show_worst(run, split, evaluation)
    with groups:
        show_heading(
            "Groups of confused classes",
            key="groups",
            table=evaluation.blocks.table,
            help="Classes that are confused with each other lie in one group. The "
            "stronger the colour, the larger the fraction of the images of these true "
            "classes that is predicted as one of those classes. Click a block to "
            "choose its most frequent confusion.",
        )
        # Above the boxes, though it frames the block of the classes that they choose.
        place = st.container()
    cell = choose_cell(evaluation)
    with place:
        _draw_groups(evaluation, cell)
    _show_numbers(evaluation, cell)
    confusion = evaluation.confused_with(*cell)
    show_heading(
        "Classes that are confused with these" if any(cell) else "Most confused",
        key="confusion",
        table=confusion,
    )
    draw_matrix(confusion, cell, show=choose_values(), totals=False)
    return cell


def _show_worst(run: Run, split: str, evaluation: Evaluation) -> None:
    confusions = evaluation.top_confusions
    show_heading("Most frequent confusions", key="pairs", table=confusions, shown=True)
    if confusions.empty:
        st.caption("No image is misclassified.")
        return
    worst = confusions.head(MOST_PAIRS)
    pictures = _pictures(run, split, worst.head(MOST_PICTURES))
    shown = worst.assign(picture=pictures) if pictures is not None else worst
    show_table(
        shown[[name for name in COLUMNS if name in shown]],
        key="worst-pairs",
        alt="True and predicted classes, the most frequent confusion first",
        columns=COLUMNS,
        height=HEIGHT,
        row_height=None if pictures is None else PICTURE,
        on_select=_take_pair(worst),
    )
    if len(confusions) > MOST_PAIRS:
        st.caption(
            f"The first {MOST_PAIRS:,} of {len(confusions):,} pairs. The CSV file has "
            "all pairs."
        )


def _take_pair(worst: pd.DataFrame) -> Callable[[], None]:
    """For a click on the table: the two classes of its row."""

    def take() -> None:
        cells = st.session_state["worst-pairs"]["selection"]["cells"]
        if cells:
            row = worst.iloc[cells[0][0]]
            take_classes(str(row["true"]), str(row["predicted"]))

    return take


def _pictures(run: Run, split: str, pairs: pd.DataFrame) -> pd.Series[str] | None:
    """An image of each pair as an address; None if no image is at hand."""
    names = first_images(loaders.load_predictions(run, split), pairs)
    if names is None:
        return None
    pictures = load_thumbnails(run, tuple(names)).pictures
    if not pictures:
        return None
    addresses = [_address(pictures.get(name)) for name in names]
    return pd.Series(addresses, index=pairs.index, dtype=object)


def _address(picture: bytes | None) -> str | None:
    if picture is None:
        return None
    return f"data:image/webp;base64,{base64.b64encode(picture).decode()}"


def _draw_groups(evaluation: Evaluation, cell: tuple[str, str]) -> None:
    blocks = evaluation.blocks
    if blocks.table.empty:
        st.caption("No image is misclassified.")
        return
    st.plotly_chart(
        confusion_blocks_figure(blocks, pair=cell, height=HEIGHT),
        key="blocks",
        on_select=take_click("blocks"),
        selection_mode="points",
        config=CHART_OPTIONS,
        alt="Misclassified images between groups of classes",
    )


def _show_numbers(evaluation: Evaluation, cell: tuple[str, str]) -> None:
    """How often one class is predicted as the other; nothing where one is any."""
    if not all(cell):
        return
    pair = evaluation.pair(*cell)
    with st.container(horizontal=True, gap="large"):
        st.metric("Images", f"{pair.n:,}", width="content")
        rates = {
            "Of the true class": pair.of_true,
            "Of these predictions": pair.of_predicted,
        }
        for label, rate in rates.items():
            # NaN is the only number that differs from itself.
            shown = percent(rate) if rate == rate else "–"
            st.metric(label, shown, width="content")
        if cell[0] != cell[1]:
            st.metric("The other way round", f"{pair.n_reverse:,}", width="content")
