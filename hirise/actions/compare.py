"""Compare runs with a baseline."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from hirise.actions import RunLike, StrPath, resolve_run
from hirise.actions.check import CheckRequest
from hirise.actions.check import check as check_source
from hirise.actions.explore import Check
from hirise.diagnosis.configuration import NONE
from hirise.diagnosis.document import proof_document
from hirise.diagnosis.proof import Proof, prove, with_doubts
from hirise.errors import InputError
from hirise.progress import Progress
from hirise.runs import Run

FORMAT = 1


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
    remedies : tuple of str
        Keys of those that made the others: with `repaired-labels`, the baseline is
        evaluated with the repaired labels too.
    cluster : {"auto", "landmark", "observation", "none"}
        Unit that the intervals resample.
    artifacts : path
        Folder of the runs.
    """

    baseline: RunLike
    runs: RunLike | tuple[RunLike, ...]
    _: KW_ONLY
    split: str | None = None
    remedies: tuple[str, ...] = ()
    cluster: str = "auto"
    artifacts: StrPath = "artifacts"


@dataclass(frozen=True)
class CompareResult:
    """A baseline and what others change.

    Attributes
    ----------
    baseline : Run
    comparisons : tuple
        Each other run with the proof.
    remarks : tuple of str
        What must be known of the `remedies` to read the comparisons.
    """

    baseline: Run
    comparisons: tuple[tuple[Run, Proof], ...]
    remarks: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The document that `hirise compare --json` prints."""
        return {
            "format": FORMAT,
            "baseline": self.baseline.info.id,
            "comparisons": [
                {"run": run.info.id, **proof_document(proof)}
                for run, proof in self.comparisons
            ],
        }


def compare(
    request: CompareRequest,
    *,
    progress: Progress | None = None,
    check: Check = check_source,
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
    compared = [_compare(baseline, run, request, check) for run in runs]
    proofs = zip(runs, [proof for proof, _ in compared], strict=True)
    remarks = dict.fromkeys(remark for _, remarks in compared for remark in remarks)
    return CompareResult(baseline, tuple(proofs), tuple(remarks))


def _compare(
    before: Run, after: Run, request: CompareRequest, check: Check
) -> tuple[Proof, tuple[str, ...]]:
    """Compare two runs, with what speaks against the evaluation itself."""
    from hirise.remedies.cured_run import compare_cure

    if before.info.id == after.info.id and before.folder == after.folder:
        raise InputError(
            f"Run {before.info.id} would be compared with itself.",
            how="Name another run.",
        )
    both = compare_cure(before, after, request.remedies, split=request.split)
    split, cluster = both.after.predictions.split, request.cluster
    checked = check(CheckRequest(after, split=split, cluster=cluster, config=NONE))
    proof = prove(both.before, both.after, cluster=cluster)
    return with_doubts(proof, checked.diagnosis), both.remarks
