"""The first remedy that was asked for and can be carried out here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hirise.backbones import is_downloaded
from hirise.diagnosis import Diagnosis
from hirise.errors import InputError
from hirise.recipes import recipe_named
from hirise.remedies.alone import ALONE_KEYS
from hirise.remedies.balanced_head import BalancedHead, check_head
from hirise.remedies.chain import REMEDY_KEYS, remedy_class
from hirise.remedies.earlier_checkpoint import EarlierCheckpoint, earlier_epoch
from hirise.remedies.preview import suggestions
from hirise.remedies.remedy import Ground
from hirise.remedies.training import TRAINING_KEYS, training_remedy
from hirise.remedies.training.parent import data_of, why_not_trained_again
from hirise.runs import Run


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
