"""Say whether a classifier has collapsed, and why."""

from __future__ import annotations

import os
from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hirise.actions import StrPath
from hirise.diagnosis import Diagnosis, Evidence, FailOn, diagnose, evidence_of
from hirise.diagnosis.configuration import Configuration, find_configuration
from hirise.diagnosis.sources import gather_source
from hirise.errors import InputError, parameter
from hirise.progress import Progress

if TYPE_CHECKING:
    from hirise.actions.describe import DescribeRequest
    from hirise.actions.import_ import ImportRequest
    from hirise.diagnosis.labels import LabelTables
    from hirise.diagnosis.sources import Shares, Source
    from hirise.diagnosis.wording import Phrase
    from hirise.errors import Refusal
    from hirise.predictions import Predictions
    from hirise.predictions.decisions import Decisions
    from hirise.remedies import FitData
    from hirise.remedies.suggestions import Suggestion
else:
    Shares, Source = dict[str, float], str  # what JSON holds


@dataclass(frozen=True)
class CheckRequest:
    """A check to be made.

    Attributes
    ----------
    source : path, run, Predictions, DataFrame or mapping
        What `hirise.evidence_of` takes: a run, predictions or a training history.
    split : str, optional
        val by default, else test, else the only one.
    cluster : {"auto", "landmark", "observation", "none"}
        Unit that the intervals resample.
    logits : bool
        The scores are logits.
    class_names : tuple of str, optional
        In the order of their ids or numbered columns.
    columns : dict, optional
        Role to column, where a file calls them otherwise.
    aggregate : {"mean"}, optional
        Several rows of one image, such as crops, become one.
    threshold : float, optional
        Least probability at which the second of two classes is predicted; .5 by
        default.
    abstain : str, optional
        A class whose prediction counts as no answer.
    ordinal : bool
        The classes are in the order of `class_names`.
    training_shares : dict, optional
        Class frequencies of the training labels, by name.
    data : path, optional
        Dataset folder, for class frequencies, missing ground truth and copies of
        images.
    label_column : str, optional
        The dataset's column of labels, where several could be it.
    write_labels : path, optional
        Where the correct labels of a run's images are written (.txt or .csv).
    config : Configuration or path, optional
        Accepted findings and other thresholds; by default `hirise.toml` of the current
        folder or the nearest parent that has one, and none for "none".
    artifacts : path
        Folder of the runs.
    """

    source: Source
    _: KW_ONLY
    split: str | None = None
    cluster: str = "auto"
    logits: bool = False
    class_names: tuple[str, ...] | None = None
    columns: dict[str, str] | None = None
    aggregate: str | None = None
    threshold: float | None = None
    abstain: str | None = None
    ordinal: bool = False
    training_shares: Shares | None = None
    data: StrPath | None = None
    label_column: str | None = None
    write_labels: StrPath | None = None
    config: Configuration | StrPath | None = None
    artifacts: StrPath = "artifacts"


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    Attributes
    ----------
    evidence : Evidence
        What was measured.
    diagnosis : Diagnosis
    request : CheckRequest
    n_labels : int, optional
        Labels that were written.
    """

    evidence: Evidence
    diagnosis: Diagnosis
    request: CheckRequest
    n_labels: int | None = None

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        return self.diagnosis.sentence

    @property
    def fail_on(self) -> FailOn:
        """Lowest severity that fails, as the configuration has it."""
        configuration = self.diagnosis.configuration
        return (configuration and configuration.fail_on) or "error"

    def fails(self, fail_on: FailOn | None = None) -> bool:
        """Whether the exit status of `hirise check` is 1.

        A failing verdict cannot be configured away, except by `never`.
        """
        least = fail_on or self.fail_on
        if self.diagnosis.failing(least):
            return True
        configured = self.diagnosis.configuration is not None
        return configured and least != "never" and self.diagnosis.verdict.failing

    @cached_property
    def confidence(self) -> dict[str, Any]:
        """The temperature that val asks for, and what it does: JSON `confidence`."""
        from hirise.remedies.confidence import confidence_document

        return confidence_document(
            self._fit_data(), self.diagnosis, cluster=self.request.cluster
        )

    @property
    def confidence_refusal(self) -> Refusal | None:
        """Why the confidence means nothing, so that calibration would mislead."""
        from hirise.remedies.confidence import calibration_refusal

        return calibration_refusal(self.diagnosis)

    @property
    def recommended(self) -> tuple[Suggestion, ...]:
        """The remedies that the causes recommend, then those of the findings."""
        from hirise.remedies.suggestions import suggest_remedies

        return suggest_remedies(self.diagnosis)

    @property
    def ongoing_collapse(self) -> Phrase | None:
        """What shows that a training is collapsing as of its last epoch."""
        from hirise.diagnosis import ongoing_collapse

        return ongoing_collapse(self.evidence)

    def labels_text(self, suffix: str = ".csv") -> str:
        """The correct labels of a run's images, as `write_labels` writes them."""
        from hirise.diagnosis.labels import labels_text

        return labels_text(_label_tables(self.evidence), Path(f"labels{suffix}"))

    def to_html(self) -> str:
        """The report of a run, as `hirise.report` writes it.

        Raises
        ------
        InputError
            If no run was checked.
        """
        from hirise.diagnosis.sources import run_of
        from hirise.reporting import report_of

        run = run_of(self.request.source, Path(self.request.artifacts))
        if run is None:
            raise InputError(
                "A report is made from a run.", how="Import this as a run."
            )
        return report_of(run, self.evidence, self.diagnosis)

    def to_dict(self) -> dict[str, Any]:
        """The document that `hirise check --json` prints."""
        from hirise.diagnosis import check_document

        document = check_document(self.evidence, self.diagnosis)
        return {**document, "confidence": self.confidence}

    def _fit_data(self) -> FitData | None:
        """What remedies are fitted on: the evaluated split, and val beside it."""
        from hirise.diagnosis.sources import run_of
        from hirise.remedies import FitData
        from hirise.remedies.cured_run import fit_data_of

        predictions = self.evidence.predictions
        if predictions is None:
            return None
        run = run_of(self.request.source, Path(self.request.artifacts))
        if run is not None:
            return fit_data_of(run, self.evidence, self.diagnosis, val_itself=True)
        val = predictions if predictions.split == "val" else self._val()
        shares = self.evidence.training_shares
        return FitData(predictions, val, shares, self.evidence.source)

    def _val(self) -> Predictions | None:
        """The split val of the same file."""
        from hirise.predictions import read_predictions

        request = self.request
        if not isinstance(request.source, str | Path):
            return None
        try:
            return read_predictions(
                request.source,
                split="val",
                logits=request.logits,
                class_names=request.class_names,
                columns=request.columns,
                **decisions_of(request),
            )
        except InputError:  # no such split
            return None


