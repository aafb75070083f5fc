"""Run the experiments that decide between the likely causes of a run's failure."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hirise.actions import RunLike, StrPath, resolve_run
from hirise.actions.check import CheckRequest
from hirise.actions.check import check as check_source
from hirise.actions.train import turn
from hirise.diagnosis import diagnose
from hirise.diagnosis.configuration import NONE
from hirise.errors import InputError, Refusal, parameter
from hirise.progress import Progress
from hirise.runs import Run

if TYPE_CHECKING:
    from hirise.actions.explore import Check
    from hirise.diagnosis import Diagnosis
    from hirise.diagnosis.causes.decisions import Decision
    from hirise.experiments.examination import Examination
    from hirise.experiments.materials import Materials
    from hirise.experiments.planner import Candidate
    from hirise.runs.experiments import ExperimentResult

FORMAT = 1
BUDGET = "5m"
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
LISTED = 0.05
"""Probability from which a cause is listed."""


@dataclass(frozen=True)
class ExamineRequest:
    """An examination to be made.

    Attributes
    ----------
    run : str, path or Run
        Id or folder of the run, or the run.
    budget : str or float
        Time that the experiments may take: seconds, or such as `90s`, `5m` or `1h`.
    split : str, optional
        The split whose predictions are examined: val by default, else test, else the
        only one.
    data : path, optional
        Where the images are now; by default where they were.
    queue : bool
        Wait for trainings in the same folder of runs.
    artifacts : path
        Folder of the runs.
    """

    run: RunLike
    _: KW_ONLY
    budget: str | float = BUDGET
    split: str | None = None
    data: StrPath | None = None
    queue: bool = True
    artifacts: StrPath = "artifacts"


@dataclass(frozen=True)
class ExamineResult:
    """What the experiments decided.

    Attributes
    ----------
    run : Run
    budget : float
        Seconds.
    examination : Examination
    by_hand : tuple of (title, code)
        Experiments that this run does not allow, as lines of code for the user.
    """

    run: Run
    budget: float
    examination: Examination
    by_hand: tuple[tuple[str, str], ...] = ()

    @property
    def results(self) -> tuple[ExperimentResult, ...]:
        """The experiments that were made, in their order."""
        return self.examination.results

    @property
    def confirmed(self) -> str | None:
        """Key of the cause that was confirmed."""
        return self.examination.confirmed

    @property
    def sentence(self) -> str:
        """What was decided, in one sentence."""
        from hirise.experiments.wording import conclusion

        return conclusion(self.examination)

    def causes(self) -> list[tuple[str, str, float, Decision]]:
        """Key, title, probability before and decision of each likely cause."""
        from hirise.diagnosis.causes.decisions import title_of

        examination = self.examination
        rows = [
            (key, title_of(key), before, examination.decisions[key])
            for key, before in examination.prior.items()
            if max(before, examination.posterior[key]) >= LISTED
        ]
        return sorted(rows, key=lambda row: -row[3].probability)

    def to_dict(self) -> dict[str, Any]:
        """The document that `hirise examine --json` prints."""
        return {
            "format": FORMAT,
            "run": self.run.info.id,
            "budget": self.budget,
            "sentence": self.sentence,
            "confirmed": self.confirmed,
            "causes": [
                {
                    "key": key,
                    "title": title,
                    "before": round(before, 4),
                    "probability": round(decision.probability, 4),
                    "status": decision.status,
                    "decided_by": decision.decided_by or None,
                }
                for key, title, before, decision in self.causes()
            ],
            "experiments": [result.to_dict() for result in self.results],
            "refusals": dict(self.examination.refusals),
            "by_hand": [{"title": title, "code": code} for title, code in self.by_hand],
        }


@dataclass(frozen=True)
class ExaminePlan:
    """What an examination would do.

    Attributes
    ----------
    run : Run
    budget : float
        Seconds.
    candidates : tuple of Candidate
        Experiments worth making, the most information per second first.
    refusals : mapping
        Why others cannot be made, by their key.
    by_hand : tuple of (title, code)
    """

    run: Run
    budget: float
    candidates: tuple[Candidate, ...]
    refusals: dict[str, str]
    by_hand: tuple[tuple[str, str], ...] = ()

    def deciding(self, cause: str) -> Candidate | None:
        """The most telling candidate that can confirm a cause; None without one."""
        own = (one for one in self.candidates if cause in one.experiment.decides)
        return next(own, None)

    def why_undecided(self, cause: str) -> str:
        """Why the experiments that could confirm a cause are not possible here."""
        from hirise.diagnosis.causes.experiments import EXPERIMENTS

        keys = [one.key for one in EXPERIMENTS if cause in one.decides]
        return next((self.refusals[key] for key in keys if key in self.refusals), "")

    def to_dict(self) -> dict[str, Any]:
        """The document that `hirise examine --plan --json` prints."""
        return {
            "format": FORMAT,
            "run": self.run.info.id,
            "budget": self.budget,
            "experiments": [
                {
                    "key": one.experiment.key,
                    "title": one.experiment.title,
                    "bits": round(one.bits, 3),
                    "seconds": round(one.seconds, 1),
                    "outcomes": dict(one.experiment.outcomes),
                }
                for one in self.candidates
            ],
            "refusals": dict(self.refusals),
            "by_hand": [{"title": title, "code": code} for title, code in self.by_hand],
        }


def examine(
    request: ExamineRequest, *, progress: Progress | None = None
) -> ExamineResult:
    """Run the experiments that tell most about the cause, within a budget of time.

    After each the probabilities of the causes are updated and the next one is chosen.
    What came out is kept in the run, in the folder `experiments`.

    Raises
    ------
    InputError
        If there is no such run, it has no predictions or is an example, or the budget
        is no time.
    """
    from hirise.experiments.by_hand import experiments_by_hand
    from hirise.experiments.examination import examine as examine_materials
    from hirise.runs.experiments import write_experiment

    progress, budget = progress or Progress(), parse_budget(request.budget)
    run = resolve_run(request.run, request.artifacts)
    _require(run)
    with turn(run.folder.parent, progress, queue=request.queue):
        materials = _materials(run, request, progress)
        examination = examine_materials(
            materials,
            budget=budget,
            keep=lambda result: write_experiment(run, result),
        )
    code = experiments_by_hand(materials, examination.posterior)
    return ExamineResult(run, budget, examination, code)


def plan_examination(
    request: ExamineRequest,
    *,
    progress: Progress | None = None,
    check: Check = check_source,
) -> ExaminePlan:
    """Say which experiments `examine` would choose from, and run none.

    Raises
    ------
    InputError
        As `examine` does.
    """
    from hirise.experiments.by_hand import experiments_by_hand
    from hirise.experiments.examination import prior_for
    from hirise.experiments.planner import rank
    from hirise.experiments.running import feasible

    budget = parse_budget(request.budget)
    run = resolve_run(request.run, request.artifacts)
    _require(run)
    materials = _materials(run, request, progress or Progress(), check)
    candidates, refusals = feasible(materials)
    prior = prior_for(materials.diagnosis)
    ranked = tuple(rank(prior, candidates))
    code = experiments_by_hand(materials, prior)
    return ExaminePlan(run, budget, ranked, refusals, code)


def kept_examination(run: Run, diagnosis: Diagnosis) -> ExamineResult | None:
    """What the experiments kept in a run decide; None if none were made."""
    from hirise.experiments.examination import examination_of
    from hirise.runs.experiments import read_experiments

    results = read_experiments(run)
    if not results or not diagnosis.decisions:
        return None
    return ExamineResult(run, 0.0, examination_of(diagnosis, results))


def outcome_meaning(key: str, outcome: str) -> str:
    """What an outcome of an experiment says; "" if it is not declared.

    Examples
    --------
    >>> outcome_meaning("memorise", "not")
    'not even 50 images are memorised'
    """
    from hirise.diagnosis.causes.decisions import meaning_of_outcome

    return meaning_of_outcome(key, outcome)


def refuse_examination(run: Run) -> Refusal | None:
    """Why a run cannot be examined; None if it can.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.runs import create_run
    >>> with TemporaryDirectory() as folder:
    ...     run = create_run(
    ...         Path(folder), title="Small", class_names=["a", "b"], status="imported"
    ...     ).read()
    ...     print(refuse_examination(run).how)
    Train it to its end, or predict with its model.
    """
    if run.is_example:
        return Refusal(
            f"{run.info.id} is an example that ships with hirise; it stays as it is.",
            how="Examine a run of your own.",
        )
    if run.info.status == "training":
        return Refusal(
            f"{run.info.id} is still training (process {run.info.pid}).",
            how="Wait until it ends.",
        )
    if not run.splits():
        return Refusal(
            f"{run.info.id} has no predictions.",
            how="Train it to its end, or predict with its model.",
        )
    return None


def parse_budget(budget: str | float) -> float:
    """Seconds of a budget such as `90`, `90s`, `5m` or `1h`.

    Raises
    ------
    InputError
        If it is no time above 0.

    Examples
    --------
    >>> parse_budget("5m"), parse_budget("90s"), parse_budget(30)
    (300.0, 90.0, 30.0)
    """
    text = str(budget).strip().lower()
    unit = UNITS.get(text[-1:])
    try:
        seconds = float(text if unit is None else text[:-1]) * (unit or 1.0)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise InputError(
            f"{parameter('budget')} must be a time such as 90s, 5m or 1h, got "
            f"'{budget}'."
        )
    return seconds


def _require(run: Run) -> None:
    refusal = refuse_examination(run)
    if refusal is not None:
        raise refusal.error()


def _materials(
    run: Run, request: ExamineRequest, progress: Progress, check: Check = check_source
) -> Materials:
    from hirise.experiments.materials import Materials

    checked = check(
        CheckRequest(run, split=request.split, artifacts=request.artifacts, config=NONE)
    )
    # What earlier experiments decided must not count twice.
    evidence = replace(checked.evidence, experiments=())
    data = None if request.data is None else Path(request.data)
    return Materials(run, evidence, diagnose(evidence), data, progress)
