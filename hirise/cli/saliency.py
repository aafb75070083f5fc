"""`hirise saliency`: where a run's model looks, computed and kept in the run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hirise.cli.options import artifacts_option, limit_options
from hirise.cli.predict import Progress
from hirise.diagnosis.wording import images as counted
from hirise.diagnosis.wording import one_line
from hirise.errors import InputError, nearest, shown
from hirise.jobs.saliency import why_no_model, why_no_saliency
from hirise.predictions import Predictions, choose_split, read_predictions
from hirise.runs import Run, find_run
from hirise.runs.images import why_none_can_be_had
from hirise.runs.saliency import saliency_path, stored_images

if TYPE_CHECKING:
    from hirise.models.sandbox import Limits

METHODS = {"grad-cam": "Grad-CAM", "occlusion": "Occlusion"}


@click.command(short_help="Compute where a run's model looks.")
@click.argument("run")
@click.option("--split", help="Split of the images [default: val, else test].")
@click.option(
    "--image",
    "named",
    multiple=True,
    metavar="NAME",
    help="An image of the split, as the run calls it; may be given several times.",
)
@click.option(
    "--images",
    "n_images",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    help="Without --image: how many are drawn from the split; the 60 most confident "
    "mistakes come to them.",
)
@click.option(
    "--data",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder of the images, where it is not the one that the run names.",
)
@click.option(
    "--model",
    metavar="FILE|DIR",
    type=click.Path(path_type=Path),
    help="The model that predicted, where the run does not hold or name it.",
)
@limit_options
@artifacts_option
def saliency(
    run: str,
    split: str | None,
    named: tuple[str, ...],
    n_images: int,
    data: Path | None,
    model: Path | None,
    memory_limit: float | None,
    time_limit: float,
    artifacts: Path,
) -> None:
    """Compute what in an image speaks for the class that the model of RUN names.

    Grad-CAM where the network has maps of features, else occlusion. The maps are kept
    in the folder of the run, for the page Images and the check HR505; images whose
    maps are there are left as they are.
    """
    from hirise.models.sandbox import Limits

    found = find_run(artifacts, run)
    side = choose_split(list(found.splits()), split, where=f"run {found.info.id}")
    said = read_predictions(found.predictions_path(side))
    _require(found, said, model, data)
    wanted = _wanted(said, named, n_images)
    stored = set(stored_images(found, side))
    missing = [name for name in wanted if name not in stored]
    if len(missing) < len(wanted):
        there = len(wanted) - len(missing)
        click.echo(f"Maps of {there:,} of {counted(len(wanted))} are there already.")
    if missing:
        limits = Limits(memory=memory_limit or Limits.memory, seconds=60 * time_limit)
        _look(found, said, missing, model=model, data=data, limits=limits)
        click.echo(f"Kept in {saliency_path(found.folder, side)}")


def _require(
    run: Run, said: Predictions, model: Path | None, data: Path | None
) -> None:
    """Refuse what cannot be done before anything slow is loaded."""
    reason = why_no_saliency(run, said)
    reason = reason or ("" if model is not None else why_no_model(run))
    if not reason and data is None:
        reason = why_none_can_be_had(run)
        reason += " If the images lie elsewhere: --data DIR" if reason else ""
    if not reason and data is not None and not data.is_dir():
        reason = f"{data}: no such folder of images."
    if reason:
        raise InputError(reason)


def _wanted(said: Predictions, named: tuple[str, ...], n_images: int) -> list[str]:
    assert said.image is not None
    if not named:
        from hirise.evaluation.images import images_to_look_at

        return images_to_look_at(said, n_images)
    known = set(said.image)
    for name in named:
        if name not in known:
            raise InputError(
                f"--image: no image '{shown(name)}' among the {len(known):,} of the "
                f"split {said.split}.{nearest(name, known)}"
            )
    return list(dict.fromkeys(named))


def _look(
    run: Run,
    said: Predictions,
    images: list[str],
    *,
    model: Path | None,
    data: Path | None,
    limits: Limits,
) -> None:
    from hirise.models.run_saliency import look

    path = model or run.model_path
    assert path is not None
    with Progress() as progress:
        done = look(
            run, said, images, model=path, data=data, limits=limits, progress=progress
        )
    for method, n in done.methods.items():
        click.echo(f"{METHODS[method]} of {counted(n)}")
    for note in done.notes:
        click.echo(one_line(f"Note: {note}"))
