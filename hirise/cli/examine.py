"""`hirise examine`: the experiments that decide between the likely causes."""

from __future__ import annotations

from pathlib import Path

import click

from hirise.actions.examine import (
    BUDGET,
    ExamineRequest,
    examine,
    plan_examination,
)
from hirise.cli import (
    artifacts_option,
    json_text,
    own_images_option,
    plan_option,
    queue_option,
)
from hirise.cli.render.examination import examination_lines, plan_lines
from hirise.cli.terminal import TerminalProgress


@click.command("examine", short_help="Run the experiments that decide between causes.")
@click.argument("run", metavar="RUN")
@click.option(
    "--budget",
    metavar="TIME",
    default=BUDGET,
    show_default=True,
    help="Time that the experiments may take, such as 90s, 5m or 1h.",
)
@click.option("--split", help="Split to examine [default: val].")
@own_images_option
@plan_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@queue_option
@artifacts_option
def examine_(
    run: str,
    budget: str,
    split: str | None,
    data: Path | None,
    plan: bool,
    as_json: bool,
    no_queue: bool,
    artifacts: Path,
) -> None:
    """Run the experiments that decide why RUN failed, the most telling ones first.

    Each experiment has outcomes that the likely causes predict differently. After each
    the probabilities are updated, and a cause is confirmed, refuted or undecided. What
    came out is kept in RUN. docs/examine.md explains each experiment. --plan lists
    those that would be chosen from.
    """
    request = ExamineRequest(
        run=run,
        budget=budget,
        split=split,
        data=data,
        queue=not no_queue,
        artifacts=artifacts,
    )
    if plan:
        planned = plan_examination(request)
        text = json_text(planned.to_dict()) if as_json else plan_lines(planned)
        click.echo(text)
        return
    if as_json:
        click.echo(json_text(examine(request).to_dict()))
        return
    with TerminalProgress() as progress:
        result = examine(request, progress=progress)
    click.echo(examination_lines(result))
