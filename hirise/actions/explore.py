"""Explore what remedies without training do to a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from hirise.actions import RunLike, StrPath, resolve_run
from hirise.actions.check import CheckRequest, CheckResult
from hirise.actions.check import check as check_source
from hirise.diagnosis.configuration import NONE
from hirise.errors import InputError, parameter
from hirise.progress import Progress
from hirise.runs import Run

if TYPE_CHECKING:
    import pandas as pd

    from hirise.evaluation import Evaluation
    from hirise.evaluation.clusters import Clusters
    from hirise.remedies import FitData
    from hirise.remedies.confidence import Calibrated
    from hirise.remedies.logit_adjustment import TauChoice
    from hirise.remedies.thresholds import ThresholdRates

FORMAT = 1

Check = Callable[[CheckRequest], CheckResult]
"""How a run is checked: the action, or a cache before it."""


@dataclass(frozen=True)
class ExploreRequest:
    """A run to be explored.

    Attributes
    ----------
    run : str, path or Run
        Id or folder of the run, or the run.
    split : str, optional
        val by default, on which effects are optimistic, else test.
    artifacts : path
        Folder of the runs.
    """

    run: RunLike
    _: KW_ONLY
    split: str | None = None
    artifacts: StrPath = "artifacts"


@dataclass(frozen=True)
class Explored:
    """A split of a run, and what remedies that are fitted on val do to it.

    Each effect is computed when it is asked for, and raises `InputError` where there is
    none.

    Attributes
    ----------
    run : Run
    checked : CheckResult
    """

    run: Run
    checked: CheckResult

    @property
    def data(self) -> FitData:
        """What remedies are fitted on; val, where it is not the split, is read anew."""
        return fit_data(self.run, self.checked, val_itself=True)

    @cached_property
    def clusters(self) -> Clusters:
        """The groups that intervals resample."""
        from hirise.evaluation.clusters import clusters_of

        target = self.data.target
        return clusters_of(target, np.flatnonzero(target.labelled), "auto")

    @property
    def on_val(self) -> bool:
        """Whether effects are measured on val itself, and so are optimistic."""
        data = self.data
        return data.val is data.target

    @property
    def thresholds_take_long(self) -> bool:
        """Whether choosing thresholds takes more than a second."""
        from hirise.remedies.thresholds import is_slow

        return is_slow(self.data)

    def taus(self) -> TauChoice:
        """The effect of each τ of logit adjustment."""
        from hirise.remedies.logit_adjustment import explore_taus

        return explore_taus(self.data)

    def at_tau(self, tau: float) -> Evaluation:
        """The evaluation of the labels that this τ gives."""
        from hirise.evaluation import evaluate
        from hirise.remedies.adjustment import adjusted_labels
        from hirise.remedies.logit_adjustment import LogitAdjustment

        data = self.data
        adjustment = LogitAdjustment(tau).fit(data).adjustment
        y_pred = adjusted_labels(data.target, adjustment)
        # These probabilities are not those of this τ, and are not needed.
        labels = replace(data.target, y_pred=y_pred, proba=None, image=None, group=None)
        return evaluate(labels, cluster=self.clusters)

    def calibrated(self) -> Calibrated:
        """How calibrated the confidence is, before and after a temperature."""
        from hirise.remedies.confidence import calibrate

        refusal = self.checked.confidence_refusal
        if refusal is not None:
            raise refusal.error()
        return calibrate(self.data, cluster=self.clusters)

    def thresholds(self) -> ThresholdRates:
        """The effect of a threshold for each class."""
        from hirise.remedies.thresholds import threshold_rates

        return threshold_rates(self.data, cluster=self.clusters)

    def to_dict(self) -> dict[str, Any]:
        """The document that `hirise explore --json` prints."""
        return {
            "format": FORMAT,
            "run": self.run.info.id,
            "split": self.data.target.split,
            "on_val": self.on_val,
            "logit_adjustment": _or_reason(self._taus),
            "temperature_scaling": _or_reason(self._temperature),
            "thresholds": _or_reason(self._thresholds),
        }

    def _taus(self) -> dict[str, Any]:
        effect = self.taus()
        return {
            "reason": effect.sentence,
            "tau": effect.chosen,
            "steps": _records(effect.steps.table),
        }

    def _temperature(self) -> dict[str, Any]:
        effect = self.calibrated()
        return {
            "reason": effect.sentence,
            "temperature": effect.temperature,
            "ece": effect.before.ece[0],
            "ece_calibrated": None if effect.after is None else effect.after.ece[0],
            "coverage": _records(effect.coverage),
        }

    def _thresholds(self) -> dict[str, Any]:
        effect = self.thresholds()
        classes = _records(effect.table.rename_axis("class_name").reset_index())
        return {"reason": effect.sentence, "classes": classes}


def _or_reason(effect: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """An effect, or why there is none."""
    try:
        return effect()
    except InputError as error:
        return {"reason": error.worded(parameter)}


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as JSON has them: null where undefined."""
    plain = table.astype(object).where(table.notna(), None)
    rows = plain.itertuples(index=False, name=None)
    return [dict(zip(table.columns, row, strict=True)) for row in rows]


def explore(
    request: ExploreRequest,
    *,
    progress: Progress | None = None,
    check: Check = check_source,
) -> Explored:
    r"""Explore what τ, a temperature and thresholds do to the predictions of a run.

    Raises
    ------
    InputError
        If there is no such run or split.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.actions.import_ import ImportRequest, import_
    >>> rows = "a,.9,.1\na,.8,.2\na,.7,.3\nb,.6,.4\n" * 10
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "small-cnn.csv")
    ...     _ = file.write_text("y_true,a,b\n" + rows)
    ...     run = import_(ImportRequest(file, split="val", artifacts=folder))
    ...     explored = explore(ExploreRequest(run))
    ...     tau = explored.taus().chosen
    ...     tau, explored.at_tau(tau).metric("accuracy")
    (0.4, 1.0)
    """
    run = resolve_run(request.run, request.artifacts)
    split = run.choose_split(request.split)
    return Explored(run, check(CheckRequest(run, split=split, config=NONE)))


def fit_data(run: Run, checked: CheckResult, *, val_itself: bool = False) -> FitData:
    """What remedies are fitted on, of a run that is shown."""
    from hirise.remedies.cured_run import fit_data_of

    data = fit_data_of(run, checked.evidence, checked.diagnosis, val_itself=val_itself)
    return replace(data, where="This run")
