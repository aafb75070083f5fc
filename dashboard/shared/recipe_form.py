"""A recipe and its settings, checked as the command checks them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from dashboard.shared.text import duration, literal, setting_label
from dashboard.state import loaders
from hirise.actions.plan import PlanRequest, TrainingPlan, plan_training
from hirise.errors import InputError
from hirise.models.backbone_names import APPLICATIONS
from hirise.recipes import RECIPES, SETTINGS, Recipe
from hirise.remedies.confidence import OPERATING_POINT
from hirise.runs import change_settings, read_settings

ABOUT = (
    "A network that was trained on many photographs: the path of a `.keras` file on "
    "this machine, or a name of `keras.applications`, whose weights Keras downloads."
)

_USED_LAST = "backbone"
_FIRST = "backbone-first"


def choose_confidence(
    *, help: str | None = None, width: int | Literal["stretch"] = "stretch"
) -> float:
    """The least confidence that is answered; two pages share it in the URL."""
    least = st.number_input(
        "Least confidence for an answer",
        0.01,
        1.0,
        OPERATING_POINT,
        0.01,
        key="confidence",
        bind="query-params",
        help=help,
        width=width,
    )
    return float(least)


def choose_backbone(recipe: Recipe, *, key: str) -> str:
    """The backbone as text, and whether it is available; the caller checks it.

    The one of the last training is offered before that of the recipe.
    """
    field = st.text_input(
        "Backbone",
        value=used_last() or recipe.backbone,
        key=key,
        bind="query-params",
        placeholder="such as ~/efficientnet.keras",
        help=ABOUT,
    )
    text = (field or "").strip()
    try:
        plan = plan_training(PlanRequest(recipe.name, settings={"backbone": text}))
    except InputError:
        return text
    if text not in APPLICATIONS:
        st.caption(f":material/check: {literal(Path(text).name)} is available.")
    elif not plan.downloads:
        st.caption(
            f":material/check: The weights of {literal(text)} are already downloaded."
        )
    else:
        st.caption(
            f":material/download: Keras downloads the weights of {literal(text)} once "
            "and keeps them. Without internet access, give the path of a `.keras` "
            "file."
        )
    return text


def used_last() -> str:
    """The backbone of the last training that had one, as this session began.

    A default that changes would undo what is being typed.
    """
    if _FIRST not in st.session_state:
        stored = read_settings(loaders.artifacts_folder()).get(_USED_LAST)
        st.session_state[_FIRST] = stored if isinstance(stored, str) else ""
    return str(st.session_state[_FIRST])


def keep_backbone(text: str) -> None:
    """Offer it the next time, unless it is empty."""
    if text:
        change_settings(loaders.artifacts_folder(), **{_USED_LAST: text})


FIRST = ("epochs", "batch_size", "learning_rate", "image_size")
"""Settings that are always in sight."""

PRESELECTED = "small-cnn"
"""It needs only images, and takes minutes."""

HELP = {
    "epochs": "Passes over all training images.",
    "batch_size": "Images per step. A smaller batch takes less memory.",
    "learning_rate": "Size of a step. Too large a step kills a network, which then "
    "predicts the same class for every image.",
    "image_size": "Height and width in pixels to which images are resized.",
    "network": "`blog`: plain convolutions with pooling. `strided`: convolutions that "
    "halve the image themselves.",
    "filters": "Width of each convolution stage.",
    "depth": "Convolutions per stage, from the third stage on (`strided` only).",
    "dense": "Width of each hidden dense layer; empty for none.",
    "dropout": "Fraction of units that are switched off at random in training.",
    "batch_norm": "Normalise after each convolution.",
    "augment": "Rotate and flip the training images at random; also shift them and "
    "change their contrast.",
    "schedule": "`cosine` lowers the learning rate to zero at the end. `warmup` raises "
    "it for one epoch first.",
    "weight_decay": "Strength of the pull of the weights towards zero.",
    "label_smoothing": "Fraction of each label that is spread over the other classes.",
    "loss": "`focal` gives less weight to images that are already classified well. "
    "`logit-adjusted` corrects the logits for the class frequencies.",
    "class_weights": "Images of rare classes weigh more: by 1 / class frequency, by "
    "its square root, or by the effective number of landmarks.",
    "balanced_batches": "Show each class equally often.",
    "output_bias": "`log-shares` starts at the class frequencies, so that they need "
    "not be learned.",
    "backbone": "A network that was trained before: a name of `keras.applications`, or "
    "the path of a `.keras` file; empty for none.",
    "trainable": "`head` trains only the last layer, `all` trains the backbone too.",
    "patience": "Epochs without improvement before training stops. 0 never stops "
    "early.",
    "select_by": "The epoch that is kept: the last, or the best by this validation "
    "score. Accuracy prefers a collapsed epoch.",
}
"""What each setting does."""


def choose_recipe() -> Recipe:
    """One of the recipes, with its expected score."""
    names = [recipe.name for recipe in RECIPES]
    name = st.radio(
        "Recipe",
        names,
        index=names.index(PRESELECTED),
        horizontal=True,
        key="recipe",
        bind="query-params",
    )
    recipe = RECIPES[names.index(str(name))]
    expect = f" On 6,004 real images: {literal(recipe.expect)}."
    st.caption(f"{literal(recipe.summary)}{expect if recipe.expect else ''}")
    return recipe


def choose_settings(
    recipe: Recipe, proposed: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The settings that differ from the recipe, as text, not checked yet.

    `proposed` ones are offered instead of the recipe's own.
    """
    known, offered = (
        plan_training(PlanRequest(recipe.name, settings={**changed})).settings
        for changed in ({}, proposed or {})
    )
    names = {key: f"{recipe.name}-{key}" for key in SETTINGS}
    # A widget keeps what it first offered, so another offer needs another key.
    names |= {key: f"{names[key]}-{as_text(offered[key])}" for key in proposed or {}}
    values = _fields(names, FIRST, offered)
    shown = list(FIRST)
    if recipe.backbone:
        values["backbone"] = choose_backbone(recipe, key=names["backbone"])
        shown.append("backbone")
    with st.expander("More settings", icon=":material/tune:"):
        values |= _fields(names, [key for key in SETTINGS if key not in shown], offered)
    return {key: text for key, text in values.items() if text != as_text(known[key])}


