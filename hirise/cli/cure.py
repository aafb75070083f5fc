"""`hirise cure`: remedies applied to a run, and whether they helped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from hirise.actions.cure import CureRequest
from hirise.actions.cure import cure as cure_run
from hirise.actions.plan import plan_cure
from hirise.actions.suggest import SuggestRequest, suggest
from hirise.cli import (
    artifacts_option,
    json_text,
    parse_settings,
    plan_option,
    queue_option,
    training_shares_option,
)
from hirise.cli.render.comparison import cure_lines
from hirise.cli.render.plan import cure_plan_lines, suggested_lines
from hirise.cli.terminal import TerminalProgress
from hirise.diagnosis.wording import one_line
from hirise.errors import parameter
from hirise.predictions.options import parse_class_frequencies
from hirise.remedies import REMEDY_KEYS


@click.command(
    "cure", short_help="Apply remedies to a run, and compare before and after."
)
@click.argument("run", metavar="RUN")
@click.option(
    "--remedy",
    "keys",
    multiple=True,
    metavar="KEY",
    help=f"{', '.join(REMEDY_KEYS)}. Repeat the option for several; those that train "
    "come first [default: by the findings].",
)
@click.option(
    "--tau", type=float, help="τ of logit-adjustment [default: chosen on val]."
)
@click.option(
    "--target-shares",
    metavar="NAME=S,…",
    help="Class frequencies for prior-shift [default: estimated].",
)
@click.option(
    "--confidence",
    type=float,
    help="Least confidence at which abstention predicts [default: 0.9].",
)
@training_shares_option
@click.option("--epoch", type=int, help="Epoch of earlier-checkpoint [default: best].")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of the images, for remedies that need them [default: where they "
    "were].",
)
@click.option(
    "--leave-out",
    multiple=True,
    metavar="NAME",
    help="Class for leave-class-out. May be repeated.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Also change a setting of the recipe, if a remedy trains. May be repeated.",
)
@click.option("--split", help="Split to cure [default: test].")
@click.option("--title", help="Title of the new run.")
@plan_option
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
    plan: bool,
    as_json: bool,
    no_queue: bool,
    artifacts: Path,
) -> None:
    """Cure RUN: make a new run beside it, and compare both on the same images.

    Remedies that change predictions take seconds. Others change RUN's own recipe and
    retrain it on the same images and split. Parameters are chosen on val, and the
    comparison is on test. docs/remedies.md explains each remedy. --plan says which
    remedies are recommended, or what those of --remedy would do.
    """
    request = CureRequest(
        run=run,
        remedies=keys,
        tau=tau,
        target_shares=_shares(target_shares, "target_shares"),
        confidence=confidence,
        training_shares=_shares(class_shares, "training_shares"),
        epoch=epoch,
        data=data,
        leave_out=leave_out,
        settings={**parse_settings(settings)},
        split=split,
        title=title,
        queue=not no_queue,
        artifacts=artifacts,
    )
    if plan:
        _print_plan(request, as_json=as_json)
        return
    if as_json:
        click.echo(json_text(cure_run(request).to_dict()))
        return
    with TerminalProgress() as progress:
        result = cure_run(request, progress=progress)
    click.echo("\n".join(map(one_line, cure_lines(result))))


def _print_plan(request: CureRequest, *, as_json: bool) -> None:
    """What the remedies would do; without any, which are recommended and possible."""
    lines: Iterator[str]
    if request.remedies:
        planned = plan_cure(request)
        document, lines = planned.to_dict(), cure_plan_lines(planned)
    else:
        suggested = suggest(
            SuggestRequest(
                request.run, split=request.split, artifacts=request.artifacts
            )
        )
        document, lines = suggested.to_dict(), suggested_lines(suggested)
    if as_json:
        click.echo(json_text(document))
    else:
        click.echo("\n".join(map(one_line, lines)))


def _shares(text: str | None, name: str) -> dict[str, float] | None:
    return (
        None if text is None else dict(parse_class_frequencies(text, parameter(name)))
    )
