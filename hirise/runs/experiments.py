"""`experiments/<key>.json` of a run: what experiments were made, and what came out."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from hirise.errors import InputError, shown, unreadable
from hirise.files import read_json, write_json
from hirise.runs.folder import Run

EXPERIMENTS = "experiments"
FORMAT = 1
AGAIN = "Delete it, and run `hirise examine` again."

Probability = Annotated[float, Meta(ge=0, le=1)]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What one cause predicted.

    Attributes
    ----------
    cause, title : str
    outcome : str
        The outcome that the cause makes likeliest.
    probability : float
        Of the outcome that came out, under this cause.
    before, after : float
        Probability of the cause before and after the experiment.
    """

    cause: str
    title: str
    outcome: str
    probability: Probability
    before: Probability
    after: Probability


@dataclass(frozen=True, kw_only=True)
class ExperimentResult:
    """An experiment that was made on a run.

    Attributes
    ----------
    key, title : str
    done : str
        What was done.
    outcome : str
        One of the outcomes that are declared for it.
    meaning : str
        What that outcome says.
    sentence : str
        What came out, with its numbers.
    numbers : mapping
        Those numbers.
    expected : tuple of Expected
        What each rival predicted, the likeliest first.
    seconds : float
        That it took.
    created : str
        ISO 8601 time.
    """

    key: str
    title: str
    done: str
    outcome: str
    meaning: str
    sentence: str
    numbers: dict[str, float | int | str | None] = field(default_factory=dict)
    expected: tuple[Expected, ...] = ()
    seconds: float = 0.0
    created: str = ""
    format: int = FORMAT

    def to_dict(self) -> dict[str, Any]:
        """The document as it is written."""
        document: dict[str, Any] = msgspec.to_builtins(self)
        return document


def read_experiments(run: Run) -> tuple[ExperimentResult, ...]:
    """The experiments made on `run`, in the order in which they were made.

    Raises
    ------
    InputError
        A file that cannot be read, is of another format or another experiment.
    """
    found = []
    for path in sorted((run.folder / EXPERIMENTS).glob("*.json")):
        result = _read(path)
        if result.format != FORMAT or result.key != path.stem:
            raise InputError(
                f"It is '{shown(result.key)}' in format {result.format}, and "
                f"'{shown(path.stem)}' in format {FORMAT} is expected.",
                where=path,
                how=AGAIN,
            )
        found.append(result)
    return tuple(sorted(found, key=lambda result: result.created))


def _read(path: Path) -> ExperimentResult:
    try:
        return msgspec.convert(read_json(path), ExperimentResult)
    except (OSError, msgspec.ValidationError) as error:
        raise unreadable(error, where=path, how=AGAIN) from error
    except InputError as error:
        raise InputError(error.refusal.what, where=path, how=AGAIN) from error


def write_experiment(run: Run, result: ExperimentResult) -> None:
    """Keep a result in the run folder, whole; it replaces an earlier one of its key."""
    folder = run.folder / EXPERIMENTS
    folder.mkdir(exist_ok=True)
    write_json(folder / f"{result.key}.json", result.to_dict())
