"""`hirise cure` with remedies that train again: a new run, and what it changed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import click
import numpy as np
import pandas as pd

from hirise.cli.train import Progress, parse_settings
from hirise.diagnosis.proof import Contender
from hirise.errors import InputError
from hirise.jobs import why_no_training
from hirise.predictions.table import UNLABELLED
from hirise.remedies.cured_run import cut_title
from hirise.remedies.remedy import Fitted
from hirise.remedies.training import check_training_pairs, training_remedy
from hirise.runs import Run


@dataclass(frozen=True)
class Training:
    """What of a cure is trained.

    Attributes
    ----------
    keys, later : tuple of str
        Remedies that train, and those applied afterwards.
    data : Path, optional
    leave_out, settings : tuple of str
        `settings` are `key=value`.
    no_queue, quiet : bool
        Whether to train beside others, and whether to print no progress.
    """

    keys: tuple[str, ...]
    later: tuple[str, ...] = ()
    data: Path | None = None
    leave_out: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    no_queue: bool = False
    quiet: bool = False


def train_cure(
    parent: Run, wanted: Training, artifacts: Path, title: str | None
) -> tuple[Run, tuple[Fitted, ...]]:
    """Train `parent` again with the remedies; the new run and what each changed."""
    check_training_pairs(wanted.keys, wanted.later)
    remedies = [training_remedy(key) for key in wanted.keys]
    from hirise.training.cured_plan import cured_plan
    from hirise.training.plan import need_tensorflow
    from hirise.training.session import train

    need_tensorflow()
    reason = why_no_training(artifacts)
    if reason:
        raise InputError(reason)
    planned = cured_plan(
        parent,
        remedies,
        data=wanted.data,
        leave_out=wanted.leave_out,
        settings=parse_settings(wanted.settings, None),
    )
    names = ", ".join(remedy.title.lower() for remedy in remedies)
    title = title or f"{cut_title(parent.info.title)}, {names}"[:120]
    with ExitStack() as stack:
        if not wanted.no_queue:
            from hirise.jobs.turn import own_turn

            # Beside the result, which may be one JSON document.
            say = partial(click.echo, err=wanted.quiet)
            stack.enter_context(own_turn(artifacts, say))
        reporter = None if wanted.quiet else stack.enter_context(Progress())
        new = train(planned.plan, artifacts=artifacts, title=title, reporter=reporter)
    return new, planned.steps


def judged_alike(before: Contender, after: Contender) -> tuple[Contender, int]:
    """`before` judged by the truth of `after`, image by image; how many it changes."""
    old, new = before.predictions, after.predictions
    if old.image is None or new.image is None or old.y_true is None:
        return before, 0
    if new.y_true is None:
        return before, 0
    named = np.array([*new.class_names, None], dtype=object)[new.y_true]
    truth = pd.Series(named, index=pd.Index(new.image)).reindex(pd.Index(old.image))
    ids = {name: number for number, name in enumerate(old.class_names)}
    found = truth.map(ids).fillna(UNLABELLED).to_numpy(dtype=np.int64)
    known = found != UNLABELLED
    changed = int((found != old.y_true)[known].sum())
    judged = np.where(known, found, old.y_true)
    return replace(before, predictions=replace(old, y_true=judged)), changed


def remarks(keys: Sequence[str], n_rejudged: int, split: str) -> list[str]:
    """What must be known to read the comparison."""
    told = []
    if "split-by-group" in keys:
        told.append(
            "The score before was measured on images of which copies or neighbours "
            "were trained on, so a lower one now is no loss: it is what new images "
            "give."
        )
    if n_rejudged:
        told.append(
            f"Both are judged by the repaired labels: {n_rejudged:,} true labels of "
            f"{split} were others before."
        )
    return told
