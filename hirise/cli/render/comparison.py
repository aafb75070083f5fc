"""A comparison or a cure as lines of text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from math import isnan

import pandas as pd

from hirise.actions.compare import CompareResult
from hirise.actions.cure import CureResult
from hirise.cli.render.text import WIDTH, bounds_text, cell
from hirise.diagnosis.proof import Proof
from hirise.diagnosis.wording import images, p_text, percent, signed, took
from hirise.evaluation import Paired
from hirise.metrics.titles import METRICS
from hirise.remedies import TRAINING_KEYS

_NAME = 24
_SHOWN = ("macro_f1", "balanced_accuracy", "accuracy")


def comparison_lines(result: CompareResult, n_images: int) -> Iterator[str]:
    """Each comparison; at most `n_images` images of each change."""
    for number, (_, proof) in enumerate(result.comparisons):
        if number:
            yield ""
        yield from proof_lines(proof, n_images)


def proof_lines(proof: Proof, n_images: int) -> Iterator[str]:
    """The sentence first, then the numbers, the classes, the images and the cost."""
    yield from textwrap.wrap(proof.sentence, WIDTH)
    yield ""
    yield f"Before: {proof.before.name}"
    yield f"After:  {proof.after.name}"
    for note in proof.paired.notes:
        yield from textwrap.wrap(f"Note: {note}", WIDTH, subsequent_indent="  ")
    yield from _metrics(proof.paired)
    yield from _classes(proof.paired)
    yield from _images(proof.paired, n_images)
    yield ""
    yield (
        f"Training took {took(proof.before.seconds)} before and "
        f"{took(proof.after.seconds)} after."
    )


def _metrics(paired: Paired) -> Iterator[str]:
    unit = f"{paired.n_groups:,} {paired.cluster}s"
    yield ""
    yield f"{_head('Metric')}   paired 95% CI ({unit})"
    for key, row in paired.summary.iterrows():
        less = " (lower better)" if key == "log_loss" else ""
        title = METRICS[str(key)].title
        yield _line(title + less, row)


def _classes(paired: Paired) -> Iterator[str]:
    yield ""
    yield f"{_head('Recall of')}{'fixed':>8}{'broken':>8}   paired 95% CI"
    for name, row in paired.per_class.iterrows():
        if row["support"]:
            counts = f"{row['n_fixed']:>8,.0f}{row['n_broken']:>8,.0f}"
            yield _line(str(name), row, counts)


def _head(first: str) -> str:
    return f"{first:<{_NAME}}{'before':>8}{'after':>8}{'change':>8}"


def _line(name: str, row: pd.Series[float], more: str = "") -> str:
    bounds = (
        "" if isnan(row["low"]) else f"{_signed(row['low'])} to {_signed(row['high'])}"
    )
    return (
        f"{cell(name, _NAME)}{_number(row['before']):>8}{_number(row['after']):>8}"
        f"{_signed(row['difference']):>8}{more}   {bounds}"
    ).rstrip()


def _number(value: float) -> str:
    return "–" if isnan(value) else f"{value:.3f}".replace("-", "−")


def _signed(value: float) -> str:
    return "–" if isnan(value) else signed(value, 3)


def _images(paired: Paired, most: int) -> Iterator[str]:
    yield ""
    yield (
        f"Fixed {paired.n_fixed:,}, newly broken {paired.n_broken:,} "
        f"(McNemar's exact test, {p_text(paired.mcnemar_p)})"
    )
    for change in ("fixed", "broken"):
        table = paired.changed[paired.changed["change"] == change]
        for row in table.head(most).itertuples():
            yield f"  {change:<7} {row.image}: {row.true}, {row.before} → {row.after}"
        if len(table) > most:
            yield f"  {change:<7} and {len(table) - most:,} more (--images, --json)"


def cure_lines(result: CureResult) -> Iterator[str]:
    """The sentence first, then what was done, the scores, and where it is kept."""
    cured, proof = result.cured, result.proof
    if proof is not None:
        yield from textwrap.wrap(proof.sentence, WIDTH)
    elif cured.coverage < 1:
        yield from textwrap.wrap(_answers(result), WIDTH)
    if result.unproven:
        yield from textwrap.wrap(f"Not compared: {result.unproven}", WIDTH)
    yield ""
    for step in cured.steps:
        yield from textwrap.wrap(f"{step.title}: {step.sentence}", WIDTH)
    for note in _notes(result):
        yield from textwrap.wrap(f"Note: {note}", WIDTH, subsequent_indent="  ")
    yield from _cure_metrics(result)
    yield ""
    for name, checked in (("Before", result.before), ("After", result.after)):
        yield from textwrap.wrap(f"{name}: {checked.diagnosis.sentence}", WIDTH)
    yield ""
    yield f"Kept as {result.run.info.id}"
    if proof is not None and result.same_truth:
        names = f"{result.parent.info.id} {result.run.info.id}"
        yield f"More: hirise compare {names} --split {cured.after.split}"


def _notes(result: CureResult) -> Iterator[str]:
    yield from result.remarks
    trained = any(step.key in TRAINING_KEYS for step in result.cured.steps)
    if result.proof is not None and trained:
        yield from result.proof.paired.notes


def _answers(result: CureResult) -> str:
    cured = result.cured
    before, after = (
        result.without_abstention.evidence.evaluation,
        result.after.evidence.evaluation,
    )
    text = (
        f"{len(cured.after):,} of {images(len(cured.before), cured.before.split)} are "
        f"answered ({percent(cured.coverage)})"
    )
    if after is None or before is None or not after.has_truth:
        return f"{text}."
    with_it, without = (percent(one.metric("accuracy")) for one in (after, before))
    return (
        f"{text}; {with_it} of them are classified correctly, {without} without "
        "abstention. The scores after the cure are those of the answered images "
        "alone: abstention does not cure a collapse."
    )


def _cure_metrics(result: CureResult) -> Iterator[str]:
    both = (result.before.evidence.evaluation, result.after.evidence.evaluation)
    evaluations = [evaluation for evaluation in both if evaluation is not None]
    if not all(evaluation.has_truth for evaluation in evaluations):
        return
    yield ""
    yield f"{'Metric':<20}{'before':>24}{'after':>24}"
    for key in _SHOWN:
        cells = [_cell(*evaluation.bounds(key)) for evaluation in evaluations]
        title = METRICS[key].title
        yield f"{title:<20}" + "".join(f"{text:>24}" for text in cells)


def _cell(value: float, low: float, high: float) -> str:
    if pd.isna(value):
        return "–"
    return f"{value:.3f}" + ("" if pd.isna(low) else f" ({bounds_text(low, high)})")
