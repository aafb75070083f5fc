"""`hirise saliency`: saliency maps of a run's model, kept in the run."""

from __future__ import annotations

from pathlib import Path

import click

from hirise.actions.saliency import SaliencyRequest
from hirise.actions.saliency import saliency as compute_saliency
from hirise.cli import artifacts_option, limit_options, own_images_option
from hirise.cli.terminal import TerminalProgress
from hirise.diagnosis.wording import images as counted
from hirise.diagnosis.wording import one_line

METHODS = {"grad-cam": "Grad-CAM", "occlusion": "Occlusion"}


@click.command(short_help="Compute saliency maps of a run's model.")
@click.argument("run")
@click.option("--split", help="Split of the images [default: val, else test].")
@click.option(
    "--image",
    multiple=True,
    metavar="NAME",
    help="An image of the split, as the run names it. May be repeated.",
)
@click.option(
    "--images",
    "n_images",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    help="Number of images drawn from the split if no --image is given. The 60 most "
    "confident mistakes are added.",
)
@own_images_option
@click.option(
    "--model",
    metavar="FILE|DIR",
    type=click.Path(path_type=Path),
    help="The model that made the predictions, if the run does not hold or name it.",
)
@limit_options
@artifacts_option
def saliency(
    run: str,
    split: str | None,
    image: tuple[str, ...],
    n_images: int,
    data: Path | None,
    model: Path | None,
    memory_limit: float | None,
    time_limit: float,
    artifacts: Path,
) -> None:
    """Compute which parts of an image are evidence for the predicted class.

    The method is Grad-CAM if the network has feature maps, else occlusion. The maps are
    kept in the folder of the run, for the page Images and the check HR505. Images whose
    maps exist are skipped.
    """
    request = SaliencyRequest(
        run=run,
        split=split,
        image=image,
        images=n_images,
        data=data,
        model=model,
        memory_limit=memory_limit,
        time_limit=time_limit,
        artifacts=artifacts,
    )
    with TerminalProgress() as progress:
        result = compute_saliency(request, progress=progress)
    if result.n_stored:
        click.echo(
            f"Maps of {result.n_stored:,} of {counted(result.n_images)} exist already."
        )
    for method, n_images in result.methods.items():
        click.echo(f"{METHODS[method]} of {counted(n_images)}")
    for note in result.notes:
        click.echo(one_line(f"Note: {note}"))
    if result.methods:
        click.echo(f"Kept in {result.path}")
