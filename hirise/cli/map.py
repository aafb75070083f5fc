"""`hirise map`: the images of a run as points, those alike to the network together."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import click

from hirise.cli.options import artifacts_option
from hirise.cli.predict import Progress
from hirise.diagnosis.wording import percent
from hirise.errors import InputError
from hirise.evaluation.image_map import METHODS, TITLES, make_map
from hirise.predictions import choose_split
from hirise.runs import find_run
from hirise.runs.embeddings import EmbeddingMap, embeddings_path, write_map


@click.command("map", short_help="Lay a run's images out on a map of its features.")
@click.argument("run")
@click.option("--split", help="Split of the images [default: val, else test].")
@click.option(
    "--method",
    type=click.Choice(METHODS[::-1]),
    default="tsne",
    show_default=True,
    help="tsne keeps neighbours together and takes a while; pca is quick and linear.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
@artifacts_option
def map_(
    run: str,
    split: str | None,
    method: str,
    seed: int,
    artifacts: Path,
) -> None:
    """Place the images of RUN in the plane by the features of its network.

    What the network sees as alike lies together. The map is kept in the run, and the
    page Images shows it; it is refused where all features are the same.
    """
    found = find_run(artifacts, run)
    side = choose_split(list(found.splits()), split, where=f"run {found.info.id}")
    begun = time.perf_counter()
    if found.is_example and embeddings_path(found.folder, side).is_file():
        raise InputError(
            f"{found.info.id} is an example that ships with hirise; it stays as it is."
        )
    with Progress("step") as progress:
        told = partial(progress.update, TITLES[method])
        made = make_map(found, side, method, seed=seed, told=told)
    path = write_map(found, side, made)
    seconds = time.perf_counter() - begun
    click.echo(f"{path}: {len(made.points):,} images of {side} in {seconds:.1f} s")
    click.echo(_described(made))


def _described(found: EmbeddingMap) -> str:
    if "explained" in found.about:
        first, second = found.about["explained"]
        return (
            f"PCA, seed {found.seed}: the two axes hold {percent(first)} and "
            f"{percent(second)} of the variance."
        )
    return (
        f"t-SNE, seed {found.seed}, perplexity {found.about['perplexity']:.3g}: "
        f"divergence {found.about['divergence']:.3f} nats."
    )
