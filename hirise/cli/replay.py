"""`hirise replay`: the blog's exercises, as runs."""

from __future__ import annotations

from pathlib import Path

import click

from hirise.actions import resolve_run
from hirise.actions.replay import ListReplaysRequest, ReplayRequest, list_replays
from hirise.actions.replay import replay as replay_exercises
from hirise.cli import artifacts_option, json_text, queue_option
from hirise.cli.terminal import TerminalProgress


@click.command(short_help="Replay the blog's exercises, as runs.")
@click.option(
    "--data",
    metavar="DIR|simulated",
    type=click.Path(path_type=Path),
    help="Folder of the images; `simulated` as for `hirise train`.",
)
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
    help="Approximate number of images, in whole landmarks.",
)
@click.option(
    "--exercises",
    default=ReplayRequest.exercises,
    show_default=True,
    metavar="A,B,…",
    help="Exercises to run.",
)
@click.option("--list", "listed", is_flag=True, help="List the replays made so far.")
@click.option("--json", "as_json", is_flag=True, help="With --list, print JSON.")
@queue_option
@artifacts_option
@click.pass_context
def replay(
    context: click.Context,
    data: Path | None,
    epochs: int,
    images: int,
    exercises: str,
    listed: bool,
    as_json: bool,
    no_queue: bool,
    artifacts: Path,
) -> None:
    """Run the blog's exercises as they were written, then with the correct labels.

    The calls of Keras are the same, and one list of labels is passed to all of them.
    Each exercise becomes a run, which keeps the labels that the network was trained on
    and the correct labels. The defaults run 16 trainings in about 20 minutes on two CPU
    cores. Ctrl-C stops the replay, and finished exercises are kept.
    """
    if listed:
        _list(artifacts, as_json=as_json)
        return
    if data is None or as_json:
        problem = "Missing option '--data'." if data is None else "--json needs --list."
        raise click.UsageError(problem, context)
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


def _list(artifacts: Path, *, as_json: bool) -> None:
    """The replays, with how well each exercise did."""
    replays = list_replays(ListReplaysRequest(artifacts))
    if as_json:
        documents = [found.to_dict() for found in replays]
        click.echo(json_text({"format": 1, "replays": documents}))
        return
    if not replays:
        click.echo(f"No replays in {artifacts}.")
    for found in replays:
        made = found.replay
        shipped = ", an example" if found.shipped else ""
        click.echo(
            f"{made.id}: {made.n_images:,} images, {made.epochs} epochs per exercise, "
            f"{len(made.runs)} runs{shipped}"
        )
        click.echo(f"  exercises {', '.join(found.exercises())}")
