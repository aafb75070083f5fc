"""A select box of the classes in which "any" is a choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st


def choose_class(
    label: str,
    names: Sequence[str],
    *,
    key: str,
    first: str = "",
    bound: bool = True,
    width: int | Literal["stretch"] = "stretch",
) -> str:
    """The name that is chosen, `first` at the beginning; "" for any.

    With `bound` the choice stands in the address, under `key`.
    """
    any_of, told = ["", *names], any_label(names)
    return str(
        st.selectbox(
            label,
            any_of,
            index=any_of.index(first),
            format_func=lambda name: name or told,
            key=key,
            bind="query-params" if bound else None,
            width=width,
        )
    )


def any_label(names: Sequence[str]) -> str:
    """How "any" is called, in the address too: not as one of the classes is."""
    label = "any"
    while label in names:
        label += " class"
    return label
