"""`hirise cure RUN --remedy earlier-checkpoint`: the weights of another epoch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from hirise.diagnosis import Evidence
from hirise.errors import InputError
from hirise.native import native_output_to
from hirise.predictions import read_predictions
from hirise.remedies import Adjustment, Cured, Fitted, remedy_class
from hirise.remedies.earlier_checkpoint import EarlierCheckpoint, earlier_epoch
from hirise.remedies.earlier_checkpoint import check_alone as goes_alone
from hirise.remedies.training import TRAINING_KEYS, training_remedy
from hirise.runs import Run


def check_alone(keys: Sequence[str], *settings: object) -> None:
    """Refuse what does not go with an earlier checkpoint."""
    key = EarlierCheckpoint.key
    if key not in keys:
        raise InputError(f"--epoch belongs to {key}; add --remedy {key}.")
    goes_alone(keys)
    if any(value is not None for value in settings):
        raise InputError(
            "--tau, --target-shares, --confidence, --leave-out and --set do not "
            f"belong to {key}; leave them away."
        )


def cure_earlier(
    parent: Run,
    epoch: int | None,
    before: Evidence,
    data: Path | None,
    artifacts: Path,
    title: str | None,
) -> tuple[Run, Cured]:
    """The run of an earlier epoch, and what that changed on the split of `before`."""
    chosen = earlier_epoch(parent, epoch)
    from hirise.training.plan import need_tensorflow

    need_tensorflow()
    with native_output_to(Path(os.devnull)):
        from hirise.training.earlier import predict_earlier
    new = predict_earlier(parent, chosen, artifacts=artifacts, data=data, title=title)
    was = before.predictions
    if was is None:
        raise ValueError("`before` must have predictions.")
    split = was.split or ""
    step = Fitted(
        EarlierCheckpoint.key,
        EarlierCheckpoint.title,
        {"epoch": chosen},
        f"Epoch {chosen} instead of epoch {parent.info.epoch}.",
        Adjustment(1.0, (0.0,) * len(was.class_names)),
    )
    now = read_predictions(new.predictions_path(split))
    return new, Cured(was, now, (step,))


def redo_of(key: str) -> str:
    """What a remedy does again."""
    if key == EarlierCheckpoint.key:
        return EarlierCheckpoint.redo
    if key in TRAINING_KEYS:
        return training_remedy(key).redo
    return remedy_class(key).redo
