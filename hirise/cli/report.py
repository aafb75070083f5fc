"""`hirise report`."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from hirise.cli.options import artifacts_option
from hirise.errors import InputError
from hirise.files import human_size
from hirise.runs import find_run

NEEDED = ("plotly", "jinja2")


@click.command(short_help="Write a run as one HTML file that opens anywhere.")
@click.argument("run")
@click.option(
    "--out",
    required=True,
    metavar="FILE.html",
    type=click.Path(path_type=Path),
    help="Where the report is written.",
)
@click.option("--split", help="Split to report [default: val, else test].")
@click.option(
    "--data",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder of the images, where it is not the one that the run names.",
)
@click.option("--force", is_flag=True, help="Replace FILE.html if it is there.")
@artifacts_option
def report(
    run: str,
    out: Path,
    split: str | None,
    data: Path | None,
    force: bool,
    artifacts: Path,
) -> None:
    """Write the verdict on RUN, and all that bears it out, as one HTML file.

    It opens without a network and asks for nothing: charts, tables and the worst
    images are inside. Ends with status 0 whatever the verdict; `hirise check` fails
    a build.
    """
    _require()
    if Path(run).is_file():
        raise InputError(
            f"{run}: is a file, and a report is made of a run. Make it one: "
            f"hirise import {run}"
        )
    found = find_run(artifacts, run)
    from hirise.reporting import write_report

    path = write_report(found, out, split=split, data=data, force=force)
    click.echo(f"{path}: the report of {found.info.id} ({_size(path)})")


def _size(path: Path) -> str:
    return human_size(path.stat().st_size)


def _require() -> None:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise InputError(
            f"A report needs {' and '.join(missing)}, not installed here. "
            'Run: python -m pip install "hirise[report]"'
        )
