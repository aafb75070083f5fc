"""`hirise replay`: the blog's exercises, as runs."""

from __future__ import annotations

from pathlib import Path

import click

from hirise.actions import resolve_run
from hirise.actions.replay import ReplayRequest
from hirise.actions.replay import replay as replay_exercises
from hirise.cli import artifacts_option, images_option, queue_option
from hirise.cli.terminal import TerminalProgress


@click.command(short_help="Replay the blog's exercises, as runs.")
@images_option
@click.option(
    "--epochs",
    default=ReplayRequest.epochs,
    show_default=True,
    metavar="N",
    type=click.IntRange(min=1),
    help="Epochs of each exercise.",
)
@click.option(
    "--images",
    default=ReplayRequest.images,
    show_default=True,
    metavar="N",
    type=click.IntRange(min=1),
    help="About how many images, in whole landmarks.",
)
@click.option(
    "--exercises",
    default=ReplayRequest.exercises,
    show_default=True,
    metavar="A,B,…",
    help="Exercises to run.",
)
@queue_option
@artifacts_option
def replay(
    data: Path,
    epochs: int,
    images: int,
    exercises: str,
    no_queue: bool,
    artifacts: Path,
) -> None:
    """Run the blog's exercises as they were written, then with the correct labels.

    The same calls of Keras, with the same list of labels passed again and again; each
    exercise becomes a run that keeps the labels that the network was trained on and the
    correct ones. The defaults make 16 trainings, about 20 minutes on two CPU cores.
    Ctrl-C stops it, and what is finished is kept.
    """
    request = ReplayRequest(
        data=data,
        epochs=epochs,
        images=images,
        exercises=exercises,
        queue=not no_queue,
        artifacts=artifacts,
    )
    with TerminalProgress() as progress:
        result = replay_exercises(request, progress=progress)
    click.echo("\nexercise  labels    train   val recorded  val correct   test  run")
    for replayed in result.runs:
        last = resolve_run(artifacts / replayed.run, artifacts).history().iloc[-1]
        click.echo(
            f"{replayed.exercise:<8}  {replayed.labels:<8}  {last['accuracy']:.3f}  "
            f"{last['val_accuracy']:>12.3f}  {last['right_val_accuracy']:>11.3f}  "
            f"{replayed.test_accuracy:.3f}  {replayed.run}"
        )
    click.echo("\nThe page *The story* of `hirise dashboard` tells it.")
