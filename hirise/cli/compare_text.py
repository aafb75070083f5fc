"""A comparison of two runs as lines of text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from math import isnan

import pandas as pd

from hirise.cli.report_text import WIDTH, cell, metric_title
from hirise.diagnosis.proof import Proof
from hirise.diagnosis.proof_sentence import p_text, signed
from hirise.diagnosis.wording import took
from hirise.evaluation import Paired

_NAME = 24


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
    yield f"{_head('Metric')}   paired 95 % interval ({unit})"
    for key, row in paired.summary.iterrows():
        less = " (lower better)" if key == "log_loss" else ""
        title = metric_title(str(key))
        yield _line(title + less, row)


def _classes(paired: Paired) -> Iterator[str]:
    yield ""
    yield f"{_head('Recall of')}{'fixed':>8}{'broken':>8}   paired 95 % interval"
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
