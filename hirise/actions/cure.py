"""Apply remedies to a run, and prove what they did."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hirise.diagnosis import Diagnosis, Evidence
from hirise.errors import InputError
from hirise.models.backbone_names import is_downloaded
from hirise.predictions import read_predictions
from hirise.recipes import recipe_named
from hirise.remedies import Adjustment, Cured, Fitted, remedy_class
from hirise.remedies.chain import REMEDY_KEYS
from hirise.remedies.other_weights import (
    ALONE,
    ALONE_KEYS,
    BalancedHead,
    EarlierCheckpoint,
    check_head,
    earlier_epoch,
)
from hirise.remedies.other_weights import (
    check_alone as goes_alone,
)
from hirise.remedies.remedy import Ground
from hirise.remedies.retraining import TRAINING_KEYS, training_remedy
from hirise.remedies.suggestions import data_of, suggestions, why_not_trained_again
from hirise.runs import Run
from hirise.training.plan import native_output_to


def suggested_remedy(
    diagnosis: Diagnosis,
    run: Run,
    ground: Ground,
    *,
    data: Path | None = None,
    leave_out: Sequence[str] = (),
) -> str:
    """The first remedy of the likeliest cause, then of a finding, that works here.

    Raises
    ------
    InputError
        If none does; the message says why the first does not.
    """
    wanted = [one.key for one in suggestions(diagnosis)]
    reasons = []
    for key in wanted:
        if key in REMEDY_KEYS:
            reason = _why_not_fitted(key, ground)
        elif key in TRAINING_KEYS:
            reason = _why_no_weights(key) or why_not_trained_again(
                run, [key], data=data, leave_out=leave_out
            )
        elif key == EarlierCheckpoint.key:
            reason = _why_not_earlier(run, data)
        elif key == BalancedHead.key:
            reason = _why_no_head(run)
        else:
            reason = f"{key} is done by hand, as the advice of `hirise check` says."
        if not reason:
            return key
        reasons.append(reason)
    known = ", ".join((*REMEDY_KEYS, *ALONE_KEYS, *TRAINING_KEYS))
    if not wanted:
        raise InputError(
            f"Nothing that was found in run {run.info.id} asks for a remedy. Name one "
            f"with --remedy: {known}."
        )
    raise InputError(
        f"Nothing that was found in run {run.info.id} can be cured here. Its findings "
        f"ask for: {', '.join(wanted)}. {reasons[0]}"
    )


def _why_not_fitted(key: str, ground: Ground) -> str:
    try:
        remedy_class(key)().fit(ground)
    except InputError as error:
        return str(error)
    return ""


def _why_not_earlier(run: Run, data: Path | None) -> str:
    try:
        earlier_epoch(run)
        data_of(run, data)
    except InputError as error:
        return str(error)
    return ""


def _why_no_weights(key: str) -> str:
    """A backbone is not downloaded unasked."""
    base = training_remedy(key).base
    backbone = recipe_named(base).backbone if base else ""
    if not backbone or is_downloaded(backbone):
        return ""
    return (
        f"{key} needs the weights of {backbone}, which are not on this machine. Ask "
        f"for it (--remedy {key}) and Keras downloads them, or bring a network in a "
        "file (--set backbone=FILE.keras)."
    )


def _why_no_head(run: Run) -> str:
    try:
        check_head(run)
    except InputError as error:
        return str(error)
    return ""


@dataclass(frozen=True)
class Alone:
    """What is asked for: the remedy's `key`, and what only some of them take."""

    key: str
    epoch: int | None = None
    data: Path | None = None
    title: str | None = None


def check_alone(keys: Sequence[str], epoch: int | None, *settings: object) -> None:
    """Refuse what does not go with a remedy that goes alone."""
    if epoch is not None and EarlierCheckpoint.key not in keys:
        key = EarlierCheckpoint.key
        raise InputError(f"--epoch belongs to {key}; add --remedy {key}.")
    goes_alone(keys)
    if set(keys) & set(ALONE_KEYS) and any(value is not None for value in settings):
        raise InputError(
            "--tau, --target-shares, --confidence, --leave-out and --set do not "
            f"belong to {keys[0]}; leave them away."
        )


def cure_alone(
    parent: Run, wanted: Alone, before: Evidence, artifacts: Path
) -> tuple[Run, Cured]:
    """The new run, and what it changed on the split of `before`."""
    made = _another_head if wanted.key == BalancedHead.key else _another_epoch
    new, parameters, told = made(parent, wanted, artifacts)
    was = before.predictions
    if was is None:
        raise ValueError("`before` must have predictions.")
    (title,) = [remedy.title for remedy in ALONE if remedy.key == wanted.key]
    nothing = Adjustment(1.0, (0.0,) * len(was.class_names))
    step = Fitted(wanted.key, title, parameters, told, nothing)
    now = read_predictions(new.predictions_path(was.split or ""))
    return new, Cured(was, now, (step,))


def redo_of(key: str) -> str:
    """What a remedy does again."""
    for remedy in ALONE:
        if key == remedy.key:
            return remedy.redo
    if key in TRAINING_KEYS:
        return training_remedy(key).redo
    return remedy_class(key).redo


def _another_epoch(
    parent: Run, wanted: Alone, artifacts: Path
) -> tuple[Run, dict[str, float | str | dict[str, float]], str]:
    chosen = earlier_epoch(parent, wanted.epoch)
    _need_tensorflow()
    with native_output_to(Path(os.devnull)):
        from hirise.training.other_weights import predict_earlier
    new = predict_earlier(
        parent, chosen, artifacts=artifacts, data=wanted.data, title=wanted.title
    )
    told = f"Epoch {chosen} instead of epoch {parent.info.epoch}."
    return new, {"epoch": chosen}, told


def _another_head(
    parent: Run, wanted: Alone, artifacts: Path
) -> tuple[Run, dict[str, float | str | dict[str, float]], str]:
    check_head(parent)
    _need_tensorflow()
    with native_output_to(Path(os.devnull)):
        from hirise.training.other_weights import retrain_head
    new, found = retrain_head(parent, artifacts=artifacts, title=wanted.title)
    told = (
        f"The last layer anew, {found['epochs']} epochs of balanced batches; epoch "
        f"{found['epoch']} is kept, the best on val by macro-F1."
    )
    return new, found, told


def _need_tensorflow() -> None:
    from hirise.training.plan import need_tensorflow

    need_tensorflow()
