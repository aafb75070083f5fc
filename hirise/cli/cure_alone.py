"""`hirise cure` with a remedy that goes alone: another epoch, or another last layer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hirise.diagnosis import Evidence
from hirise.errors import InputError
from hirise.native import native_output_to
from hirise.predictions import read_predictions
from hirise.remedies import Adjustment, Cured, Fitted, remedy_class
from hirise.remedies.alone import ALONE, ALONE_KEYS
from hirise.remedies.alone import check_alone as goes_alone
from hirise.remedies.balanced_head import BalancedHead, check_head
from hirise.remedies.earlier_checkpoint import EarlierCheckpoint, earlier_epoch
from hirise.remedies.training import TRAINING_KEYS, training_remedy
from hirise.runs import Run


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
        from hirise.training.earlier import predict_earlier
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
        from hirise.training.head_again import retrain_head
    new, found = retrain_head(parent, artifacts=artifacts, title=wanted.title)
    told = (
        f"The last layer anew, {found['epochs']} epochs of balanced batches; epoch "
        f"{found['epoch']} is kept, the best on val by macro-F1."
    )
    return new, found, told


def _need_tensorflow() -> None:
    from hirise.training.plan import need_tensorflow

    need_tensorflow()
