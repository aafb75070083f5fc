"""`hirise export`: a run for other tools."""

from __future__ import annotations

from pathlib import Path

import click

from hirise.actions.export import ExportRequest
from hirise.actions.export import export as export_run
from hirise.cli import artifacts_option


@click.command(short_help="Write a run's curves and scores for TensorBoard.")
@click.argument("run")
@click.option(
    "--tensorboard",
    "folder",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path),
    help="Log folder; each run gets a folder of its own in it.",
)
@artifacts_option
def export(run: str, folder: Path, artifacts: Path) -> None:
    """Write RUN as event files, which TensorBoard shows.

    The folders `train` and `validation`, as Keras names them, hold curves, predicted
    class frequencies, and the scores and verdict of each split.
    """
    target = export_run(ExportRequest(run, folder, artifacts=artifacts))
    click.echo(f"Exported to {target}")
    if target.is_dir():
        click.echo(f"View it with: tensorboard --logdir {folder}")
