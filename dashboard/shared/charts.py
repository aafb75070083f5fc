"""A chart with its table and CSV file beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

MOST_IN_FULL = 15
"""Rows of a table that is shown without a scroll bar of its own."""

MOST_LISTED = 1000
"""Rows of a table that opens from a button; all of them would be sent each time."""

POPOVER = 560
"""Pixels of a table that opens from a button; a narrow screen gives it less."""

CHART_OPTIONS = {"displayModeBar": False, "scrollZoom": False}


def _rate(label: str) -> Any:
    return st.column_config.NumberColumn(label, format="%.3f")


def _percent(label: str) -> Any:
    return st.column_config.NumberColumn(label, format="percent")


def _count(label: str) -> Any:
    return st.column_config.NumberColumn(label, format="localized")


COLUMNS: dict[str, Any] = {
    "title": st.column_config.TextColumn("title", pinned=True),
    "created": st.column_config.DatetimeColumn("created", format="D MMM YYYY, HH:mm"),
    "disk": st.column_config.NumberColumn("disk", format="bytes"),
    "probability": _rate("probability"),
    "class_name": st.column_config.TextColumn("class", pinned=True, width="medium"),
    "value": _rate("value"),
    "low": _rate("95% CI low"),
    "high": _rate("95% CI high"),
    "support": _count("images"),
    "predicted": _count("predicted"),
    "precision": _rate("precision"),
    "precision_low": _rate("precision CI low"),
    "precision_high": _rate("precision CI high"),
    "recall": _rate("recall"),
    "recall_low": _rate("recall CI low"),
    "recall_high": _rate("recall CI high"),
    "f1": _rate("F1"),
    "f1_low": _rate("F1 CI low"),
    "f1_high": _rate("F1 CI high"),
    "in_truth": st.column_config.CheckboxColumn("has true images"),
    "true_share": _percent("true"),
    "predicted_share": _percent("predicted"),
    "training_share": _percent("training"),
    "n_true": _count("true images"),
    "n_predicted": _count("predicted images"),
    "frequency": _percent("frequency"),
    "loss": _rate("loss"),
    "accuracy": _rate("accuracy"),
    "macro_f1": _rate("macro-F1"),
    "balanced_accuracy": _rate("balanced accuracy"),
    "majority_share": _rate("majority-class baseline"),
    "val_loss": _rate("val loss"),
    "val_accuracy": _rate("val accuracy"),
    "val_macro_f1": _rate("val macro-F1"),
    "val_balanced_accuracy": _rate("val balanced accuracy"),
}
"""Labels and formats of the columns of the core's tables."""


def show_chart(
    figure: go.Figure,
    *,
    key: str,
    alt: str,
    title: str,
    table: pd.DataFrame,
    columns: Mapping[str, Any] | None = None,
    help: str | None = None,
    beside: Callable[[], None] | None = None,
    on_click: Callable[[], None] | None = None,
    shown: bool = False,
    options: Mapping[str, Any] = CHART_OPTIONS,
) -> None:
    """A titled chart; its table opens from a button, or downloads as CSV.

    Parameters
    ----------
    figure : Figure
    key : str
        Unique on the page; also the name of the CSV file.
    alt : str
        What a screen reader says.
    title : str
    table : DataFrame
        The numbers that the chart shows.
    columns : mapping
        Streamlit's `column_config` of the table.
    help : str
        Tooltip of the title.
    beside : function
        Draws further buttons before those of the table.
    on_click : function
        Called when a mark is clicked; `st.session_state["chart-<key>"]` holds it.
    shown : bool
        The table stands below the chart in full, so that it has no button.
    options : mapping
        Plotly's configuration of the chart.
    """
    show_heading(
        title,
        key=key,
        table=table,
        columns=columns,
        help=help,
        shown=shown,
        beside=beside,
    )
    st.plotly_chart(
        figure,
        key=f"chart-{key}",
        alt=alt,
        config=dict(options),
        on_select=on_click or "ignore",
        selection_mode="points",
    )


def show_heading(
    title: str,
    *,
    key: str,
    table: pd.DataFrame,
    columns: Mapping[str, Any] | None = None,
    help: str | None = None,
    shown: bool = False,
    beside: Callable[[], None] | None = None,
) -> None:
    """The title of a chart, its table and CSV file at the other end of the line.

    With `shown` the table stands below in full and has no button.
    """
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        gap="small",
    ):
        st.subheader(title, help=help, width="content", anchor=False)
        with st.container(horizontal=True, width="content", gap="small"):
            if beside is not None:
                beside()
            if not shown:
                with st.popover("Table", icon=":material/table:", type="tertiary"):
                    show_table(
                        table.head(MOST_LISTED),
                        key=f"table-{key}",
                        alt=title,
                        columns=columns,
                        width=POPOVER,
                    )
                    if len(table) > MOST_LISTED:
                        st.caption(
                            f"The first {MOST_LISTED:,} of {len(table):,} rows. The "
                            "CSV file has all rows."
                        )
            show_download(table, key=key)


def show_table(
    table: pd.DataFrame,
    *,
    key: str,
    alt: str,
    columns: Mapping[str, Any] | None = None,
    width: int | Literal["stretch"] = "stretch",
    height: int | None = None,
    row_height: int | None = None,
    on_select: Callable[[], None] | None = None,
) -> None:
    """A table with the columns named for people.

    `on_select` is called when a cell is clicked; `st.session_state[key]` holds it.
    """
    fitting: Literal["content", "auto"] = (
        "content" if len(table) <= MOST_IN_FULL else "auto"
    )
    st.dataframe(
        table,
        key=key,
        alt=alt,
        width=width,
        column_config={**COLUMNS, **(columns or {})},
        hide_index=isinstance(table.index, pd.RangeIndex),
        height=height or fitting,
        row_height=row_height,
        placeholder="–",
        on_select=on_select or "ignore",
        selection_mode="single-cell",
    )


def show_first(
    table: pd.DataFrame,
    most: int,
    *,
    key: str,
    alt: str,
    columns: Mapping[str, Any] | None = None,
    order: str = "",
) -> None:
    """The first `most` rows of a table, and in which `order` they come."""
    show_table(table.head(most), key=key, alt=alt, columns=columns)
    if len(table) > most:
        sorted_by = f", {order} first" if order else ""
        st.caption(
            f"The first {most:,} of {len(table):,} rows{sorted_by}. The CSV file has "
            "all rows."
        )


def show_download(table: pd.DataFrame, *, key: str, label: str = "CSV") -> None:
    """A button that saves `table` as `<key>.csv`; written only when it is pressed."""

    def content() -> bytes:
        text = table.to_csv(index=not isinstance(table.index, pd.RangeIndex))
        # Excel reads a CSV file as UTF-8 only if it begins with this mark.
        return text.encode("utf-8-sig")

    st.download_button(
        label,
        content,
        file_name=f"{key}.csv",
        mime="text/csv",
        key=f"csv-{key}",
        icon=":material/download:",
        type="tertiary",
        # Streamlit would otherwise draw the page anew after a download.
        on_click="ignore",
    )


def rate_columns(names: Iterable[str]) -> dict[str, Any]:
    """Column options for numbers between 0 and 1 under their own names."""
    return {name: _rate(name) for name in names}


def count_columns(names: Iterable[str]) -> dict[str, Any]:
    """Column options for numbers of images under their own names."""
    return {name: _count(name) for name in names}
