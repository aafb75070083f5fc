"""The settings of the remedies that are ticked; most empty ones choose themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import streamlit as st

from dashboard.shared.recipe_form import choose_backbone, choose_confidence
from dashboard.shared.text import Lacking, literal
from hirise.actions.plan import PlanRequest, plan_training
from hirise.errors import InputError, nearest, parameter
from hirise.predictions.options import parse_class_frequencies
from hirise.recipes import RECIPES
from hirise.remedies import Abstention, LogitAdjustment, PriorShift
from hirise.remedies.logit_adjustment import MOST_TAU
from hirise.remedies.training_remedies import TRAINING_REMEDIES
from hirise.remedies.weights import EARLIER_CHECKPOINT
from hirise.runs import Run

LEAVE_OUT = "leave-class-out"
FEWEST = 2
"""Classes that must stay."""

Fields = dict[str, Any]
"""Fields of `CureRequest`."""


def choose_settings(remedies: Collection[str], class_names: Sequence[str]) -> Fields:
    """Settings of remedies that need no training.

    Raises
    ------
    InputError
        A setting that cannot be.
    """
    shown = [key for key in CONTROLS if key in remedies]
    fields: Fields = {}
    if shown:
        with st.grid(len(CONTROLS), min_column_width=260, gap="small"):
            for key in shown:
                with st.container():
                    fields |= CONTROLS[key](class_names)
    return fields


def _choose_tau(_: Sequence[str]) -> Fields:
    tau = st.number_input(
        "τ of logit adjustment",
        0.0,
        MOST_TAU,
        None,
        0.1,
        key="tau",
        bind="query-params",
        placeholder="chosen by the labels",
        help="How strongly the frequency of a class lowers its score. 0 changes "
        "nothing, and 1 makes all classes equally likely beforehand.",
    )
    return {} if tau is None else {"tau": float(tau)}


def _choose_confidence(_: Sequence[str]) -> Fields:
    help = "Calibrated on val. Images below it are left unanswered."
    return {"confidence": choose_confidence(help=help)}


def _choose_frequencies(class_names: Sequence[str]) -> Fields:
    text = st.text_input(
        "Expected class frequencies",
        key="target-shares",
        bind="query-params",
        placeholder="estimated from the predictions",
        help="For example other=.7,crater=.3. Put a name with a comma in quotes.",
    )
    if not text or not text.strip():
        return {}
    frequencies = parse_class_frequencies(text.strip(), parameter("target_shares"))
    for name in frequencies.index:
        if name not in class_names:
            raise InputError(
                f"{name!r} is not a class of this run."
                f"{nearest(str(name), class_names)}",
                where=parameter("target_shares"),
            )
    st.caption(literal(", ".join(f"{n} {f:.3g}" for n, f in frequencies.items())))
    return {"target_shares": {str(n): float(f) for n, f in frequencies.items()}}


def choose_left_out(run: Run, remedies: Collection[str]) -> tuple[str, ...]:
    """The classes that a training leaves out.

    Raises
    ------
    Lacking
        None yet.
    InputError
        So many that fewer than two would stay.
    """
    if LEAVE_OUT not in remedies:
        return ()
    names = list(run.info.class_names)
    chosen = st.multiselect(
        "Classes to leave out",
        names,
        key="leave-out",
        bind="query-params",
        placeholder="the largest, for example",
    )
    if not chosen:
        raise Lacking("Choose the class to leave out.")
    if len(names) - len(chosen) < FEWEST:
        raise InputError("At least two classes must remain.", how="Leave fewer out.")
    return tuple(chosen)


def choose_epoch(epochs: Sequence[int], remedies: Collection[str]) -> Fields:
    """The epoch of an earlier checkpoint; by default the best on val by macro-F1."""
    if EARLIER_CHECKPOINT.key not in remedies:
        return {}
    epoch = st.selectbox(
        "Epoch",
        epochs,
        None,
        key="epoch",
        bind="query-params",
        placeholder="the best on val by macro-F1",
        width=260,
    )
    return {} if epoch is None else {"epoch": int(epoch)}


def choose_recipe_settings(remedies: Collection[str]) -> dict[str, str]:
    """Settings of the recipe that a remedy takes: the backbone that it starts from.

    Raises
    ------
    InputError
        One that is not there, or unknown.
    """
    bases = {r.base for r in TRAINING_REMEDIES if r.key in remedies and r.base}
    recipe = next((recipe for recipe in RECIPES if recipe.name in bases), None)
    if recipe is None:
        return {}
    backbone = choose_backbone(recipe, key="cure-backbone")
    plan_training(PlanRequest(recipe.name, settings={"backbone": backbone}))
    return {} if backbone == recipe.backbone else {"backbone": backbone}


CONTROLS: dict[str, Callable[[Sequence[str]], Fields]] = {
    LogitAdjustment.key: _choose_tau,
    PriorShift.key: _choose_frequencies,
    Abstention.key: _choose_confidence,
}
