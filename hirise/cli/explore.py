"""`hirise explore`: what remedies without training do to the predictions of a run."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np

from hirise.actions.explore import Explored, ExploreRequest
from hirise.actions.explore import explore as explore_run
from hirise.cli import artifacts_option, in_command, json_text
from hirise.cli.render.text import WIDTH, cell, number
from hirise.diagnosis.wording import one_line
from hirise.errors import InputError

SHOWN_STEPS = 13
"""Lines of the table of τ, evenly spread."""


@click.command(short_help="Explore remedies without training on a run.")
@click.argument("run")
@click.option("--split", help="Split to explore [default: val, else test].")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@artifacts_option
def explore_(run: str, split: str | None, as_json: bool, artifacts: Path) -> None:
    """Explore what τ, a temperature and thresholds do to the predictions of RUN.

    Nothing is changed. `hirise cure` applies a remedy and compares.
    """
    explored = explore_run(ExploreRequest(run, split=split, artifacts=artifacts))
    if as_json:
        click.echo(json_text(explored.to_dict()))
        return
    click.echo("\n".join(map(one_line, _lines(explored))))


def _lines(explored: Explored) -> Iterator[str]:
    if explored.on_val:
        text = (
            "The parameters are chosen on val, and their effects are measured on the "
            "same images, so the effects are optimistic."
        )
        yield from [*textwrap.wrap(text, WIDTH), ""]
    for title, part in (
        ("Logit adjustment (τ)", _taus),
        ("Temperature scaling", _temperature),
        ("Per-class thresholds", _thresholds),
    ):
        yield title
        try:
            for line in part(explored):
                yield f"  {line}"
        except InputError as error:
            text = error.worded(in_command)
            yield from textwrap.wrap(
                text, WIDTH, initial_indent="  ", subsequent_indent="  "
            )
        yield ""


def _taus(explored: Explored) -> Iterator[str]:
    chosen = explored.taus()
    yield from textwrap.wrap(chosen.sentence, WIDTH - 2)
    table = chosen.steps.table
    columns = [str(name) for name in table if name not in ("tau", "n_changed")]
    yield f"{'τ':>5}{'changed':>10}" + "".join(
        f"{name.replace('_', ' '):>19}" for name in columns
    )
    kept = np.linspace(0, len(table) - 1, SHOWN_STEPS).round().astype(int)
    for _, row in table.iloc[kept].iterrows():
        yield f"{row['tau']:>5.2f}{row['n_changed']:>10,.0f}" + "".join(
            f"{number(row[name]):>19}" for name in columns
        )


def _temperature(explored: Explored) -> Iterator[str]:
    measured = explored.calibrated()
    yield from textwrap.wrap(measured.sentence, WIDTH - 2)
    yield f"Expected calibration error before: {number(measured.before.ece[0])}"
    if measured.after is not None:
        yield f"Expected calibration error after:  {number(measured.after.ece[0])}"


def _thresholds(explored: Explored) -> Iterator[str]:
    rates = explored.thresholds()
    yield from textwrap.wrap(rates.sentence, WIDTH - 2)
    yield f"{'class':<24}{'images':>8}{'factor':>9}{'precision':>20}{'recall':>20}"
    for name, row in rates.table.iterrows():
        changes = (
            f"{number(row[f'{rate}_before'])} → {number(row[rate])}"
            for rate in ("precision", "recall")
        )
        yield f"{cell(str(name), 24)}{row['support']:>8,.0f}{row['factor']:>9.3g}" + (
            "".join(f"{change:>20}" for change in changes)
        )
