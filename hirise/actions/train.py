"""Train a recipe on a folder of images, or resume a training."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import KW_ONLY, dataclass, field, replace
from pathlib import Path
from typing import Literal

from hirise.actions import RunLike, StrPath, resolve_run
from hirise.actions.preconditions import refuse_training
from hirise.actions.simulate import image_folder
from hirise.errors import Refusal
from hirise.progress import Progress
from hirise.runs import Run

Strategy = Literal["mirrored", "multiworker"]
Settings = dict[str, str | int | float | bool]
"""Settings of a recipe by name; text is read as the command reads it."""


@dataclass(frozen=True, kw_only=True)
class TrainRequest:
    """A training to be done.

    Attributes
    ----------
    data : path
        Folder of the images, a CSV of paths and labels, or `simulated`,
        `simulated:LANDMARKS` or `simulated:LANDMARKS:SEED`.
    recipe : str
        See `hirise.recipes.RECIPES`.
    split : str
        `random`, `landmark`, `observation`, `published`, or the path of a CSV of image
        and split.
    fractions : three float
        Of the images in train, val and test.
    seed : int
        Seed of split and training.
    settings : dict
        Settings of the recipe that differ.
    leave_out : tuple of str
        Classes whose images take no part.
    labels : path, optional
        Labels instead of the dataset's own.
    label_column : str, optional
        The dataset's column of labels, where several could be it.
    title : str, optional
        The recipe's name by default.
    strategy : {"mirrored", "multiworker"}, optional
        Train on all GPUs of this machine, or on several machines.
    queue : bool
        Wait for other trainings in the same folder of runs.
    artifacts : path
        Folder of the runs.
    """

    data: StrPath
    recipe: str
    split: str = "observation"
    fractions: tuple[float, float, float] = (0.65, 0.15, 0.20)
    seed: int = 0
    settings: Settings = field(default_factory=dict)
    leave_out: tuple[str, ...] = ()
    labels: StrPath | None = None
    label_column: str | None = None
    title: str | None = None
    strategy: Strategy | None = None
    queue: bool = True
    artifacts: StrPath = "artifacts"


@dataclass(frozen=True)
class ResumeRequest:
    """A training to be resumed.

    Attributes
    ----------
    run : str, path or Run
        Id or folder of the run, or the run.
    strategy, queue, artifacts
        See `TrainRequest`.
    """

    run: RunLike
    _: KW_ONLY
    strategy: Strategy | None = None
    queue: bool = True
    artifacts: StrPath = "artifacts"


def train(request: TrainRequest, *, progress: Progress | None = None) -> Run:
    """Train a recipe on a folder of images; the run can be read while it trains.

    Returns
    -------
    Run
        Finished. A loss that became NaN or infinite ends the training early, with the
        reason in `info.error`, and the run still finishes.

    Raises
    ------
    InputError
        If data, recipe, settings, split or labels cannot be used, TensorFlow or space
        is missing, or the disk or the memory gives out.
    """
    from hirise.recipes import recipe_named, with_settings
    from hirise.training.plan import make_plan
    from hirise.training.session import train as train_plan
    from hirise.training.tensorflow_setup import require_tensorflow

    progress, artifacts = progress or Progress(), Path(request.artifacts)
    recipe = with_settings(recipe_named(request.recipe), as_text(request.settings))
    require_tensorflow()
    require_room(artifacts)
    plan = make_plan(
        image_folder(request.data, progress),
        recipe,
        split=request.split,
        fractions=request.fractions,
        seed=request.seed,
        label_column=request.label_column,
        labels=None if request.labels is None else Path(request.labels),
        leave_out=request.leave_out,
    )
    plan = replace(plan, strategy=request.strategy or "")
    for note in plan.splits.notes:
        progress.say(note)
    with turn(artifacts, progress, queue=request.queue):
        return train_plan(
            plan,
            artifacts=artifacts,
            title=request.title,
            progress=progress,
        )


def resume(request: ResumeRequest, *, progress: Progress | None = None) -> Run:
    """Resume a training that was killed or stopped, from its last finished epoch.

    Returns
    -------
    Run
        Finished; see `train`.

    Raises
    ------
    InputError
        If there is no such run, it cannot be resumed, or its images, labels or split
        have changed.
    """
    from hirise.jobs.store import locked
    from hirise.runs.manage import await_silence, reopen_run
    from hirise.training.resume import plan_of
    from hirise.training.resume import resume as resume_plan
    from hirise.training.tensorflow_setup import require_tensorflow

    progress = progress or Progress()
    require_tensorflow()
    run = resolve_run(request.run, request.artifacts)
    plan = replace(plan_of(run), strategy=request.strategy or "")
    artifacts = run.folder.parent
    require_room(artifacts)
    await_silence(run)
    with turn(artifacts, progress, queue=request.queue):
        with locked(artifacts):
            writer = reopen_run(run.folder)
        return resume_plan(plan, writer, progress=progress)


def refuse_resume(run: Run) -> Refusal | None:
    """Why a training cannot be resumed; None if it can."""
    from hirise.runs.manage import check_resumable

    return check_resumable(run)


def as_text(settings: Settings) -> dict[str, str]:
    """Settings as text, which is how recipes read them.

    Examples
    --------
    >>> as_text({"epochs": 3, "batch_norm": True, "filters": "4,8"})
    {'epochs': '3', 'batch_norm': 'true', 'filters': '4,8'}
    """
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in settings.items()
    }


def require_room(artifacts: Path) -> None:
    """Refuse to begin without TensorFlow or space for a run."""
    refusal = refuse_training(artifacts)
    if refusal:
        raise refusal.error()


def turn(
    artifacts: Path, progress: Progress, *, queue: bool
) -> AbstractContextManager[None]:
    """The only turn to train in `artifacts`, waited for unless `queue` is False."""
    if not queue:
        return nullcontext()
    from hirise.jobs.control import own_turn

    return own_turn(artifacts, progress.say)
