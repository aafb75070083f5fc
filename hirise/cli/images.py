"""`hirise images`: the images of a run with their predictions, sorted and filtered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pandas as pd

from hirise.actions.images import ImagesRequest
from hirise.actions.images import images as list_images
from hirise.cli import artifacts_option, json_text
from hirise.cli.render.text import cell, number
from hirise.diagnosis.wording import one_line


@click.command(short_help="List a run's images, such as its worst mistakes.")
@click.argument("run")
@click.option("--split", help="Split of the images [default: val, else test].")
@click.option(
    "--order",
    metavar="ORDER",
    help="most confident mistakes (by the probability of the predicted class), lowest "
    "probability of the true class, least confident correct, highest entropy, or name "
    "[default: the first of these that the run's predictions allow].",
)
@click.option("--true", "true", metavar="NAME", help="Only images of this class.")
@click.option(
    "--predicted", metavar="NAME", help="Only images predicted as this class."
)
@click.option(
    "--answer",
    type=click.Choice(["all", "labelled", "correct", "incorrect"]),
    default="all",
    show_default=True,
    help="Only images with a true label, a correct or an incorrect prediction.",
)
@click.option(
    "--observation", metavar="NAME", help="Only images of this HiRISE observation."
)
@click.option(
    "--least",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Lowest confidence of the images to list.",
)
@click.option(
    "--most",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    help="Only images with less confidence than this; 1 includes a confidence of 1.",
)
@click.option("--tag", metavar="TAG", help="Only images with this tag.")
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    metavar="N",
    help="Number of images to print, also with --json; 0 prints all.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print all these images as CSV.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@artifacts_option
def images_(
    run: str,
    split: str | None,
    order: str | None,
    true: str | None,
    predicted: str | None,
    answer: str,
    observation: str | None,
    least: float,
    most: float,
    tag: str | None,
    limit: int,
    as_csv: bool,
    as_json: bool,
    artifacts: Path,
) -> None:
    """List the images of RUN with their true and predicted classes."""
    listed = list_images(ImagesRequest(run, split=split, artifacts=artifacts))
    rows = listed.listing(
        order,
        true=true or "",
        predicted=predicted or "",
        answer=answer,
        observation=observation or "",
        low=least,
        high=most,
        tag=tag or "",
    )
    if as_csv:
        click.echo(rows.to_csv(index=False), nl=False)
        return
    shown = rows if not limit else rows.head(limit)
    if as_json:
        click.echo(json_text(listed.to_dict(shown) | {"n_images": len(rows)}))
        return
    click.echo("\n".join(map(one_line, _lines(shown))))
    if len(shown) < len(rows):
        click.echo(f"and {len(rows) - len(shown):,} more (--limit 0 lists all)")


def _lines(rows: pd.DataFrame) -> Iterator[str]:
    yield f"{'image':<40}{'true':<20}{'predicted':<20}confidence"
    columns = [rows[name] for name in ("image", "true", "predicted", "probability")]
    for image, true, predicted, confidence in zip(*columns, strict=True):
        names = f"{cell(true or '–', 20)}{cell(predicted, 20)}"
        yield f"{cell(image, 40)}{names}{number(confidence)}"
