"""`hirise report`."""

from __future__ import annotations

from pathlib import Path

import click

from hirise.actions import resolve_run
from hirise.actions.report import ReportRequest
from hirise.actions.report import report as write_report
from hirise.cli import artifacts_option, config_option, own_images_option
from hirise.files import human_size


@click.command(short_help="Write a run as one HTML file that opens anywhere.")
@click.argument("run")
@click.option(
    "--out",
    required=True,
    metavar="FILE.html",
    type=click.Path(path_type=Path),
    help="Path of the report.",
)
@click.option("--split", help="Split to report [default: val, else test].")
@own_images_option
@click.option("--force", is_flag=True, help="Replace FILE.html if it exists.")
@config_option
@artifacts_option
def report(
    run: str,
    out: Path,
    split: str | None,
    data: Path | None,
    force: bool,
    config: str | None,
    artifacts: Path,
) -> None:
    """Write the verdict on RUN, and its evidence, as one HTML file.

    It opens without internet access: charts, tables and the worst images are
    inside. The exit status is 0 whatever the verdict; use `hirise check` to fail a
    build.
    """
    request = ReportRequest(
        run,
        out,
        split=split,
        data=data,
        force=force,
        config=config,
        artifacts=artifacts,
    )
    path = write_report(request)
    name = resolve_run(run, artifacts).info.id
    click.echo(f"{path}: the report of {name} ({human_size(path.stat().st_size)})")
