"""Say what one run changes against another."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from hirise.actions import RunLike, StrPath, resolve_run
from hirise.diagnosis import diagnose, gather
from hirise.diagnosis.proof import Proof, contenders, prove, with_doubts
from hirise.errors import InputError
from hirise.progress import Progress
from hirise.runs import Run


@dataclass(frozen=True)
class CompareRequest:
    """A comparison to be made.

    Attributes
    ----------
    baseline : str, path or Run
        Id or folder of the run that the others are compared with.
    runs : str, path or Run, or tuple of them
        Ids or folders of one or more others.
    split : str, optional
        val by default, else test.
    cluster : {"auto", "landmark", "observation", "none"}
        What the intervals resample.
    artifacts : path
        Folder of the runs.
    """

    baseline: RunLike
    runs: RunLike | tuple[RunLike, ...]
    _: KW_ONLY
    split: str | None = None
    cluster: str = "auto"
    artifacts: StrPath = "artifacts"


@dataclass(frozen=True)
class CompareResult:
    """The baseline, and each other run with what it changes."""

    baseline: Run
    comparisons: tuple[tuple[Run, Proof], ...]


def compare(
    request: CompareRequest, *, progress: Progress | None = None
) -> CompareResult:
    r"""Say whether runs cure a baseline, on the images that both predicted.

    Raises
    ------
    InputError
        If there is no such run or split, or two runs share no image.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.actions.import_ import ImportRequest, import_
    >>> with TemporaryDirectory() as folder:
    ...     ids = []
    ...     for name, lines in (("bad", "a,a\nb,a\n"), ("good", "a,a\nb,b\n")):
    ...         file = Path(folder, f"{name}.csv")
    ...         _ = file.write_text("y_true,y_pred\n" + lines * 20)
    ...         ids.append(import_(ImportRequest(file, artifacts=folder)).info.id)
    ...     result = compare(CompareRequest(*ids, artifacts=folder))
    >>> result.comparisons[0][1].outcome
    'cured'
    """
    others = request.runs if isinstance(request.runs, tuple) else (request.runs,)
    baseline = resolve_run(request.baseline, request.artifacts)
    runs = [resolve_run(run, request.artifacts) for run in others]
    return CompareResult(
        baseline,
        tuple(
            (run, compare_runs(baseline, run, request.split, request.cluster))
            for run in runs
        ),
    )


def compare_runs(before: Run, after: Run, split: str | None, cluster: str) -> Proof:
    """Compare two runs, with what speaks against the evaluation itself."""
    if before.info.id == after.info.id and before.folder == after.folder:
        raise InputError(
            f"Run {before.info.id} would be compared with itself.",
            how="Name another run.",
        )
    both = contenders(before, after, split=split)
    evidence = gather(after, split=both[1].predictions.split, cluster=cluster)
    return with_doubts(prove(*both, cluster=cluster), diagnose(evidence))
