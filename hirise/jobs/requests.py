"""What is asked of a process: a training, one to go on, or a cure of a run.

The request is kept, not the command: a file that others may write to must not be able
to start anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from hirise.diagnosis.wording import lowered
from hirise.remedies import REMEDIES
from hirise.remedies.other_weights import ALONE
from hirise.remedies.retraining import TRAINING_REMEDIES

AT_ONCE = frozenset(one.key for one in REMEDIES if one.redo == "nothing")
"""Remedies that need neither a training nor TensorFlow."""

TITLES = {one.key: one.title for one in TRAINING_REMEDIES}
TITLES |= {one.key: one.title for one in REMEDIES}
TITLES |= {one.key: one.title for one in ALONE}

CURE_OPTIONS = (
    "tau",
    "target-shares",
    "confidence",
    "epoch",
    "split",
    "data",
    "title",
)
"""Options of `hirise cure` that a request may give, each once."""


@dataclass(frozen=True)
class TrainRequest:
    """A training to be done, as `hirise train` takes it.

    Attributes
    ----------
    data, split : str
        Absolute path of the images, or the name of a `SimulatedMars`; a kind of split,
        or absolute path of a CSV file.
    recipe, title : str
    settings : dict
        What differs from the recipe, as text.
    seed : int
    fractions : str
        Shares of train, val and test with commas between; "" for the usual ones.
    """

    kind: ClassVar[str] = "training"

    data: str
    recipe: str
    split: str = "observation"
    settings: dict[str, str] = field(default_factory=dict)
    seed: int = 0
    title: str = ""
    fractions: str = ""

    def arguments(self, artifacts: Path) -> list[str]:
        """The words after `hirise`; joined with `=`, lest one reads as an option."""
        words = {
            "data": self.data,
            "recipe": self.recipe,
            "split": self.split,
            "seed": self.seed,
            "title": self.name,
            "artifacts": artifacts.resolve(),
        }
        if self.fractions:
            words["fractions"] = self.fractions
        changes = [f"--set={key}={value}" for key, value in self.settings.items()]
        return [
            "train",
            *(f"--{key}={value}" for key, value in words.items()),
            *changes,
        ]

    @property
    def name(self) -> str:
        """What the run will be called."""
        return self.title or self.recipe

    @property
    def told(self) -> str:
        """What is asked for, in a few words."""
        changes = [f"{key}={value}" for key, value in self.settings.items()]
        return ", ".join([f"recipe {self.recipe}", f"seed {self.seed}", *changes])

    @property
    def trains(self) -> bool:
        """Whether TensorFlow is needed."""
        return True


@dataclass(frozen=True)
class ResumeRequest:
    """A training to go on, as `hirise train --resume` takes it.

    Attributes
    ----------
    run : str
        Id of the run that was interrupted or failed.
    title : str
        What that run is called.
    """

    kind: ClassVar[str] = "resume"

    run: str
    title: str = ""

    def arguments(self, artifacts: Path) -> list[str]:
        """The words after `hirise`; joined with `=`, lest one reads as an option."""
        return ["train", f"--resume={self.run}", f"--artifacts={artifacts.resolve()}"]

    @property
    def name(self) -> str:
        """What the run is called."""
        return self.title or self.run

    @property
    def told(self) -> str:
        """What is asked for, in a few words."""
        return "resumed from its last finished epoch"

    @property
    def trains(self) -> bool:
        """Whether TensorFlow is needed."""
        return True


@dataclass(frozen=True)
class CureRequest:
    """A cure of a run, as `hirise cure` takes it.

    Attributes
    ----------
    run : str
        Id of the run that is to be cured.
    remedies : tuple of str
        Keys, in the order in which they are applied.
    options : dict
        Of `CURE_OPTIONS`, as text.
    leave_out : tuple of str
        Classes that a training leaves out.
    settings : dict
        Of the recipe, that a training changes too, as text.
    """

    kind: ClassVar[str] = "cure"

    run: str
    remedies: tuple[str, ...]
    options: dict[str, str] = field(default_factory=dict)
    leave_out: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)

    def arguments(self, artifacts: Path) -> list[str]:
        """The words after `hirise`; joined with `=`, lest one reads as an option."""
        return [
            "cure",
            *(f"--remedy={key}" for key in self.remedies),
            *(f"--{key}={value}" for key, value in self.options.items()),
            *(f"--leave-out={name}" for name in self.leave_out),
            *(f"--set={key}={value}" for key, value in self.settings.items()),
            f"--artifacts={artifacts.resolve()}",
            "--",
            self.run,
        ]

    @property
    def name(self) -> str:
        """What the job is called until its run is there."""
        titles = [TITLES.get(key, key) for key in self.remedies]
        later = [lowered(title) for title in titles[1:]]
        return self.options.get("title") or ", ".join([*titles[:1], *later])

    @property
    def told(self) -> str:
        """What is asked for, in a few words."""
        given = [f"{key} {value}" for key, value in self.options.items()]
        left = [f"without {name}" for name in self.leave_out]
        changes = [f"{key}={value}" for key, value in self.settings.items()]
        return ", ".join([f"cure of {self.run}", *given, *left, *changes])

    @property
    def trains(self) -> bool:
        """Whether TensorFlow is needed."""
        return not AT_ONCE.issuperset(self.remedies)


Request = TrainRequest | ResumeRequest | CureRequest


def request_document(request: Request) -> dict[str, Any]:
    """`request` as JSON keeps it."""
    return {"kind": request.kind, **asdict(request)}


def parse_request(values: Mapping[str, Any]) -> Request:
    """`request_document`, backwards; what has no kind is a training.

    Raises
    ------
    ValueError, TypeError
        If it is not such a document.
    """
    given = {key: value for key, value in values.items() if key != "kind"}
    kind = values.get("kind", TrainRequest.kind)
    if kind == CureRequest.kind:
        return _cure(given)
    if kind == ResumeRequest.kind:
        return _resume(given)
    request = TrainRequest(**given)
    _check_texts(request.data, request.recipe, request.split)
    _check_texts(request.title, request.fractions)
    _check_texts(*request.settings.keys(), *request.settings.values())
    return request


def _cure(given: Mapping[str, Any]) -> CureRequest:
    cure = CureRequest(**given)
    lists = (cure.remedies, cure.leave_out)
    if not all(isinstance(one, list | tuple) for one in lists):
        raise TypeError("`remedies` and `leave_out` of a job must be lists.")
    _check_texts(cure.run, *cure.remedies, *cure.leave_out)
    _check_texts(*cure.options.keys(), *cure.options.values())
    _check_texts(*cure.settings.keys(), *cure.settings.values())
    if not set(CURE_OPTIONS).issuperset(cure.options):
        raise ValueError("`options` of a job must be known ones.")
    return replace(cure, remedies=tuple(cure.remedies), leave_out=tuple(cure.leave_out))


def _resume(given: Mapping[str, Any]) -> ResumeRequest:
    request = ResumeRequest(**given)
    _check_texts(request.run, request.title)
    if not request.run or request.run != Path(request.run).name:
        raise ValueError("`run` of a job must be the id of a run, not a path.")
    return request


def _check_texts(*values: object) -> None:
    if not all(isinstance(value, str) for value in values):
        raise TypeError("`request` of a job must hold text.")
