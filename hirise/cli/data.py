"""`hirise data`: what a folder of images holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from hirise.cli.download import download
from hirise.cli.simulate import simulate
from hirise.dataset import Catalog, read_catalog, why_not
from hirise.dataset.splits import KINDS
from hirise.errors import shown

FORMAT = 1
MOST_SHOWN = 10


@click.group()
def data() -> None:
    """What a folder of images holds."""


@data.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def info(folder: Path, as_json: bool) -> None:
    """Count the images, classes and problems in DIR; say which splits are possible.

    DIR holds a HiRISE release, a folder per class, or a CSV of paths and labels; it may
    be the CSV itself.
    """
    found = describe(read_catalog(folder))
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        click.echo("\n".join(text_of(found)))


data.add_command(simulate)


def describe(catalog: Catalog) -> dict[str, Any]:
    """What `--json` prints."""
    table = catalog.table
    counts = catalog.problem_counts
    return {
        "format": FORMAT,
        "path": catalog.root.as_posix(),
        "layout": catalog.layout,
        "fingerprint": catalog.fingerprint,
        "n_labels": catalog.n_labels,
        "n_present": catalog.n_labels - catalog.n_absent,
        "n_absent": catalog.n_absent,
        "n_usable": len(table),
        "n_landmarks": int(table.loc[table["landmark"] != "", "landmark"].nunique()),
        "n_observations": int(
            table.loc[table["observation"] != "", "observation"].nunique()
        ),
        "n_copies": int((table["augmentation"] != "").sum()),
        "classes": [
            {"id": number, "class_name": name, "labelled": labelled, "usable": usable}
            for number, (name, labelled, usable) in enumerate(
                zip(
                    catalog.class_names,
                    catalog.labelled,
                    catalog.class_counts,
                    strict=True,
                )
            )
        ],
        "problem_counts": {kind: counts[kind] for kind in counts if kind != "absent"},
        "problems": catalog.problems.to_dict("records"),
        "splits": {kind: why_not(catalog, kind) or None for kind in KINDS},
    }


def text_of(found: dict[str, Any]) -> list[str]:
    """The lines for people."""
    counts = (
        ("labels", found["n_labels"]),
        ("images present", found["n_present"]),
        ("images absent", found["n_absent"]),
        ("usable images", found["n_usable"]),
        ("landmarks", found["n_landmarks"]),
        ("observations", found["n_observations"]),
        ("augmented copies", found["n_copies"]),
    )
    return [
        f"{shown(found['path'], most=1000)} ({found['layout']})",
        *(f"  {name:<16} {count:>9,}" for name, count in counts),
        "",
        *class_lines(found["classes"]),
        "",
        *problem_lines(found),
        "",
        "splits",
        *(
            f"  {kind:<16} {'no: ' + reason if reason else 'possible'}"
            for kind, reason in found["splits"].items()
        ),
    ]


def class_lines(classes: list[dict[str, Any]]) -> list[str]:
    """A table of the classes: counts and shares of labels and of usable images."""
    names = [shown(row["class_name"]) for row in classes]
    width = max(len("class"), *map(len, names))
    n_labelled = sum(row["labelled"] for row in classes) or 1
    n_usable = sum(row["usable"] for row in classes) or 1
    head = f"  id  {'class':<{width}}  {'labelled':>9}  share  {'usable':>9}  share"
    return [
        head,
        *(
            f"  {row['id']:>2}  {name:<{width}}  {row['labelled']:>9,}"
            f" {row['labelled'] / n_labelled:>6.1%}  {row['usable']:>9,}"
            f" {row['usable'] / n_usable:>6.1%}"
            for row, name in zip(classes, names, strict=True)
        ),
    ]


def problem_lines(found: dict[str, Any]) -> list[str]:
    """The problems: counted by kind, then the first ones in full."""
    counts, rows = found["problem_counts"], found["problems"]
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


data.add_command(download)
