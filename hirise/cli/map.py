"""`hirise map`: a run's images as points, placed by the features of its network."""

from __future__ import annotations

from pathlib import Path

import click

from hirise.actions.image_map import MapRequest, Method, image_map
from hirise.cli import artifacts_option
from hirise.cli.terminal import TerminalProgress
from hirise.diagnosis.wording import percent
from hirise.runs.embeddings import EmbeddingMap


@click.command("map", short_help="Lay a run's images out on a map of its features.")
@click.argument("run")
@click.option("--split", help="Split of the images [default: val, else test].")
@click.option(
    "--method",
    type=click.Choice(["tsne", "pca"]),
    default="tsne",
    show_default=True,
    help="tsne keeps neighbours together and is slow. pca is fast and linear.",
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
@artifacts_option
def map_(
    run: str,
    split: str | None,
    method: Method,
    seed: int,
    artifacts: Path,
) -> None:
    """Place the images of RUN in the plane by the features of its network.

    Images with similar features lie close together. The map is kept in the run, and the
    page Images shows it. It is refused if all features are the same.
    """
    request = MapRequest(
        run=run, split=split, method=method, seed=seed, artifacts=artifacts
    )
    with TerminalProgress() as progress:
        result = image_map(request, progress=progress)
    click.echo(
        f"{result.path}: {len(result.map.points):,} images of {result.split} in "
        f"{result.seconds:.1f} s"
    )
    click.echo(_describe(result.map))


def _describe(placed: EmbeddingMap) -> str:
    if "explained" in placed.about:
        first, second = placed.about["explained"]
        return (
            f"PCA, seed {placed.seed}: the two axes hold {percent(first)} and "
            f"{percent(second)} of the variance."
        )
    return (
        f"t-SNE, seed {placed.seed}, perplexity {placed.about['perplexity']:.3g}: "
        f"divergence {placed.about['divergence']:.3f} nats."
    )
