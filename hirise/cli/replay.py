"""`hirise replay`: the blog's exercises, as runs."""

from __future__ import annotations

import os
from pathlib import Path

import click

from hirise.cli.data import at_hand
from hirise.cli.options import artifacts_option, queue_option, turn
from hirise.cli.train import Progress
from hirise.training.plan import native_output_to

IMAGES = 2_000


@click.command(short_help="Replay the blog's exercises, as runs.")
@click.option(
    "--data",
    required=True,
    metavar="DIR|simulated",
    type=click.Path(path_type=Path),
    help="Folder of the images; `simulated` as for `hirise train`.",
)
@click.option(
    "--epochs",
    default=5,
    show_default=True,
    metavar="N",
    type=click.IntRange(min=1),
    help="Epochs of each exercise.",
)
@click.option(
    "--images",
    default=IMAGES,
    show_default=True,
    metavar="N",
    type=click.IntRange(min=1),
    help="About how many images, in whole landmarks; as many as there are at most.",
)
@click.option(
    "--exercises",
    default="1,2a,2b,3,4a,4b,4c,final",
    show_default=True,
    metavar="A,B,…",
    help="Which of them.",
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
    """Run the blog's exercises as they were written, then with the labels right.

    The same calls of Keras, with the same list of labels passed again and again; each
    exercise becomes a run that keeps the labels that the network saw and the right
    ones. With the defaults that is 16 trainings, about 20 minutes on two CPU cores; the
    time grows with exercises, epochs and images. Ctrl-C stops it, and what is finished
    is kept.
    """
    from hirise.mars.blog import exercises_named

    chosen = exercises_named(exercises)
    from hirise.training.replay.plan import make_replay

    plan = make_replay(at_hand(data), epochs=epochs, images=images, exercises=chosen)
    click.echo(
        f"{len(plan.training):,} images to train and validate on, "
        f"{len(plan.test):,} to test on"
    )
    with native_output_to(Path(os.devnull)):
        from hirise.training.replay.session import replay as carry_out

    with turn(artifacts, at_once=no_queue), Progress() as progress:
        done = carry_out(plan, artifacts=artifacts, progress=progress)
    from hirise.runs import read_run

    click.echo("\nexercise  labels    train   val recorded  val right   test  run")
    for one in done.runs:
        last = read_run(artifacts / one.run).history().iloc[-1]
        click.echo(
            f"{one.exercise:<8}  {one.labels:<8}  {last['accuracy']:.3f}  "
            f"{last['val_accuracy']:>12.3f}  {last['right_val_accuracy']:>9.3f}  "
            f"{one.test_accuracy:.3f}  {one.run}"
        )
    click.echo("\nThe page *The story* of `hirise dashboard` tells it.")
