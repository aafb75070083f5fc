"""The settings of the remedies that are ticked; empty ones are chosen by themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import streamlit as st

from dashboard.widgets.text import literal
from hirise.diagnosis.shares import parse_class_shares
from hirise.errors import InputError, nearest
from hirise.remedies import Abstention, LogitAdjustment, PriorShift
from hirise.remedies.abstention import OPERATING_POINT
from hirise.remedies.logit_adjustment import MOST_TAU

Options = dict[str, str]


def choose_settings(remedies: Collection[str], class_names: Sequence[str]) -> Options:
    """Options of `hirise cure`, by name.

    Raises
    ------
    InputError
        A setting that cannot be.
    """
    wanted = [key for key in FIELDS if key in remedies]
    if not wanted:
        return {}
    found: Options = {}
    with st.grid(len(wanted), min_column_width=260, gap="small"):
        for key in wanted:
            with st.container():
                found |= FIELDS[key](class_names)
    return found


def _tau(_: Sequence[str]) -> Options:
    tau = st.number_input(
        "τ of logit adjustment",
        0.0,
        MOST_TAU,
        None,
        0.1,
        key="tau",
        bind="query-params",
        placeholder="chosen on val",
        help="How strongly frequent classes pay for their frequency. 0 changes "
        "nothing, 1 makes all classes equally likely beforehand.",
    )
    return {} if tau is None else {"tau": f"{tau:g}"}


def _confidence(_: Sequence[str]) -> Options:
    least = st.number_input(
        "Least confidence that is answered",
        0.01,
        1.0,
        OPERATING_POINT,
        0.01,
        key="confidence",
        bind="query-params",
        help="Calibrated on val. Images below it are left out as not answered.",
    )
    return {"confidence": f"{least:g}"}


def _target_shares(class_names: Sequence[str]) -> Options:
    text = st.text_input(
        "Class shares to expect",
        key="target-shares",
        bind="query-params",
        placeholder="estimated from the predictions",
        help="Such as other=.7,crater=.3; a name with a comma stands in quotes.",
    )
    if not text or not text.strip():
        return {}
    shares = parse_class_shares(text.strip(), "Class shares to expect")
    for name in shares.index:
        if name not in class_names:
            raise InputError(
                f"Class shares to expect: {name!r} is no class of this run."
                f"{nearest(str(name), class_names)}"
            )
    st.caption(literal(", ".join(f"{n} {share:.3g}" for n, share in shares.items())))
    return {"target-shares": text.strip()}


FIELDS: dict[str, Callable[[Sequence[str]], Options]] = {
    LogitAdjustment.key: _tau,
    PriorShift.key: _target_shares,
    Abstention.key: _confidence,
}
