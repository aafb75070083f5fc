"""`hirise cure`: remedies that need no training, and whether they helped."""

from __future__ import annotations

import json
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pandas as pd

from hirise.cli.cure_earlier import check_alone, cure_earlier, redo_of
from hirise.cli.options import artifacts_option
from hirise.cli.report_text import TITLES, WIDTH, one_line
from hirise.diagnosis import Diagnosis, Evidence, diagnose, gather
from hirise.diagnosis.document import check_document
from hirise.diagnosis.gather import training_shares_of
from hirise.diagnosis.proof import Proof, contenders, prove, with_doubts
from hirise.diagnosis.proof_document import proof_document
from hirise.diagnosis.shares import parse_class_shares
from hirise.diagnosis.wording import images, percent
from hirise.errors import InputError
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
from hirise.remedies.cured_run import ground_of_run, target_split, write_cured_run
from hirise.remedies.earlier_checkpoint import EarlierCheckpoint
from hirise.runs import Run, find_run

FORMAT = 1
_SHOWN = ("macro_f1", "balanced_accuracy", "accuracy")


@click.command("cure", short_help="Apply remedies that need no training to a run.")
@click.argument("run", metavar="RUN")
@click.option(
    "--remedy",
    "keys",
    multiple=True,
    metavar="KEY",
    help=f"{', '.join((*REMEDY_KEYS, EarlierCheckpoint.key))}; several are "
    f"applied in order [default: by the findings].",
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
@click.option("--split", help="Split to cure [default: test].")
@click.option("--title", help="What the new run is called.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
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
    split: str | None,
    title: str | None,
    as_json: bool,
    artifacts: Path,
) -> None:
    """Cure RUN without training: a new run beside it, and a paired before and after.

    What a remedy chooses it chooses on val; the proof is on test. docs/remedies.md
    explains each.
    """
    begun = time.perf_counter()
    parent = find_run(artifacts, run)
    shares = None if class_shares is None else parse_class_shares(class_shares)
    before = _side(parent, target_split(parent, split), shares)
    if EarlierCheckpoint.key in keys or epoch is not None:
        check_alone(keys, tau, target_shares, confidence)
        new, cured = cure_earlier(parent, epoch, before[0], data, artifacts, title)
    else:
        remedies = _remedies(
            keys or _suggested(before[1], parent), tau, target_shares, confidence
        )
        cured = cure(ground_of_run(parent, *before), remedies)
        seconds = time.perf_counter() - begun
        new = write_cured_run(cured, parent, artifacts, title=title, seconds=seconds)
    after = _side(new, cured.after.split, shares)
    proof = _proof(parent, new, cured, after[1])
    if as_json:
        document = _document(parent, new, cured, before, after, proof)
        click.echo(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False))
        return
    lines = _lines(parent, new, cured, before, after, proof)
    click.echo("\n".join(map(one_line, lines)))


Side = tuple[Evidence, Diagnosis]


def _side(run: Run, split: str, shares: pd.Series[float] | None) -> Side:
    known = training_shares_of(run) if shares is None else shares
    evidence = gather(run, split=split, training_shares=known)
    return evidence, diagnose(evidence)


def _suggested(diagnosis: Diagnosis, run: Run) -> tuple[str, ...]:
    """The first remedy of the likeliest cause, then of a finding, that works here."""
    wanted = [
        *(key for cause in diagnosis.causes for key in cause.remedies),
        *(key for finding in diagnosis.findings for key in finding.remedies),
    ]
    fits = [key for key in wanted if key in REMEDY_KEYS]
    if fits:
        return (fits[0],)
    told = f" Its findings ask for: {', '.join(dict.fromkeys(wanted))}."
    raise InputError(
        f"Nothing that was found in run {run.info.id} is cured without training."
        f"{told if wanted else ''} Or name one with --remedy: {', '.join(REMEDY_KEYS)}."
    )


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


def _proof(parent: Run, new: Run, cured: Cured, after: Diagnosis) -> Proof | None:
    """The paired comparison; None where images are left out or have no truth."""
    if cured.coverage < 1 or not cured.after.labelled.any():
        return None
    return with_doubts(prove(*contenders(parent, new, split=cured.after.split)), after)


def _lines(
    parent: Run,
    new: Run,
    cured: Cured,
    before: Side,
    after: Side,
    proof: Proof | None,
) -> Iterator[str]:
    if proof is not None:
        yield from textwrap.wrap(proof.sentence, WIDTH)
    elif cured.coverage < 1:
        yield from textwrap.wrap(_answers(cured, before[0], after[0]), WIDTH)
    yield ""
    for step in cured.steps:
        yield from textwrap.wrap(f"{step.title}: {step.told}", WIDTH)
    yield from _metrics(before[0], after[0])
    yield ""
    for name, side in (("Before", before), ("After", after)):
        yield from textwrap.wrap(f"{name}: {side[1].sentence}", WIDTH)
    yield ""
    yield f"Kept as {new.info.id}"
    if proof is not None:
        names = f"{parent.info.id} {new.info.id} --split {cured.after.split}"
        yield f"More: hirise compare {names}"


def _answers(cured: Cured, before: Evidence, after: Evidence) -> str:
    text = (
        f"{len(cured.after):,} of {images(len(cured.before), cured.before.split)} are "
        f"answered ({percent(cured.coverage)})"
    )
    if after.evaluation is None or before.evaluation is None:
        return f"{text}."
    if not after.evaluation.has_truth:
        return f"{text}."
    right, all_right = (
        percent(evaluation.metric("accuracy"))
        for evaluation in (after.evaluation, before.evaluation)
    )
    return (
        f"{text}; {right} of the answers are right, {all_right} without abstention. "
        f"What stands below as after is of the answered images alone: abstention cures "
        f"no collapse."
    )


def _metrics(before: Evidence, after: Evidence) -> Iterator[str]:
    sides = [e.evaluation for e in (before, after) if e.evaluation is not None]
    if not all(evaluation.has_truth for evaluation in sides):
        return
    yield ""
    yield f"{'Metric':<20}{'before':>24}{'after':>24}"
    for key in _SHOWN:
        cells = [_cell(*evaluation.bounds(key)) for evaluation in sides]
        title = TITLES.get(key, key.replace("_", " "))
        yield f"{title:<20}" + "".join(f"{text:>24}" for text in cells)


def _cell(value: float, low: float, high: float) -> str:
    if pd.isna(value):
        return "–"
    return f"{value:.3f}" + ("" if pd.isna(low) else f" ({low:.3f} to {high:.3f})")


def _document(
    parent: Run,
    new: Run,
    cured: Cured,
    before: Side,
    after: Side,
    proof: Proof | None,
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "parent": parent.info.id,
        "run": new.info.id,
        "split": cured.after.split,
        "remedies": [
            {
                "key": step.key,
                "title": step.title,
                "redo": redo_of(step.key),
                "parameters": dict(step.parameters),
                "sentence": step.told,
            }
            for step in cured.steps
        ],
        "coverage": cured.coverage,
        "seconds": new.info.seconds,
        "before": _measured(before),
        "after": _measured(after),
        "proof": None if proof is None else proof_document(proof),
    }


def _measured(side: Side) -> dict[str, Any]:
    document = check_document(*side)
    return {key: document[key] for key in ("verdict", "kind", "sentence", "metrics")}
