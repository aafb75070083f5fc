"""What can be corrected of how a predictions file was understood."""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal

import streamlit as st

from hirise.importing import Corrections, Understood
from hirise.importing.corrections import parse_class_names

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
        PEOPLE_SAY.get(r, r): c for c, r in found.columns[["column", "role"]].values
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
