"""The settings of the remedies that are ticked; most empty ones choose themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import streamlit as st

from dashboard.shared.recipe_form import choose_backbone
from dashboard.shared.text import Lacking, literal
from hirise.diagnosis.sources import parse_class_shares
from hirise.errors import InputError, nearest
from hirise.models.backbone_names import check_backbone
from hirise.recipes import recipe_named
from hirise.remedies import Abstention, LogitAdjustment, PriorShift
from hirise.remedies.confidence import OPERATING_POINT
from hirise.remedies.logit_adjustment import MOST_TAU
from hirise.remedies.other_weights import EarlierCheckpoint
from hirise.remedies.retraining import TRAINING_KEYS, training_remedy
from hirise.runs import Run
from hirise.runs.epochs import kept_epochs

LEAVE_OUT = "leave-class-out"
FEWEST = 2
"""Classes that must stay."""

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
    with st.grid(len(FIELDS), min_column_width=260, gap="small"):
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
        raise Lacking("Choose the class that is left out.")
    if len(names) - len(chosen) < FEWEST:
        raise InputError("At least two classes must stay; leave fewer out.")
    return tuple(chosen)


def choose_epoch(run: Run, remedies: Collection[str]) -> Options:
    """The option `epoch`; by default the best on val by macro-F1."""
    if EarlierCheckpoint.key not in remedies:
        return {}
    epoch = st.selectbox(
        "Epoch",
        [one for one in kept_epochs(run) if one != run.info.epoch],
        None,
        key="epoch",
        bind="query-params",
        placeholder="the best on val by macro-F1",
        width=260,
    )
    return {} if epoch is None else {"epoch": str(epoch)}


def choose_recipe_settings(remedies: Collection[str]) -> dict[str, str]:
    """Settings of the recipe that a remedy takes: the backbone that it starts from.

    Raises
    ------
    InputError
        One that is not there, or unknown.
    """
    bases = [training_remedy(key).base for key in remedies if key in TRAINING_KEYS]
    names = [name for name in bases if name]
    if not names:
        return {}
    recipe = recipe_named(names[0])
    backbone = choose_backbone(recipe.backbone, key="cure-backbone")
    check_backbone(backbone)
    return {} if backbone == recipe.backbone else {"backbone": backbone}


FIELDS: dict[str, Callable[[Sequence[str]], Options]] = {
    LogitAdjustment.key: _tau,
    PriorShift.key: _target_shares,
    Abstention.key: _confidence,
}
