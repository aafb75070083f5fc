"""`hirise data`: what a folder of images holds; images downloaded or simulated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from hirise.actions.data_info import DataInfoRequest
from hirise.actions.data_info import data_info as describe_data
from hirise.actions.download import DownloadRequest
from hirise.actions.download import download as download_release
from hirise.actions.simulate import SimulateRequest
from hirise.actions.simulate import simulate as simulate_landmarks
from hirise.cli import json_text, label_column_option
from hirise.cli.terminal import TerminalProgress
from hirise.errors import shown
from hirise.files import human_size
from hirise.mars.releases import ARCHIVES, CREDIT
from hirise.mars.simulated.plan import DEFAULT_LANDMARKS, FEWEST, MOST

MOST_SHOWN = 10


@click.group()
def data() -> None:
    """Inspect, download or simulate images."""


@data.command()
@click.option(
    "--release",
    default="v3.2",
    show_default=True,
    metavar="|".join(archive.release for archive in ARCHIVES),
    help="v3.2 has an official split; v1 is small and has its own classes.",
)
@click.option(
    "--to",
    default="data",
    show_default=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The release becomes a folder in DIR.",
)
def download(release: str, to: Path) -> None:
    """Download a HiRISE release, check it and unpack it.

    If the download is interrupted, the same command resumes it.
    """
    request = DownloadRequest(release, to)
    click.echo("\n".join(archive_lines(request)))
    with TerminalProgress() as progress:
        done = download_release(request, progress=progress)
    state = "exists already" if done.was_there else "is complete"
    click.echo(f"{done.folder.as_posix()} {state}: {done.n_files:,} files.")
    click.echo(f"Next: hirise data info {done.folder.as_posix()}")


def archive_lines(request: DownloadRequest) -> list[str]:
    """What will be downloaded, its source and licence, and where it goes."""
    archive = request.archive
    if archive.n_bytes is None:
        size = "unknown, as is the md5; the checksums in the zip are verified"
    else:
        size = f"{human_size(archive.n_bytes)}, and as much again unpacked"
    return [
        f"HiRISE landmarks {archive.release}: {archive.file}",
        f"  source   {archive.page}",
        f"  credit   {CREDIT}",
        f"  licence  {archive.licence or f'see {archive.page}'}",
        f"  size     {size}",
        f"  to       {request.folder.as_posix()}",
    ]


@data.command()
@click.option(
    "--to",
    "folder",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="A new or empty folder, or an earlier simulation, which is replaced.",
)
@click.option(
    "--landmarks",
    default=DEFAULT_LANDMARKS,
    show_default=True,
    metavar="N",
    help=f"{FEWEST} to {MOST}; all but the test landmarks come in seven copies.",
)
@click.option("--seed", default=0, show_default=True, metavar="S", help="0 to 999.")
def simulate(folder: Path, landmarks: int, seed: int) -> None:
    """Simulate landmarks of Mars in the layout of HiRISE v3.2.

    The same seed gives the same images. They are marked as simulated wherever they are
    shown.
    """
    request = SimulateRequest(folder=folder, landmarks=landmarks, seed=seed)
    with TerminalProgress() as progress:
        made = simulate_landmarks(request, progress=progress)
    click.echo(
        f"{made.folder}: {made.n_images:,} simulated images of {landmarks:,} "
        f"landmarks, seed {seed} ({made.seconds:.0f} s)"
    )
    from hirise.recipes import SIMULATED_SETTINGS, SIMULATED_SPLIT

    epochs = SIMULATED_SETTINGS["small-cnn"]["epochs"]
    click.echo(
        f"Next: hirise train --data {folder} --split {SIMULATED_SPLIT} "
        f"--recipe small-cnn --epochs {epochs}"
    )


@data.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@label_column_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def info(folder: Path, label_column: str | None, as_json: bool) -> None:
    """Count the images, classes and problems in DIR; say which splits are possible.

    DIR holds a HiRISE release, a folder per class, a CSV of images and labels, or an
    export of Roboflow, COCO or Hugging Face; it can also be the CSV or JSON file
    itself.
    """
    request = DataInfoRequest(folder, label_column=label_column)
    document = describe_data(request).to_dict()
    if as_json:
        click.echo(json_text(document))
    else:
        click.echo("\n".join(catalog_lines(document)))


def catalog_lines(document: dict[str, Any]) -> list[str]:
    """What `--json` prints as lines of text."""
    counts = (
        ("labels", document["n_labels"]),
        ("images present", document["n_present"]),
        ("images absent", document["n_absent"]),
        ("usable images", document["n_usable"]),
        ("landmarks", document["n_landmarks"]),
        ("observations", document["n_observations"]),
        ("augmented copies", document["n_copies"]),
    )
    return [
        f"{shown(document['path'], most=1000)} ({document['layout']})",
        *(f"  {name:<16} {count:>9,}" for name, count in counts),
        *(f"  {note}" for note in document["notes"]),
        "",
        *class_lines(document["classes"]),
        "",
        *problem_lines(document),
        "",
        "splits",
        *(
            f"  {kind:<16} {f'not possible: {reason}' if reason else 'possible'}"
            for kind, reason in document["splits"].items()
        ),
    ]


def class_lines(classes: list[dict[str, Any]]) -> list[str]:
    """A table of the classes: counts and frequencies of labels and usable images."""
    names = [shown(row["class_name"]) for row in classes]
    width = max(len("class"), *map(len, names))
    n_labelled = sum(row["labelled"] for row in classes) or 1
    n_usable = sum(row["usable"] for row in classes) or 1
    head = (
        f"  id  {'class':<{width}}  {'labelled':>9}  fraction  {'usable':>9}  fraction"
    )
    return [
        head,
        *(
            f"  {row['id']:>2}  {name:<{width}}  {row['labelled']:>9,}"
            f" {row['labelled'] / n_labelled:>9.1%}  {row['usable']:>9,}"
            f" {row['usable'] / n_usable:>9.1%}"
            for row, name in zip(classes, names, strict=True)
        ),
    ]


def problem_lines(document: dict[str, Any]) -> list[str]:
    """The problems: counted by kind, then the first ones in full."""
    counts, rows = document["problem_counts"], document["problems"]
    if not counts:
        return ["problems: none"]
    counted = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
    first = [
        f"  {shown(row['image'])}: {row['problem']}, {shown(row['detail'], most=200)}"
        for row in rows[:MOST_SHOWN]
    ]
    more = len(rows) - len(first)
    rest = [f"  and {more:,} more (--json lists all)"] if more else []
    return [f"problems: {counted}", *first, *rest]
