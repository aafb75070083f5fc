"""`hirise runs`: list, rename, annotate, tag or delete runs."""

from __future__ import annotations

from pathlib import Path

import click

from hirise.actions.runs import (
    AnnotateRequest,
    DeleteRequest,
    HideRequest,
    ListedRuns,
    ListRequest,
    RenameRequest,
    annotate_run,
    delete_run,
    hide_examples,
    list_runs,
    rename_run,
)
from hirise.actions.settings import SettingsRequest
from hirise.actions.settings import settings as compare_settings
from hirise.actions.summary import RunSummary
from hirise.actions.tag import TagRequest
from hirise.actions.tag import tag as give_tag
from hirise.cli import artifacts_option, json_text
from hirise.diagnosis.wording import one_line
from hirise.files import human_size
from hirise.runs import Run


@click.group(invoke_without_command=True)
@click.option(
    "--search", default="", metavar="WORDS", help="Only runs that contain these words."
)
@click.option("--tag", default="", metavar="TAG", help="Only runs with this tag.")
@click.option("--scores", is_flag=True, help="Also the verdict and the scores.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@artifacts_option
@click.pass_context
def runs(
    context: click.Context,
    search: str,
    tag: str,
    scores: bool,
    as_json: bool,
    artifacts: Path,
) -> None:
    """List the runs, newest first, with their disk use."""
    if context.invoked_subcommand is not None:
        return
    listed = list_runs(ListRequest(artifacts, search=search, tag=tag, scores=scores))
    if as_json:
        click.echo(json_text(listed.to_dict()))
        return
    click.echo("\n".join(run_lines(listed)) or f"No runs in {artifacts}.")
    if listed.examples_hidden:
        click.echo("The examples are hidden; `hirise runs show-examples` shows them.")
    for problem in listed.problems:
        click.echo(f"not listed: {problem}", err=True)


@runs.command()
@click.argument("run")
@click.argument("title")
@artifacts_option
def rename(run: str, title: str, artifacts: Path) -> None:
    """Give RUN another TITLE; its id stays the same."""
    renamed = rename_run(RenameRequest(run, title, artifacts=artifacts))
    click.echo(f"{renamed.info.id} has the title {renamed.info.title}")


@runs.command()
@click.argument("run")
@click.argument("text")
@artifacts_option
def annotate(run: str, text: str, artifacts: Path) -> None:
    """Add TEXT to RUN as a note. An empty text removes the note."""
    noted = annotate_run(AnnotateRequest(run, text, artifacts=artifacts))
    click.echo(f"{noted.info.id} has {'a' if noted.info.note else 'no'} note now")


@runs.command("tag")
@click.argument("run")
@click.argument("tag")
@click.option(
    "--images",
    metavar="NAME",
    multiple=True,
    help="Tag this image of the run, not the run. Can be repeated.",
)
@click.option("--split", help="Split of the images [default: val, else test].")
@click.option("--remove", is_flag=True, help="Remove the tag.")
@artifacts_option
def tag_(
    run: str,
    tag: str,
    images: tuple[str, ...],
    split: str | None,
    remove: bool,
    artifacts: Path,
) -> None:
    """Give RUN, or some of its images, a TAG."""
    tags = give_tag(
        TagRequest(
            run, tag, images=images, split=split, remove=remove, artifacts=artifacts
        )
    )
    if images:
        counts = {
            f"{one} ({name})": len(tagged)
            for name, of_split in tags.images.items()
            for one, tagged in of_split.items()
        }
        listed = ", ".join(f"{one} {n:,}" for one, n in counts.items())
        click.echo(f"Images by tag: {listed or 'none'}")
    else:
        click.echo(f"Tags of the run: {', '.join(tags.run) or 'none'}")


@runs.command("settings")
@click.argument("names", metavar="RUN...", nargs=-1, required=True)
@click.option("--all", "whole", is_flag=True, help="Also settings that are the same.")
@artifacts_option
def settings_(names: tuple[str, ...], whole: bool, artifacts: Path) -> None:
    """Show what differs in the settings of the RUNs."""
    table = compare_settings(SettingsRequest(names, all=whole, artifacts=artifacts))
    if table.empty:
        click.echo("No setting differs.")
    for name, row in table.iterrows():
        click.echo(one_line(str(name)))
        for run, value in row.items():
            click.echo(one_line(f"    {value or '–':<24}  {run}"))


@runs.command("hide-examples")
@artifacts_option
def hide(artifacts: Path) -> None:
    """Hide the examples that ship with hirise."""
    hide_examples(HideRequest(artifacts))
    click.echo("The examples are hidden now")


@runs.command("show-examples")
@artifacts_option
def show(artifacts: Path) -> None:
    """List the examples again."""
    hide_examples(HideRequest(artifacts, hidden=False))
    click.echo("The examples are shown again")


@runs.command()
@click.argument("run")
@artifacts_option
def delete(run: str, artifacts: Path) -> None:
    """Delete RUN and all its files."""
    deleted = delete_run(DeleteRequest(run, artifacts=artifacts))
    freed = human_size(deleted.size_bytes)
    click.echo(f"{deleted.id} is deleted; that freed {freed}")


def run_lines(listed: ListedRuns) -> list[str]:
    """A table of the runs: id, title, status, disk use, and their sum."""
    if not listed.runs:
        return []
    sizes = [run.size_bytes for run in listed.runs]
    rows = [("run", "title", "status", *_SCORES, "disk")]
    rows += [
        (
            run.info.id,
            run.info.title,
            run.info.status,
            *_score_cells(listed, run),
            human_size(size),
        )
        for run, size in zip(listed.runs, sizes, strict=True)
    ]
    total = human_size(sum(sizes))
    rows.append((f"{len(sizes)} in all", "", "", "", "", "", total))
    shown = [0, 1, 2, *(() if listed.summaries is None else (3, 4, 5))]
    widths = {column: max(len(row[column]) for row in rows) for column in shown}
    return [
        "  ".join(f"{row[column]:<{widths[column]}}" for column in shown)
        + f"  {row[-1]:>9}"
        for row in rows
    ]


_SCORES = ("verdict", "accuracy", "macro-F1")


def _score_cells(listed: ListedRuns, run: Run) -> tuple[str, str, str]:
    found = (listed.summaries or {}).get(run.info.id)
    if not isinstance(found, RunSummary):
        return ("cannot be read" if found else "", "", "")
    accuracy, macro_f1 = (
        "" if value is None else f"{value:.3f}"
        for value in (found.accuracy, found.macro_f1)
    )
    return found.verdict, accuracy, macro_f1