def as_text(value: Any) -> str:
    """A setting's value as `--set` takes it."""
    if isinstance(value, list | tuple):
        return ",".join(as_text(item) for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def time_text(plan: TrainingPlan, n_images: int, *, simulating: float = 0.0) -> str:
    """The estimated time of a training, after `simulating` seconds for the images."""
    minutes = plan.minutes(n_images)
    before = f", after {duration(simulating)} of simulating" if simulating else ""
    if minutes is None:
        return f"The training time is unknown{before}."
    length = duration(60 * minutes) if minutes >= 1 else "a minute"
    early = ", less with early stopping" if plan.recipe.patience else ""
    return f"About {length} on two CPU cores{early}{before}."


def _fields(
    names: Mapping[str, str], keys: Iterable[str], offered: dict[str, Any]
) -> dict[str, str]:
    """A field for each setting in a grid; their values as text."""
    with st.grid(4, min_column_width=170, gap="small", vertical_alignment="bottom"):
        return {key: _field(names[key], key, offered[key]) for key in keys}


def _field(name: str, key: str, value: Any) -> str:
    setting, label = SETTINGS[key], setting_label(key)
    about = f"{HELP[key]} Expected: {setting.expected}."
    if setting.is_switch:
        on = st.toggle(label, value=value, key=name, help=about, bind="query-params")
        return as_text(on)
    if setting.choices:
        return str(
            st.selectbox(
                label,
                setting.choices,
                index=setting.choices.index(value),
                key=name,
                help=about,
                bind="query-params",
            )
        )
    text = st.text_input(
        label, value=as_text(value), key=name, help=about, bind="query-params"
    )
    return (text or "").strip()
