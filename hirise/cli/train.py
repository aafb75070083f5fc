"""`hirise train` and `hirise recipes`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from hirise.actions.data_info import DataInfoRequest, data_info
from hirise.actions.plan import PlanRequest, plan_training
from hirise.actions.train import ResumeRequest, Settings, Strategy, TrainRequest
from hirise.actions.train import resume as resume_training
from hirise.actions.train import train as train_recipe
from hirise.cli import (
    artifacts_option,
    json_text,
    label_column_option,
    parse_settings,
    plan_option,
    queue_option,
)
from hirise.cli.render.plan import plan_lines
from hirise.cli.terminal import TerminalProgress
from hirise.data.splits import parse_fractions
from hirise.recipes import RECIPES, Recipe
from hirise.runs import Run

_BESIDE_RESUME = ("resumed", "strategy", "no_queue", "artifacts")
"""Parameters allowed with --resume, since they change no result."""


@click.command()
@click.option(
    "--data",
    metavar="DIR|simulated",
    type=click.Path(path_type=Path),
    help="Folder of the images, or a CSV of paths and labels. `simulated`, or "
    "`simulated:LANDMARKS:SEED`, simulates Mars at first use and keeps the "
    "images.",
)
@click.option("--recipe", metavar="NAME", help="See `hirise recipes`.")
@click.option(
    "--split",
    default="observation",
    show_default=True,
    metavar="KIND|FILE.csv",
    help="random, landmark, observation, published, or a CSV of image and split.",
)
@click.option(
    "--fractions",
    default="0.65,0.15,0.20",
    show_default=True,
    metavar="A,B,C",
    help="Fractions of images in train, val and test.",
)
@click.option(
    "--seed", default=0, show_default=True, help="Seed of split and training."
)
@click.option("--epochs", metavar="N", help="Short for --set epochs=N.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a setting of the recipe. May be repeated.",
)
@click.option(
    "--leave-out",
    multiple=True,
    metavar="NAME",
    help="Leave a class out of train, val and test. May be repeated.",
)
@click.option(
    "--labels",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Labels instead of the dataset's own, as `hirise check --write-labels` "
    "writes them.",
)
@label_column_option
@click.option(
    "--title", metavar="TEXT", help="Title of the run [default: the recipe's name]."
)
@click.option(
    "--resume",
    "resumed",
    metavar="RUN",
    help="Resume a training that was killed or stopped.",
)
@click.option(
    "--strategy",
    type=click.Choice(["mirrored", "multiworker"]),
    default=None,
    help="Train on all GPUs of this machine, or on several machines.",
)
@plan_option
@queue_option
@artifacts_option
@click.pass_context
def train(
    context: click.Context,
    data: Path | None,
    recipe: str | None,
    split: str,
    fractions: str,
    seed: int,
    epochs: str | None,
    settings: tuple[str, ...],
    leave_out: tuple[str, ...],
    labels: Path | None,
    label_column: str | None,
    title: str | None,
    resumed: str | None,
    strategy: Strategy | None,
    plan: bool,
    no_queue: bool,
    artifacts: Path,
) -> None:
    """Train a recipe on a folder of images; the run can be read while it trains."""
    if resumed is not None:
        _refuse_beside_resume(context)
        resumption = ResumeRequest(
            resumed, strategy=strategy, queue=not no_queue, artifacts=artifacts
        )
        with TerminalProgress() as progress:
            run = resume_training(resumption, progress=progress)
        _print_run(run)
        return
    changes: Settings = {**parse_settings(settings)}
    if epochs is not None:
        changes["epochs"] = epochs
    if recipe is None or (data is None and not plan):
        missing = "--recipe" if recipe is None else "--data"
        raise click.UsageError(f"Missing option '{missing}'.", context)
    if data is None or plan:
        images = None
        if data is not None:
            images = DataInfoRequest(data, label_column=label_column)
        _print_plan(PlanRequest(recipe, settings=changes), images)
        return
    request = TrainRequest(
        data=data,
        recipe=recipe,
        split=split,
        fractions=parse_fractions(fractions),
        seed=seed,
        settings=changes,
        leave_out=leave_out,
        labels=labels,
        label_column=label_column,
        title=title,
        strategy=strategy,
        queue=not no_queue,
        artifacts=artifacts,
    )
    with TerminalProgress() as progress:
        run = train_recipe(request, progress=progress)
    _print_run(run)


def _print_plan(request: PlanRequest, images: DataInfoRequest | None) -> None:
    """The settings of a training, and how long it takes on the images of a folder."""
    training = plan_training(request)
    n_images = None
    if images is not None:
        n_images = len(data_info(images).catalog.table)
    click.echo("\n".join(plan_lines(training, n_images)))


def _refuse_beside_resume(context: click.Context) -> None:
    """Refuse settings: a resumed run keeps its own."""
    for name in context.params:
        given = context.get_parameter_source(name) == ParameterSource.COMMANDLINE
        if given and name not in _BESIDE_RESUME:
            option = next(p.opts[0] for p in context.command.params if p.name == name)
            raise click.UsageError(
                f"--resume takes all settings from the run. Leave {option} out, or "
                "retrain without --resume.",
                context,
            )


def _print_run(run: Run) -> None:
    """The run's id and its verdict."""
    from hirise.actions.check import CheckRequest, check
    from hirise.diagnosis.configuration import NONE

    if run.info.error:
        click.echo(run.info.error)
    click.echo(f"run {run.info.id} ({run.info.seconds:.0f} s)")
    click.echo(check(CheckRequest(run, config=NONE)).sentence)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def recipes(as_json: bool) -> None:
    """List the recipes, with their command, time and expected score."""
    if as_json:
        document = {"format": 1, "recipes": [_document(recipe) for recipe in RECIPES]}
        click.echo(json_text(document))
        return
    for recipe in RECIPES:
        click.echo(f"{recipe.name}: {recipe.summary}")
        if recipe.minutes is not None:
            click.echo(f"  about {recipe.minutes:g} min; {recipe.expect}")
        click.echo(f"  {recipe.command}")


def _document(recipe: Recipe) -> dict[str, Any]:
    texts = ("summary", "command", "minutes", "expect")
    settings = plan_training(PlanRequest(recipe.name)).settings
    return settings | {key: getattr(recipe, key) for key in texts}
