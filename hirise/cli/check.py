"""`hirise check`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import click

from hirise.actions.check import CheckRequest
from hirise.actions.check import check as check_source
from hirise.cli import (
    artifacts_option,
    cluster_option,
    config_option,
    decision_options,
    label_column_option,
    reading_options,
    training_shares_option,
)
from hirise.cli.terminal import TerminalProgress
from hirise.diagnosis import FAIL_ON, FailOn
from hirise.predictions.options import (
    parse_class_frequencies,
    parse_class_names,
    parse_columns,
)

FINDINGS = 1
FORMATS = ("text", "json", "junit", "markdown", "github")
"""Each a module of `hirise.cli.render`, imported when asked for."""

_logits = click.option("--logits", is_flag=True, help="The scores are logits.")
_data = click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Dataset folder, for class frequencies, missing ground truth and copies of "
    "images.",
)

_write_labels = click.option(
    "--write-labels",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the correct labels of a run's images (.txt or .csv).",
)


@click.command(short_help="Say whether a run has collapsed, and why.")
@click.argument("target", metavar="RUN|PREDICTIONS|HISTORY")
@_data
@label_column_option
@click.option("--split", help="Split to evaluate [default: val, else test].")
@training_shares_option
@cluster_option
@_logits
@reading_options
@decision_options
@click.option("--json", "as_json", is_flag=True, help="Same as --format json.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="Output format.",
)
@click.option(
    "--fail-on",
    type=click.Choice(list(FAIL_ON)),
    help="Lowest severity that makes the exit status 1 [default: that of "
    "hirise.toml, else error].",
)
@config_option
@_write_labels
@artifacts_option
@click.pass_context
def check(
    context: click.Context,
    /,
    target: str,
    data: Path | None,
    label_column: str | None,
    split: str | None,
    class_shares: str | None,
    cluster: str,
    logits: bool,
    class_names: str | None,
    columns: str | None,
    as_json: bool,
    form: str,
    fail_on: FailOn | None,
    config: str | None,
    write_labels: Path | None,
    artifacts: Path,
    **decisions: Any,
) -> None:
    """Say in one sentence whether a classifier has collapsed, and show why.

    Takes a run, a predictions file (CSV, JSON, Parquet, npz), a confusion matrix of
    counts, or a training history: CSV, JSON, an event file or log folder of
    TensorBoard, a run folder of MLflow. The exit status is 1 if a finding is at or
    above --fail-on, and 2 on bad input.
    """
    form = _only_json(form) if as_json else form
    shares = (
        None if class_shares is None else dict(parse_class_frequencies(class_shares))
    )
    request = CheckRequest(
        target,
        split=split,
        cluster=cluster,
        logits=logits,
        class_names=None if class_names is None else parse_class_names(class_names),
        columns=None if columns is None else parse_columns(columns),
        **decisions,
        training_shares=shares,
        data=data,
        label_column=label_column,
        write_labels=write_labels,
        config=config,
        artifacts=artifacts,
    )
    with TerminalProgress(err=True) as progress:
        result = check_source(request, progress=progress)
    if result.n_labels is not None:
        # Beside the result, which may be one JSON document.
        line = f"{write_labels}: the correct labels of {result.n_labels:,} images."
        click.echo(line, err=True)
    renderer = import_module(f"hirise.cli.render.{form}")
    click.echo(renderer.render(result, fail_on=fail_on or result.fail_on))
    context.exit(FINDINGS if result.fails(fail_on) else 0)


def _only_json(form: str) -> str:
    if form not in ("text", "json"):
        raise click.UsageError(
            f"--json is --format json, but --format {form} was given; leave one out."
        )
    return "json"
