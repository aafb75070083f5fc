"""What was understood of a file, and what can be corrected."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Literal

import pandas as pd
import streamlit as st

from dashboard.shared.charts import show_table
from dashboard.shared.text import literal, when
from hirise.errors import worded
from hirise.importing import Corrections, Understood
from hirise.predictions.columns import parse_class_names

KINDS = {
    "predictions": "Predictions",
    "history": "A training history",
    "run": "A run",
    "model": "A model",
}
MOST_NAMED = 12


def show_understood(found: Understood) -> None:
    """Kind and counts in one line; then columns, facts, and what was assumed."""
    parts = [f"**{KINDS[found.kind]}**", *_counts(found)]
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="understood"
    ):
        icon = "help" if found.problem else "check"
        st.markdown(f":material/{icon}: {' · '.join(parts)}", width="content")
        _offer_tables(found)
    if found.class_names and not found.scored:
        st.caption(f"Classes, in the order of their ids: {_named(found.class_names)}")
    if len(found.columns):
        show_table(
            found.columns, key="columns", alt="Columns of the file and their roles"
        )
    if len(found.facts):
        facts = found.facts.itertuples(index=False)
        st.markdown(
            " · ".join(f"{f.what} **{literal(when(str(f.value)))}**" for f in facts)
        )
    if found.notes:
        notes = (f":material/info: {literal(note)}" for note in found.notes)
        st.caption("  \n".join(notes))
    if found.doubt:
        st.warning(literal(found.doubt), icon=":material/warning:")
    if found.problem:
        st.error(literal(worded(found.problem, _on_this_page)), icon=":material/error:")


def _on_this_page(name: str, value: str) -> str:
    """A parameter of the import as it is named here; see `hirise.errors.Wording`."""
    return "the fields below"


def _counts(found: Understood) -> Iterator[str]:
    if len(found.splits):
        yield f"{found.n_rows:,} images"
        labelled = int(found.splits["n_labelled"].sum())
        if labelled == found.n_rows:
            yield "all with truth"
        else:
            yield f"{labelled:,} with truth" if labelled else "no truth"
    if found.class_names:
        n = len(found.class_names)
        yield f"{n} classes" if n != 1 else "1 class"
    if list(found.splits["split"]) != ["all"]:
        for row in found.splits.head(4).itertuples(index=False):
            yield f"{row.n_images:,} {literal(row.split)}"


def _offer_tables(found: Understood) -> None:
    """The first rows, and the splits, from a button each."""
    tables: dict[str, pd.DataFrame] = {}
    if len(found.head):
        tables["First rows"] = found.head.reset_index(drop=True)
    if len(found.splits) > 1:
        tables["Splits"] = found.splits
    for label, table in tables.items():
        with st.popover(label, icon=":material/table:", type="tertiary"):
            show_table(table, key=f"table-{label}", alt=label, width=560)


def _named(names: tuple[str, ...]) -> str:
    shown = ", ".join(literal(name) for name in names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


ROLES = {
    "image": "Image",
    "y_true": "Truth",
    "y_pred": "Prediction",
    "split": "Split",
}
PEOPLE_SAY = {"image": "image", "truth": "y_true", "prediction": "y_pred"}
NONE = "– none –"


Bind = Literal["query-params"] | None


def choose_corrections(found: Understood, mark: str, *, bound: bool) -> Corrections:
    """Controls that hold what was understood, and what they were changed to.

    `mark` tells files apart: another file starts anew. `bound` ones are in the URL,
    which makes sense for a file that the URL names.
    """
    mark = blake2b(mark.encode(), digest_size=3).hexdigest()
    bind: Bind = "query-params" if bound else None
    label = "Correct how it is read"
    with st.expander(
        label, icon=":material/edit:", expanded=bool(found.problem or found.doubt)
    ):
        columns = _choose_columns(found, mark, bind)
        left, right = st.columns(2, vertical_alignment="bottom")
        names = left.text_input(
            "Names of the classes",
            key=f"names-{mark}",
            bind=bind,
            placeholder=", ".join(found.class_names[:4]) or "such as: cat, dog",
            help="With commas between, in the order of the ids or of the numbered "
            "probability columns.",
        )
        split = right.text_input(
            "Name of the split",
            key=f"split-name-{mark}",
            bind=bind,
            placeholder="all",
            help="Where the file has no column for it, such as val or test.",
        )
        logits = found.scored and st.toggle(
            "The scores are logits",
            key=f"logits-{mark}",
            bind=bind,
            help="Numbers before softmax: they do not sum to 1.",
        )
    return Corrections(
        logits=bool(logits),
        class_names=parse_class_names(names or ""),
        columns=columns,
        split=(split or "").strip() or None,
    )


def _choose_columns(found: Understood, mark: str, bind: Bind) -> dict[str, str]:
    """The roles that were changed, and the column that each now has."""
    columns = list(found.columns["column"])
    roles = {
        PEOPLE_SAY.get(role, role): column
        for column, role in zip(columns, found.columns["role"], strict=True)
    }
    changed = {}
    with st.grid(len(ROLES), min_column_width=150, gap="small"):
        for role, label in ROLES.items():
            first = roles.get(role, NONE)
            chosen = st.selectbox(
                label,
                [NONE, *columns],
                index=[NONE, *columns].index(first),
                key=f"role-{role}-{mark}",
                bind=bind,
            )
            if chosen != first:
                changed[role] = "" if chosen == NONE else str(chosen)
    return changed
