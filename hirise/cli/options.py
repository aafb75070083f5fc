"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]


def artifacts_option(command: Command) -> Command:
    """`--artifacts DIR`: where the run folders are."""
    return click.option(
        "--artifacts",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path("artifacts"),
        show_default=True,
        help="Folder of the runs.",
    )(command)


def queue_option(command: Command) -> Command:
    """`--no-queue`: train though another training runs in the same folder."""
    return click.option(
        "--no-queue",
        is_flag=True,
        help="Do not wait for other trainings in the same folder of runs.",
    )(command)


def limit_options(command: Command) -> Command:
    """`--memory-limit GB` and `--time-limit MINUTES` of a model's process."""
    command = click.option(
        "--time-limit",
        type=click.FloatRange(min=0, min_open=True),
        metavar="MINUTES",
        default=60.0,
        show_default=True,
        help="After which the model's process is ended.",
    )(command)
    return click.option(
        "--memory-limit",
        type=click.FloatRange(min=0.5),
        metavar="GB",
        help="Memory that the model's process may hold [default: 8, or four fifths of "
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
