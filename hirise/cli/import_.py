"""`hirise import`: a run of what people bring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hirise.actions.check import CheckRequest, check
from hirise.actions.import_ import ImportRequest
from hirise.actions.import_ import import_ as import_file
from hirise.cli import (
    artifacts_option,
    decision_options,
    in_command,
    label_column_option,
    reading_options,
)
from hirise.diagnosis.configuration import NONE
from hirise.diagnosis.wording import one_line
from hirise.errors import InputError
from hirise.predictions.options import parse_class_names, parse_columns


@click.command(
    "import", short_help="Import predictions, a history or a run folder as a run."
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--history",
    type=click.Path(path_type=Path),
    help="Training curves: CSV, JSON, TensorBoard or MLflow.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Dataset folder, for class frequencies and missing ground truth.",
)
@label_column_option
@click.option("--title", help="Title of the run [default: the file's name].")
@click.option("--split", help="Name of the split, if the file has no split column.")
@click.option("--logits", is_flag=True, help="The scores are logits.")
@reading_options
@decision_options
@artifacts_option
def import_(
    file: Path,
    history: Path | None,
    data: Path | None,
    label_column: str | None,
    title: str | None,
    split: str | None,
    logits: bool,
    class_names: str | None,
    columns: str | None,
    artifacts: Path,
    **decisions: Any,
) -> None:
    """Turn FILE into a run that every page can show.

    FILE is a predictions file (CSV, JSON, Parquet, npz) from any framework, a training
    history (CSV, JSON, an event file or log folder of TensorBoard, a run folder of
    MLflow), or a run folder, zipped or not. A model: see `hirise predict`.
    """
    request = ImportRequest(
        file,
        history=history,
        data=data,
        label_column=label_column,
        title=title,
        split=split,
        logits=logits,
        class_names=None if class_names is None else parse_class_names(class_names),
        columns=None if columns is None else parse_columns(columns),
        **decisions,
        artifacts=artifacts,
    )
    run = import_file(request)
    click.echo(f"Imported as {run.info.id}")
    for note in run.info.notes:
        click.echo(one_line(f"Note: {note}"))
    try:
        click.echo(one_line(check(CheckRequest(run, config=NONE)).sentence))
    except InputError as error:  # no split to evaluate was chosen
        click.echo(one_line(error.worded(in_command)))
