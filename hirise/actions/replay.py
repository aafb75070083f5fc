"""Replay the exercises of the blog, as runs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from hirise.actions import StrPath
from hirise.actions.simulate import image_folder
from hirise.actions.train import turn
from hirise.progress import Progress
from hirise.runs.replays import FoundReplay, Replay, find_replays


@dataclass(frozen=True, kw_only=True)
class ReplayRequest:
    """A replay to be made.

    Attributes
    ----------
    data : path
        Folder of the images; `simulated` as for a training.
    epochs : int
        Of each exercise.
    images : int
        About how many, in whole landmarks.
    exercises : str
        Keys with commas between them.
    queue : bool
        Wait for trainings in the same folder of runs.
    artifacts : path
        Folder of the runs.
    """

    data: StrPath
    epochs: int = 5
    images: int = 2_000
    exercises: str = "1,2a,2b,3,4a,4b,4c,final"
    queue: bool = True
    artifacts: StrPath = "artifacts"


@dataclass(frozen=True)
class ListReplaysRequest:
    """A list of replays to be made; `artifacts` is the folder of the runs."""

    artifacts: StrPath = "artifacts"


def list_replays(
    request: ListReplaysRequest, *, progress: Progress | None = None
) -> tuple[FoundReplay, ...]:
    """List the replays of a folder, newest first, and the one that ships.

    Examples
    --------
    >>> all(replay.exercises() for replay in list_replays(ListReplaysRequest()))
    True
    """
    return find_replays(Path(request.artifacts))


def replay(request: ReplayRequest, *, progress: Progress | None = None) -> Replay:
    """Run the blog's exercises as they were written, then with the correct labels.

    Each exercise becomes a run that keeps the labels that the network was trained on
    and the correct ones. What is finished is kept if the replay is interrupted.

    Raises
    ------
    InputError
        If exercises or images cannot be used, or the disk or the memory gives out.
    """
    from hirise.mars.blog import parse_exercises
    from hirise.training.replay.plan import make_replay
    from hirise.training.tensorflow_setup import native_output_to

    progress, artifacts = progress or Progress(), Path(request.artifacts)
    exercises = parse_exercises(request.exercises)
    plan = make_replay(
        image_folder(request.data, progress),
        epochs=request.epochs,
        images=request.images,
        exercises=exercises,
    )
    progress.say(
        f"{len(plan.training):,} images to train and validate on, "
        f"{len(plan.test):,} to test on"
    )
    with native_output_to(Path(os.devnull)):
        from hirise.training.replay.session import replay as replay_plan

    with turn(artifacts, progress, queue=request.queue):
        return replay_plan(plan, artifacts=artifacts, progress=progress)
