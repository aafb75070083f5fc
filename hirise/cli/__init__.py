"""The `hirise` command, and what its subcommands share.

Each subcommand is imported only when it is called.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from hirise import __version__
from hirise.errors import nearest

BROKEN_PIPE = 141
Command = Callable[..., Any]

_OPTIONS = {
    "folder": "to",
    "queue": "no-queue",
    "remedies": "remedy",
    "settings": "set",
    "training_shares": "class-shares",
}
"""Options whose name differs from that of the parameter of the action."""


def in_command(name: str, value: str = "") -> str:
    """A parameter of an action as the command names it.

    Examples
    --------
    >>> in_command("class_names"), in_command("settings", "backbone=FILE.keras")
    ('--class-names', '--set backbone=FILE.keras')
    """
    if re.search(r"[^\w=,.…-]", value):
        value = shlex.quote(value)
    return f"--{_OPTIONS.get(name, name.replace('_', '-'))} {value}".rstrip()


class LazyGroup(click.Group):
    """A group whose subcommands are named in `COMMANDS` and imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, function = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), function)
        if not isinstance(command, click.Command):
            raise TypeError(f"`{COMMANDS[cmd_name][0]}` is not a click command.")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            hint = nearest(name, COMMANDS) or f" Known are: {', '.join(COMMANDS)}."
            raise click.UsageError(f"No such command '{name}'.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # click would end with status 1, which means findings.
            raise click.exceptions.Exit(BROKEN_PIPE) from None

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        # From the table, so that --help imports no subcommand.
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hirise")
def cli() -> None:
    """Say whether an image classifier has collapsed, why, and what cures it."""


COMMANDS = {
    "data": ("hirise.cli.data:data", "Inspect, download or simulate images."),
    "recipes": ("hirise.cli.train:recipes", "List the recipes for training."),
    "train": ("hirise.cli.train:train", "Train a recipe on a folder of images."),
    "predict": ("hirise.cli.predict:predict", "Predict images with a model."),
    "images": (
        "hirise.cli.images:images_",
        "List a run's images, such as its worst mistakes.",
    ),
    "import": (
        "hirise.cli.import_:import_",
        "Turn files of other tools into a run.",
    ),
    "check": ("hirise.cli.check:check", "Say whether a run has collapsed, and why."),
    "saliency": ("hirise.cli.saliency:saliency", "Compute saliency maps."),
    "report": ("hirise.cli.report:report", "Write a run as one HTML file."),
    "compare": ("hirise.cli.compare:compare", "Compare runs with a baseline."),
    "examine": (
        "hirise.cli.examine:examine_",
        "Run the experiments that decide between causes.",
    ),
    "cure": ("hirise.cli.cure:cure_", "Apply remedies, and say whether they helped."),
    "explore": (
        "hirise.cli.explore:explore_",
        "Explore remedies without training on a run.",
    ),
    "explain": (
        "hirise.cli.explain:explain_",
        "Explain a check, a cause, a remedy or a term.",
    ),
    "replay": ("hirise.cli.replay:replay", "Replay the blog's exercises, as runs."),
    "map": ("hirise.cli.map:map_", "Lay a run's images out on a map."),
    "relabel": (
        "hirise.cli.relabel:relabel_",
        "Keep or correct suspected labels, and write them as a file.",
    ),
    "export": ("hirise.cli.export:export", "Write a run for TensorBoard."),
    "runs": ("hirise.cli.runs:runs", "List, rename, annotate, tag or delete runs."),
    "dashboard": ("hirise.cli.dashboard:dashboard", "Open the pages in a browser."),
}


config_option = click.option(
    "--config",
    metavar="FILE",
    help="Accepted findings and thresholds; none reads none [default: hirise.toml here "
    "or in a parent folder].",
)


def artifacts_option(command: Command) -> Command:
    """`--artifacts DIR`: where the run folders are."""
    return click.option(
        "--artifacts",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path("artifacts"),
        show_default=True,
        help="Folder of the runs.",
    )(command)


def cluster_option(command: Command) -> Command:
    """`--cluster`: what the intervals resample."""
    return click.option(
        "--cluster",
        type=click.Choice(["auto", "landmark", "observation", "none"]),
        default="auto",
        show_default=True,
        help="Unit that the intervals resample.",
    )(command)


def own_images_option(command: Command) -> Command:
    """`--data DIR`: where the images of a run are now."""
    return click.option(
        "--data",
        metavar="DIR",
        type=click.Path(path_type=Path),
        help="Folder of the images, if not the one that the run names.",
    )(command)


def label_column_option(command: Command) -> Command:
    """`--label-column NAME`: which column of a dataset holds its labels."""
    return click.option(
        "--label-column",
        metavar="NAME",
        help="The column of labels of the dataset, if several could be.",
    )(command)


def training_shares_option(command: Command) -> Command:
    """`--class-shares NAME=S,…`: the class frequencies of the training labels."""
    return click.option(
        "--class-shares",
        metavar="NAME=S,…",
        help="Class frequencies of the training labels.",
    )(command)


def images_option(command: Command) -> Command:
    """`--data DIR|simulated`: the images, which are required."""
    return click.option(
        "--data",
        required=True,
        metavar="DIR|simulated",
        type=click.Path(path_type=Path),
        help="Folder of the images; `simulated` as for `hirise train`.",
    )(command)


def reading_options(command: Command) -> Command:
    """`--class-names` and `--columns`: how a file of predictions is read."""
    command = click.option(
        "--columns",
        metavar="ROLE=COLUMN,…",
        help="Which column is image, y_true, y_pred, split or group.",
    )(command)
    return click.option(
        "--class-names",
        metavar="A,B,…",
        help="Names of the classes, in the order of their ids or numbered columns.",
    )(command)


def decision_options(command: Command) -> Command:
    """`--threshold`, `--abstain`, `--ordinal`, `--aggregate`: scores to classes."""
    for option in (
        click.option(
            "--aggregate",
            type=click.Choice(["mean"]),
            help="Average several rows of one image, such as crops.",
        ),
        click.option(
            "--ordinal",
            is_flag=True,
            help="The classes are ordinal, in the order of --class-names.",
        ),
        click.option(
            "--abstain",
            metavar="NAME",
            help="A class whose prediction counts as no answer.",
        ),
        click.option(
            "--threshold",
            type=float,
            metavar="T",
            help="Least probability at which the second of two classes is predicted "
            "[default: 0.5].",
        ),
    ):
        command = option(command)
    return command


def queue_option(command: Command) -> Command:
    """`--no-queue`: train though another training runs in the same folder."""
    return click.option(
        "--no-queue",
        is_flag=True,
        help="Do not wait for other trainings in the same folder of runs.",
    )(command)


def plan_option(command: Command) -> Command:
    """`--plan`: say what would be done, and do nothing."""
    return click.option(
        "--plan", is_flag=True, help="Print what would be done, and do nothing."
    )(command)


def limit_options(command: Command) -> Command:
    """`--memory-limit GB` and `--time-limit MINUTES` of a model's process."""
    command = click.option(
        "--time-limit",
        type=click.FloatRange(min=0, min_open=True),
        metavar="MINUTES",
        default=60.0,
        show_default=True,
        help="Time after which the model's process is ended.",
    )(command)
    return click.option(
        "--memory-limit",
        type=click.FloatRange(min=0.5),
        metavar="GB",
        help="Memory that the model's process can use [default: 8, or four fifths of "
        "this machine's].",
    )(command)


def parse_settings(pairs: tuple[str, ...]) -> dict[str, str]:
    """`("key=value", …)` as a mapping.

    Examples
    --------
    >>> parse_settings(("epochs=3", "filters=4,8"))
    {'epochs': '3', 'filters': '4,8'}
    """
    settings = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"--set expects key=value, got '{pair}'.")
        settings[key.strip()] = value
    return settings


def json_text(document: Mapping[str, Any]) -> str:
    """A document as the command prints it.

    Examples
    --------
    >>> print(json_text({"format": 1}))
    {
     "format": 1
    }
    """
    # JSON has no NaN: better an error here than in whoever reads it.
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
