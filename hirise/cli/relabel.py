"""`hirise relabel`: suspected labels, decisions on them, and the corrected labels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from hirise.actions.relabel import Relabelled, RelabelRequest, relabel
from hirise.cli import artifacts_option, json_text
from hirise.cli.render.text import cell, number
from hirise.diagnosis.wording import one_line


@click.command(short_help="Keep or correct suspected labels.")
@click.argument("run")
@click.option(
    "--labels",
    metavar="IMAGE=CLASS",
    multiple=True,
    help="The class of an image; its own one keeps it. Can be repeated.",
)
@click.option(
    "--suggested",
    is_flag=True,
    help="Accept the suggested class of every label that was not decided.",
)
@click.option("--split", help="Split of the images [default: val, else test].")
@click.option(
    "--write-labels",
    metavar="FILE.csv",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the corrected labels, for `hirise train --labels`.",
)
@click.option("--no-keep", is_flag=True, help="Do not keep the corrections in the run.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    metavar="N",
    help="Number of suspected labels to print; 0 prints all.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@artifacts_option
def relabel_(
    run: str,
    labels: tuple[str, ...],
    suggested: bool,
    split: str | None,
    write_labels: Path | None,
    no_keep: bool,
    limit: int,
    as_json: bool,
    artifacts: Path,
) -> None:
    """List the suspected labels of RUN, the least probable first; correct some."""
    found = relabel(
        RelabelRequest(
            run,
            dict(map(_decision, labels)),
            suggested=suggested,
            split=split,
            keep=not no_keep,
            write_labels=write_labels,
            artifacts=artifacts,
        )
    )
    if as_json:
        click.echo(json_text(found.to_dict()))
        return
    click.echo("\n".join(map(one_line, _lines(found, limit))))


def _decision(text: str) -> tuple[str, str]:
    # An image name may hold "=", a class name hardly.
    image, sign, name = text.rpartition("=")
    if not sign or not image:
        raise click.UsageError(f"--labels needs IMAGE=CLASS, not '{text}'.")
    return image, name


def _lines(found: Relabelled, limit: int) -> Iterator[str]:
    yield f"{'image':<40}{'given':<20}{'suggested':<20}{'label':<20}probability"
    rows = found.suspects.head(limit) if limit else found.suspects
    columns = [rows[name] for name in ("image", "given", "suggested", "label")]
    for image, *names, probability in zip(
        *columns, rows["self_confidence"], strict=True
    ):
        classes = "".join(cell(name, 20) for name in names)
        yield f"{cell(image, 40)}{classes}{number(probability)}"
    if len(rows) < len(found.suspects):
        yield f"and {len(found.suspects) - len(rows):,} more (--limit 0 lists all)"
    yield f"{len(found.suspects):,} suspected, {len(found.corrected):,} corrected"
