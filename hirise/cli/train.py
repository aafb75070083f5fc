"""`hirise train` and `hirise recipes`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from tqdm import tqdm

from hirise.cli.data import at_hand
from hirise.cli.options import artifacts_option, queue_option, turn
from hirise.data.listing import parse_fractions
from hirise.errors import InputError
from hirise.jobs import why_no_training
from hirise.jobs.store import locked
from hirise.progress import Progress as CoreProgress
from hirise.recipes import RECIPES, Recipe, recipe_named, to_dict, with_settings
from hirise.runs import Run


@click.command()
@click.option(
    "--data",
    metavar="DIR|simulated",
    type=click.Path(path_type=Path),
    help="Folder of the images, or a CSV of paths and labels. `simulated`, or "
    "`simulated:LANDMARKS:SEED`, simulates Mars first, once, and keeps it.",
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
    help="Shares of train, val and test.",
)
@click.option("--seed", default=0, show_default=True, help="Of split and training.")
@click.option("--epochs", metavar="N", help="Short for --set epochs=N.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a setting of the recipe; may be repeated.",
)
@click.option(
    "--leave-out",
    multiple=True,
    metavar="NAME",
    help="Leave a class out of train, val and test; may be repeated.",
)
@click.option(
    "--labels",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Labels instead of the dataset's own, as `hirise check --write-labels` "
    "writes them.",
)
@click.option("--title", metavar="TEXT", help="What to call the run.")
@click.option(
    "--resume",
    "resumed",
    metavar="RUN",
    help="Go on with a training that was killed or stopped; all else is known.",
)
@click.option(
    "--strategy",
    type=click.Choice(["mirrored", "multiworker"]),
    default=None,
    help="Train on all GPUs of this machine, or on several machines.",
)
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
    title: str | None,
    resumed: str | None,
    strategy: str | None,
    no_queue: bool,
    artifacts: Path,
) -> None:
    """Train a recipe on a folder of images; the run can be read meanwhile."""
    if resumed is not None:
        _refuse_beside_resume(context)
        _tell(resume_run(artifacts, resumed, strategy or "", at_once=no_queue))
        return
    if data is None or recipe is None:
        missing = "--data" if data is None else "--recipe"
        raise InputError(f"Missing option '{missing}'. See `hirise train --help`.")
    changed = with_settings(recipe_named(recipe), parse_settings(settings, epochs))
    shares = parse_fractions(fractions)
    from hirise.training.plan import make_plan, need_tensorflow
    from hirise.training.session import train as carry_out

    need_tensorflow()
    _need_room(artifacts)
    plan = make_plan(
        at_hand(data),
        changed,
        split=split,
        fractions=shares,
        seed=seed,
        labels=labels,
        leave_out=leave_out,
    )
    plan = replace(plan, strategy=strategy or "")
    for note in plan.sides.notes:
        click.echo(note)
    with turn(artifacts, at_once=no_queue), Progress() as progress:
        run = carry_out(plan, artifacts=artifacts, title=title, progress=progress)
    _tell(run)


def resume_run(
    artifacts: Path, name: str, strategy: str = "", *, at_once: bool = False
) -> Run:
    """Go on with the training of the run called `name`, shown by a progress bar.

    It waits for other trainings in the same folder, unless `at_once`.

    Raises
    ------
    InputError
        If there is no such run, or it cannot be resumed.
    """
    from hirise.runs import find_run
    from hirise.runs.manage import await_silence, reopen_run
    from hirise.training.plan import need_tensorflow
    from hirise.training.session import plan_of, resume

    need_tensorflow()
    run = find_run(artifacts, name)
    plan = replace(plan_of(run), strategy=strategy)
    _need_room(run.folder.parent)
    await_silence(run)
    with turn(run.folder.parent, at_once=at_once):
        with locked(run.folder.parent):
            writer = reopen_run(run.folder)
        with Progress() as progress:
            return resume(plan, writer, progress=progress)


def _refuse_beside_resume(context: click.Context) -> None:
    """A resumed run keeps its settings, so none can be given."""
    for name in context.params:
        given = context.get_parameter_source(name) == ParameterSource.COMMANDLINE
        if given and name not in _BESIDE_RESUME:
            option = next(p.opts[0] for p in context.command.params if p.name == name)
            raise InputError(
                f"--resume takes all settings from the run; leave {option} away, or "
                "train anew without --resume."
            )


def _need_room(artifacts: Path) -> None:
    reason = why_no_training(artifacts)
    if reason:
        raise InputError(reason)


def _tell(run: Run) -> None:
    """The run's id and its verdict."""
    from hirise.diagnosis import diagnose, gather

    if run.info.error:
        click.echo(run.info.error)
    click.echo(f"run {run.info.id} ({run.info.seconds:.0f} s)")
    click.echo(diagnose(gather(run)).sentence)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def recipes(as_json: bool) -> None:
    """List the recipes, with their command, time and expected score."""
    if as_json:
        document = {"format": 1, "recipes": [_document(recipe) for recipe in RECIPES]}
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    for recipe in RECIPES:
        click.echo(f"{recipe.name}: {recipe.summary}")
        if recipe.minutes is not None:
            click.echo(f"  about {recipe.minutes:g} min; {recipe.expect}")
        click.echo(f"  {recipe.command}")


_BESIDE_RESUME = ("resumed", "strategy", "no_queue", "artifacts")
"""What may be given with --resume, since it changes no result."""


class Progress(CoreProgress):
    """A bar over all batches on a terminal, else a line per epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.bar: tqdm[Any] | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None

    def show(self, done: int, total: int) -> None:
        if not total or not sys.stderr.isatty():
            return
        if self.bar is None or self.bar.total != total or done < self.bar.n:
            self._close()
            self.bar = tqdm(total=total)
        self.bar.set_description(self.status.step, refresh=False)
        self.bar.update(done - self.bar.n)

    def tell(self, message: str) -> None:
        if self.bar is None:
            click.echo(message)
        else:
            self.bar.write(message, file=sys.stderr)


def parse_settings(pairs: tuple[str, ...], epochs: str | None) -> dict[str, str]:
    """`("key=value", …)` as a mapping; `epochs` comes last and wins."""
    settings = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise InputError(f"--set expects key=value, got '{pair}'.")
        settings[key.strip()] = value
    return settings if epochs is None else {**settings, "epochs": epochs}


def _document(recipe: Recipe) -> dict[str, Any]:
    texts = ("summary", "command", "minutes", "expect")
    return to_dict(recipe) | {key: getattr(recipe, key) for key in texts}
