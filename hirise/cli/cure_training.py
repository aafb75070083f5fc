"""`hirise cure` with remedies that train again: a new run, and what it changed."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from hirise.cli.train import Progress, parse_settings
from hirise.diagnosis.wording import lowered
from hirise.errors import InputError
from hirise.jobs import why_no_training
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
    names = ", ".join(lowered(remedy.title) for remedy in remedies)
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
