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
from hirise.predictions.decisions import Decisions
from hirise.predictions.options import parse_class_names

KINDS = {
    "predictions": "Predictions",
    "history": "A training history",
    "run": "A run",
    "model": "A model",
}
MOST_NAMED = 12


def show_understood(understood: Understood) -> None:
    """Kind and counts in one line; then columns, facts, and what was assumed."""
    parts = [f"**{KINDS[understood.kind]}**", *_counts(understood)]
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key="understood"
    ):
        icon = "help" if understood.problem else "check"
        st.markdown(f":material/{icon}: {' · '.join(parts)}", width="content")
        _offer_tables(understood)
    if understood.class_names and not understood.scored:
        st.caption(
            f"Classes, in the order of their ids: {_named(understood.class_names)}"
        )
    if len(understood.columns):
        show_table(
            understood.columns, key="columns", alt="Columns of the file and their roles"
        )
    if len(understood.facts):
        facts = understood.facts.itertuples(index=False)
        st.markdown(
            " · ".join(f"{f.what} **{literal(when(str(f.value)))}**" for f in facts)
        )
    if understood.notes:
        notes = (f":material/info: {literal(note)}" for note in understood.notes)
        st.caption("  \n".join(notes))
    if understood.doubt:
        st.warning(literal(understood.doubt), icon=":material/warning:")
    if understood.problem:
        problem = worded(understood.problem, _on_this_page)
        st.error(literal(problem), icon=":material/error:")


def _on_this_page(name: str, value: str) -> str:
    """A parameter of the import as it is named here; see `hirise.errors.Wording`."""
    return "the fields below"


def _counts(understood: Understood) -> Iterator[str]:
    if len(understood.splits):
        yield f"{understood.n_rows:,} images"
        labelled = int(understood.splits["n_labelled"].sum())
        if labelled == understood.n_rows:
            yield "all with true labels"
        else:
            yield f"{labelled:,} with true labels" if labelled else "no true labels"
    if understood.class_names:
        n = len(understood.class_names)
        yield f"{n} classes" if n != 1 else "1 class"
    if list(understood.splits["split"]) != ["all"]:
        for row in understood.splits.head(4).itertuples(index=False):
            yield f"{row.n_images:,} {literal(row.split)}"


def _offer_tables(understood: Understood) -> None:
    """The first rows, and the splits, from a button each."""
    tables: dict[str, pd.DataFrame] = {}
    if len(understood.head):
        tables["First rows"] = understood.head.reset_index(drop=True)
    if len(understood.splits) > 1:
        tables["Splits"] = understood.splits
    for label, table in tables.items():
        with st.popover(label, icon=":material/table:", type="tertiary"):
            show_table(table, key=f"table-{label}", alt=label, width=560)


def _named(names: tuple[str, ...]) -> str:
    shown = ", ".join(literal(name) for name in names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


ROLES = {
    "image": "Image",
    "y_true": "True label",
    "y_pred": "Prediction",
    "split": "Split",
}
PEOPLE_SAY = {"image": "image", "truth": "y_true", "prediction": "y_pred"}
NONE = "– none –"


Bind = Literal["query-params"] | None


def choose_corrections(
    understood: Understood, mark: str, *, bound: bool
) -> Corrections:
    """Controls that hold what was understood, and what they were changed to.

    `mark` tells files apart: another file starts anew. `bound` ones are in the URL,
    which makes sense for a file that the URL names.
    """
    mark = blake2b(mark.encode(), digest_size=3).hexdigest()
    bind: Bind = "query-params" if bound else None
    label = "Correct how it is read"
    with st.expander(
        label,
        icon=":material/edit:",
        expanded=bool(understood.problem or understood.doubt),
    ):
        columns = _choose_columns(understood, mark, bind)
        left, right = st.columns(2, vertical_alignment="bottom")
        names = left.text_input(
            "Names of the classes",
            key=f"names-{mark}",
            bind=bind,
            placeholder=", ".join(understood.class_names[:4]) or "such as: cat, dog",
            help="Separated by commas, in the order of the ids or of the numbered "
            "probability columns.",
        )
        split = right.text_input(
            "Name of the split",
            key=f"split-name-{mark}",
            bind=bind,
            placeholder="all",
            help="For example val or test, if the file has no split column.",
        )
        logits = understood.scored and st.toggle(
            "The scores are logits",
            key=f"logits-{mark}",
            bind=bind,
            help="Numbers before softmax: they do not sum to 1.",
        )
        decisions = _choose_decisions(understood, mark, bind)
    return Corrections(
        logits=bool(logits),
        class_names=parse_class_names(names or ""),
        columns=columns,
        split=(split or "").strip() or None,
        decisions=decisions,
    )


def _choose_decisions(understood: Understood, mark: str, bind: Bind) -> Decisions:
    """How one class per image is made of what the file holds."""
    decisions = Decisions()
    names = understood.class_names
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    if left.toggle(
        "Average rows of one image",
        key=f"aggregate-{mark}",
        bind=bind,
        help="Several crops or augmented copies of an image become one.",
    ):
        decisions["aggregate"] = "mean"
    if middle.toggle(
        "The classes are in order",
        key=f"ordinal-{mark}",
        bind=bind,
        help="The classes are in the order of the names above. The size of each error "
        "then counts.",
    ):
        decisions["ordinal"] = True
    if understood.scored and len(names) == 2:
        threshold = right.number_input(
            f"Threshold of {literal(names[1])}",
            min_value=0.01,
            max_value=0.99,
            value=None,
            placeholder="0.5",
            key=f"threshold-{mark}",
            bind=bind,
            help="Probability from which this class is predicted.",
        )
        if threshold is not None:
            decisions["threshold"] = float(threshold)
    elif len(names) > 2:
        abstain = right.selectbox(
            "No answer",
            [NONE, *names],
            key=f"abstain-{mark}",
            bind=bind,
            help="A class whose prediction counts as no answer. Its images are left "
            "out, and the coverage is shown.",
        )
        if abstain != NONE:
            decisions["abstain"] = str(abstain)
    return decisions


def _choose_columns(understood: Understood, mark: str, bind: Bind) -> dict[str, str]:
    """The roles that were changed, and the column that each now has."""
    columns = list(understood.columns["column"])
    roles = {
        PEOPLE_SAY.get(role, role): column
        for column, role in zip(columns, understood.columns["role"], strict=True)
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
