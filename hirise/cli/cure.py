"""`hirise cure`: remedies applied to a run, and whether they helped."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import click
import pandas as pd

from hirise.actions.cure import Alone, check_alone, cure_alone, suggested_remedy
from hirise.cli.options import artifacts_option, queue_option
from hirise.cli.render.comparison import Outcome, Side, outcome_document, outcome_lines
from hirise.cli.train import Progress, parse_settings
from hirise.diagnosis import diagnose, gather
from hirise.diagnosis.proof import prove, with_doubts
from hirise.diagnosis.sources import parse_class_shares, training_shares_of
from hirise.diagnosis.wording import lowered, one_line
from hirise.errors import InputError
from hirise.jobs import why_no_training
from hirise.predictions import read_predictions
from hirise.remedies import (
    REMEDY_KEYS,
    Abstention,
    Cured,
    LogitAdjustment,
    PriorShift,
    Remedy,
    check_pairs,
    cure,
    remedy_class,
)
from hirise.remedies.cured_run import (
    cut_title,
    ground_of_run,
    judged_cure,
    target_split,
    write_cured_run,
)
from hirise.remedies.other_weights import ALONE_KEYS
from hirise.remedies.remedy import Fitted
from hirise.remedies.retraining import (
    TRAINING_KEYS,
    check_training_pairs,
    training_remedy,
)
from hirise.runs import Run, find_run

_KEYS = (*REMEDY_KEYS, *ALONE_KEYS, *TRAINING_KEYS)


@click.command("cure", short_help="Apply remedies to a run and prove what they did.")
@click.argument("run", metavar="RUN")
@click.option(
    "--remedy",
    "keys",
    multiple=True,
    metavar="KEY",
    help=f"{', '.join(_KEYS)}. Several: those that train first, then the others in "
    f"order [default: by the findings].",
)
@click.option(
    "--tau", type=float, help="τ of logit-adjustment [default: chosen on val]."
)
@click.option(
    "--target-shares",
    metavar="NAME=S,…",
    help="Class shares for prior-shift [default: estimated].",
)
@click.option(
    "--confidence",
    type=float,
    help="Least confidence that abstention answers at [default: 0.9].",
)
@click.option(
    "--class-shares", metavar="NAME=S,…", help="Class shares of the training labels."
)
@click.option("--epoch", type=int, help="Epoch of earlier-checkpoint [default: best].")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the images are, for what needs them [default: where they were].",
)
@click.option(
    "--leave-out",
    multiple=True,
    metavar="NAME",
    help="Class for leave-class-out; may be repeated.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a setting of the recipe too, where a remedy trains; may be repeated.",
)
@click.option("--split", help="Split to cure [default: test].")
@click.option("--title", help="What the new run is called.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@queue_option
@artifacts_option
def cure_(
    run: str,
    keys: tuple[str, ...],
    tau: float | None,
    target_shares: str | None,
    confidence: float | None,
    class_shares: str | None,
    epoch: int | None,
    data: Path | None,
    leave_out: tuple[str, ...],
    settings: tuple[str, ...],
    split: str | None,
    title: str | None,
    as_json: bool,
    no_queue: bool,
    artifacts: Path,
) -> None:
    """Cure RUN: a new run beside it, and a paired before and after.

    Remedies that change predictions take seconds; others train RUN's own recipe again,
    changed, on the same images and split. What is chosen is chosen on val; the proof
    is on test. docs/remedies.md explains each.
    """
    parent = find_run(artifacts, run)
    shares = None if class_shares is None else parse_class_shares(class_shares)
    before = _side(parent, target_split(parent, split), shares)
    given = (tau, target_shares, confidence, leave_out or None, settings or None)
    check_alone(keys, epoch, *given)
    if not keys:
        ground = ground_of_run(parent, *before)
        suggested = suggested_remedy(
            before[1], parent, ground, data=data, leave_out=leave_out
        )
        keys = (suggested,)
    place = _Place(parent, before, artifacts, title, shares)
    if keys[0] in ALONE_KEYS:
        check_alone(keys, epoch, *given)
        found = _alone(place, Alone(keys[0], epoch, data, title))
    else:
        later = tuple(key for key in keys if key not in TRAINING_KEYS)
        remedies = _remedies(later, tau, target_shares, confidence)
        wanted = tuple(key for key in keys if key in TRAINING_KEYS)
        if wanted:
            training = Training(
                wanted, later, data, leave_out, settings, no_queue, as_json
            )
            found = _with_training(place, training, remedies)
        else:
            _refuse_without_training(leave_out, settings)
            found = _without_training(place, remedies)
    if as_json:
        document = outcome_document(found)
        click.echo(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False))
        return
    click.echo("\n".join(map(one_line, outcome_lines(found))))


@dataclass(frozen=True)
class _Place:
    """The run to cure, as it is, and where the new one goes."""

    parent: Run
    before: Side
    artifacts: Path
    title: str | None
    shares: pd.Series[float] | None

    @property
    def split(self) -> str:
        found = self.before[0].predictions
        return "" if found is None else found.split

    def side(self, run: Run) -> Side:
        return _side(run, self.split, self.shares)


def _without_training(place: _Place, remedies: list[Remedy]) -> Outcome:
    begun = time.perf_counter()
    cured = cure(ground_of_run(place.parent, *place.before), remedies)
    new = write_cured_run(
        cured,
        place.parent,
        place.artifacts,
        title=place.title,
        seconds=time.perf_counter() - begun,
    )
    return _outcome(place, new, cured, place.before)


def _alone(place: _Place, wanted: Alone) -> Outcome:
    new, cured = cure_alone(place.parent, wanted, place.before[0], place.artifacts)
    return _outcome(place, new, cured, place.before)


def _with_training(place: _Place, wanted: Training, remedies: list[Remedy]) -> Outcome:
    """Train first, then apply what needs no training to the new run."""
    title = None if remedies else place.title
    new, steps = train_cure(place.parent, wanted, place.artifacts, title)
    now = read_predictions(new.predictions_path(place.split))
    cured, trained = Cured(now, now, steps), place.side(new)
    if remedies:
        found = cure(ground_of_run(new, *trained), remedies)
        new = write_cured_run(
            found, new, place.artifacts, title=place.title, seconds=new.info.seconds
        )
        cured = replace(found, steps=(*steps, *found.steps))
    return _outcome(place, new, cured, trained, wanted.keys)


def _outcome(
    place: _Place,
    new: Run,
    cured: Cured,
    answered_of: Side,
    trained: tuple[str, ...] = (),
) -> Outcome:
    """The paired comparison; none where images are left out or have no truth."""
    after = place.side(new)
    found = Outcome(place.parent, new, cured, place.before, after, answered_of)
    if cured.coverage < 1 or not cured.after.labelled.any():
        return found
    judged = judged_cure(place.parent, new, trained, split=cured.after.split)
    if trained:
        alike = not judged.n_rejudged
        found = replace(found, remarks=judged.remarks, same_truth=alike)
    try:
        proof = with_doubts(prove(judged.before, judged.after), after[1])
    except InputError as error:
        if not trained:
            raise
        return replace(found, unproven=str(error))
    return replace(found, proof=proof)


def _refuse_without_training(
    leave_out: tuple[str, ...], settings: tuple[str, ...]
) -> None:
    for option, given in (("--leave-out", leave_out), ("--set", settings)):
        if given:
            raise InputError(
                f"{option} belongs to a remedy that trains, such as leave-class-out; "
                f"add it with --remedy."
            )


def _side(run: Run, split: str, shares: pd.Series[float] | None) -> Side:
    known = training_shares_of(run) if shares is None else shares
    evidence = gather(run, split=split, training_shares=known)
    return evidence, diagnose(evidence)


def _remedies(
    keys: tuple[str, ...],
    tau: float | None,
    target_shares: str | None,
    confidence: float | None,
) -> list[Remedy]:
    """The remedies called so, with the settings that belong to each."""
    given: dict[str, tuple[str, Any]] = {
        LogitAdjustment.key: ("--tau", tau),
        PriorShift.key: ("--target-shares", target_shares),
        Abstention.key: ("--confidence", confidence),
    }
    classes = [remedy_class(key) for key in keys]
    if keys:
        check_pairs(keys)
    for key, (option, value) in given.items():
        if value is not None and key not in keys:
            raise InputError(f"{option} belongs to {key}; add --remedy {key}.")
    made: list[Remedy] = []
    for one in classes:
        value = given.get(one.key, ("", None))[1]
        if value is None:
            made.append(one())
        elif one is PriorShift:
            made.append(PriorShift(parse_class_shares(value, "--target-shares")))
        elif one is Abstention:
            made.append(Abstention(value))
        else:
            made.append(LogitAdjustment(value))
    return made


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
    from hirise.training.plan import cured_plan, need_tensorflow
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
        progress = None if wanted.quiet else stack.enter_context(Progress())
        new = train(planned.plan, artifacts=artifacts, title=title, progress=progress)
    return new, planned.steps
