"""Classes of a chart, some at a time where there are many: a search and pages."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
import streamlit as st

MOST_AT_ONCE = 49
"""Classes that one chart draws; of more, the first `PER_PAGE`."""

PER_PAGE = 30


class Page(NamedTuple):
    """Rows by class: those `found`, and the `drawn` ones among them.

    `is_part` says whether there are more than the chart draws.
    """

    found: pd.DataFrame
    drawn: pd.DataFrame
    is_part: bool


def choose_classes(table: pd.DataFrame, *, key: str, order: str) -> Page:
    """The classes to draw: all of few; of many a page of those that a search finds.

    Parameters
    ----------
    table : DataFrame
        Index class name, in the order in which the classes are drawn.
    key : str
        Unique on the page; the search and the page number are in the address.
    order : str
        In words, such as "worst recall first".
    """
    if len(table) <= MOST_AT_ONCE:
        return Page(table, table, is_part=False)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        wanted = _search(key)
        found = table
        if wanted:
            names = table.index.astype(str)
            found = table[names.str.contains(wanted, case=False, regex=False)]
        number = _choose_page(key, -(-len(found) // PER_PAGE))
    first = (number - 1) * PER_PAGE
    drawn = found.iloc[first : first + PER_PAGE]
    if found.empty:
        st.caption("No class has this in its name.")
    else:
        last = first + len(drawn)
        st.caption(f"Classes {first + 1:,}–{last:,} of {len(found):,}, {order}")
    return Page(found, drawn, is_part=True)


def _search(key: str) -> str:
    return str(
        st.text_input(
            "Search classes",
            key=f"{key}-search",
            bind="query-params",
            placeholder="part of a class name",
            width=280,
        )
    ).strip()


def _choose_page(key: str, n_pages: int) -> int:
    name = f"{key}-page"
    # A new search may leave fewer pages than the one that was open.
    if st.session_state.get(name, 1) > n_pages:
        st.session_state[name] = 1
    if n_pages <= 1:
        return 1
    return int(st.pagination(n_pages, key=name, bind="query-params"))
