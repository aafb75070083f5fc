"""All checks as a list, like a test report, and one of them with its thresholds."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pandas as pd
import streamlit as st

from dashboard.shared.documentation import offer_text
from dashboard.shared.text import literal
from dashboard.state import look
from hirise.diagnosis import Diagnosis
from hirise.diagnosis.checks import CHECKS
from hirise.diagnosis.configuration import (
    allowed,
    as_toml,
    is_fraction,
    thresholds_of,
)
from hirise.diagnosis.finding import TOPICS, Check
from hirise.diagnosis.thresholds import MEANINGS
from hirise.errors import InputError

STATUSES = ("error", "warning", "note", "passed", "ignored", "not applicable")
MARKS = dict(zip(STATUSES, ("✖", "⚠", "i", "✓", "–", "·"), strict=True))
CHOSEN = "check-chosen"
"""In the session: the code of the check whose row is chosen."""
ROWS_HIGH = 388
"""Pixels: ten rows, the others scroll."""


def show_checks(diagnosis: Diagnosis) -> None:
    """Each check a row, with filters; below it the one that is chosen."""
    table = checks_table(diagnosis)
    shown = _choose_shown(table)
    chosen = _show_table(shown)
    _tell_look(diagnosis)
    if chosen is not None:
        show_check(chosen, table)


def checks_table(diagnosis: Diagnosis) -> pd.DataFrame:
    """`status`, `code`, `check`, `topic` and `detail` of each check, by its code."""
    found = {one.code: one for one in diagnosis.findings}
    ignored = {one.code: reason for one, reason in diagnosis.ignored}
    absent = dict(diagnosis.not_applicable)
    rows = []
    for check in CHECKS:
        code = check.code
        status, detail = "passed", ""
        if code in found:
            status, detail = found[code].severity, found[code].evidence
        elif code in ignored:
            status, detail = "ignored", ignored[code]
        elif code in absent:
            status, detail = "not applicable", absent[code]
        rows.append((status, code, check.title, TOPICS[code[:3]], detail))
    return pd.DataFrame(rows, columns=["status", "code", "check", "topic", "detail"])


def _choose_shown(table: pd.DataFrame) -> pd.DataFrame:
    counts = Counter(table["status"])
    options = [status for status in STATUSES if counts[status]]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        status = st.pills(
            "Status",
            options,
            selection_mode="multi",
            format_func=lambda one: f"{one} ({counts[one]})",
            key="checks-status",
            wrap=True,
            bind="query-params",
        )
        topics = st.pills(
            "Topic",
            list(dict.fromkeys(table["topic"])),
            selection_mode="multi",
            key="checks-topic",
            wrap=True,
            bind="query-params",
        )
    keep = table["status"].isin(status or options)
    if topics:
        keep &= table["topic"].isin(topics)
    rows = table[keep]
    order = rows["status"].map(STATUSES.index)
    return rows.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def _show_table(shown: pd.DataFrame) -> Check | None:
    """The check whose row is chosen."""
    marked = shown.assign(status=[f"{MARKS[one]} {one}" for one in shown["status"]])
    codes = list(shown["code"])
    # Rows are chosen by their place, so that other rows are another table.
    key = f"checks-table-{'-'.join(codes)}"
    chosen = st.session_state.get(CHOSEN)
    st.dataframe(
        marked,
        key=key,
        hide_index=True,
        height=ROWS_HIGH if len(shown) > 10 else "auto",
        on_select=lambda: _choose(key, codes),
        selection_mode="single-row",
        selection_default={
            "selection": {"rows": [codes.index(chosen)] if chosen in codes else []}
        },
        alt="All checks with their status, code, title, topic and detail",
        column_config={
            "status": st.column_config.TextColumn("status", width=130),
            "code": st.column_config.TextColumn("code", width=70),
            "check": st.column_config.TextColumn("check", width=240),
            "topic": st.column_config.TextColumn("topic", width=100),
        },
    )
    if chosen not in codes:
        st.caption("Choose a row for the details and the thresholds of its check.")
        return None
    return next(check for check in CHECKS if check.code == chosen)


def _choose(key: str, codes: list[str]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    st.session_state[CHOSEN] = codes[rows[0]] if rows else None


def _tell_look(diagnosis: Diagnosis) -> None:
    """Which configuration holds, and what is tried, as a file."""
    known = diagnosis.configuration
    if known is not None and known.file:
        st.caption(f"Configuration: {literal(known.file)}")
    if not look.is_changed():
        return
    with st.container(border=True, gap="xsmall"):
        with st.container(
            horizontal=True,
            horizontal_alignment="distribute",
            vertical_alignment="center",
        ):
            st.markdown(
                "**Changed for this look.** The verdict and its causes are weighed "
                "without these changes. To keep them, copy this as `hirise.toml`.",
                width="content",
            )
            st.button(
                "Undo the changes",
                icon=":material/undo:",
                type="tertiary",
                on_click=look.forget,
            )
        try:
            text = as_toml(look.configuration())
        except InputError as error:
            st.error(literal(error), icon=":material/error:")
        else:
            st.code(text, language="toml")


def show_check(check: Check, table: pd.DataFrame) -> None:
    """What a check says here, its thresholds, and whether its finding is accepted."""
    (row,) = table[table["code"] == check.code].to_dict("records")
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            title = f"{check.code} · {check.title}"
            st.subheader(literal(title), anchor=False, width="content")
            offer_text(
                check.code,
                key=f"check-{check.code}",
                label=f"Explain {check.code}",
                icon=":material/help:",
            )
        status = literal(f"{MARKS[row['status']]} {row['status']}")
        detail = literal(row["detail"]) if row["detail"] else "It found nothing."
        st.markdown(f"**{status}**: {detail}")
        if row["status"] in ("error", "warning", "note"):
            st.caption(f"What to do: {literal(check.advice)}")
        _choose_thresholds(check)
        _accept(check)


def _choose_thresholds(check: Check) -> None:
    defaults = thresholds_of(check)
    if not defaults:
        st.caption("It has no thresholds.")
        return
    tried = {
        (code, name): value
        for code, name, value in look.configuration().thresholds
        if code == check.code
    }
    with st.grid(3, min_column_width=200, gap="small"):
        for name, default in defaults.items():
            key = f"{look.FIELD}{check.code}-{name}"
            whole = isinstance(default, int)
            value = tried.get((check.code, name), default)
            st.number_input(
                name.replace("_", " "),
                min_value=1 if whole else 0.0,
                max_value=1.0 if is_fraction(check, name) else None,
                value=int(value) if whole else float(value),
                step=1 if whole else None,
                format=None if whole else "%g",
                key=key,
                help=f"{MEANINGS[check.code][name]} By default {default:g}; "
                f"{allowed(check, name)}.",
                on_change=partial(_try, key, check.code, name, default),
            )


def _try(key: str, code: str, name: str, default: float) -> None:
    value = st.session_state.get(key)
    same = value is None or value == default
    look.set_threshold(code, name, None if same else value)


def _accept(check: Check) -> None:
    key = f"{look.FIELD}{check.code}"
    st.text_input(
        "Reason to accept its finding",
        value=look.configuration().reasons.get(check.code, ""),
        key=key,
        max_chars=500,
        placeholder="It is then listed as ignored, and makes no check fail.",
        on_change=lambda: look.set_reason(check.code, st.session_state.get(key, "")),
    )