def check(request: CheckRequest, *, progress: Progress | None = None) -> CheckResult:
    """Say in one sentence whether a classifier has collapsed, and show why.

    Raises
    ------
    InputError
        What cannot be read or evaluated, saying what, where and how to mend it.

    Examples
    --------
    >>> arrays = {"y_true": ["a"] * 60 + ["b"] * 40, "y_pred": ["a"] * 100}
    >>> check(CheckRequest(arrays)).diagnosis.verdict.key
    'collapsed'
    """
    configuration = find_configuration(request.config)
    # What is no path may be an object of any library, which has to be recognised.
    is_path = isinstance(request.source, str | os.PathLike)
    collect = gather_source if is_path else evidence_of
    evidence = collect(
        request.source,
        split=request.split,
        cluster=request.cluster,
        logits=request.logits,
        class_names=request.class_names,
        columns=request.columns,
        **decisions_of(request),
        training_shares=request.training_shares,
        data=request.data,
        label_column=request.label_column,
        artifacts=request.artifacts,
        progress=progress,
    )
    diagnosis = diagnose(evidence, configuration=configuration)
    n_labels = None
    if request.write_labels is not None:
        n_labels = _write_labels(evidence, Path(request.write_labels))
    return CheckResult(evidence, diagnosis, request, n_labels)


def found_configuration() -> Configuration | None:
    """The configuration of the current folder; None where there is none.

    Raises
    ------
    InputError
        A file that cannot be read, or what it says incorrectly.
    """
    return find_configuration()


def configured(checked: CheckResult, configuration: Configuration) -> CheckResult:
    """The same evidence with other thresholds and accepted findings.

    Examples
    --------
    >>> arrays = {"y_true": ["a"] * 60 + ["b"] * 40, "y_pred": ["a"] * 100}
    >>> known = Configuration(ignore=(("HR203", "The baseline is known."),))
    >>> checked = configured(check(CheckRequest(arrays, config="none")), known)
    >>> [finding.code for finding, _ in checked.diagnosis.ignored]
    ['HR203']
    """
    diagnosis = diagnose(checked.evidence, configuration=configuration)
    return replace(checked, diagnosis=diagnosis)


def decisions_of(request: CheckRequest | ImportRequest | DescribeRequest) -> Decisions:
    """How the predictions of a request are made of what a file holds."""
    return {
        "aggregate": request.aggregate,
        "threshold": request.threshold,
        "abstain": request.abstain,
        "ordinal": request.ordinal,
    }


def _write_labels(evidence: Evidence, path: Path) -> int:
    from hirise.diagnosis.labels import write_labels

    return write_labels(_label_tables(evidence), path)


def _label_tables(evidence: Evidence) -> LabelTables:
    if evidence.labels is None:
        raise InputError(
            f"{parameter('write_labels')} needs a run, and this is only a file."
        )
    return evidence.labels.tables
