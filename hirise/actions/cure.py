"""Apply remedies to a run, and prove what they did."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from hirise.actions import RunLike, StrPath, resolve_run
from hirise.actions.check import CheckRequest, CheckResult, check
from hirise.actions.suggest import suggested_remedy
from hirise.actions.train import Settings, as_text, require_room, turn
from hirise.diagnosis.configuration import NONE
from hirise.diagnosis.document import check_document, proof_document
from hirise.diagnosis.proof import Proof, prove, with_doubts
from hirise.diagnosis.wording import lowered
from hirise.errors import InputError, parameter
from hirise.predictions import read_predictions
from hirise.progress import Progress
from hirise.remedies import (
    WEIGHTS_KEYS,
    Abstention,
    Adjustment,
    Cured,
    FitData,
    Fitted,
    LogitAdjustment,
    PredictionRemedy,
    PriorShift,
    remedy_named,
    select_remedies,
    sensible_order,
)
from hirise.remedies import cure as apply_remedies
from hirise.remedies.cured_run import (
    compare_cure,
    fit_data_of,
    shorten_title,
    target_split,
    write_cured_run,
)
from hirise.remedies.remedy import Parameters
from hirise.remedies.training_remedies import TrainingRemedy
from hirise.remedies.weights import (
    BALANCED_HEAD,
    EARLIER_CHECKPOINT,
    REPREDICTED,
    WeightsRemedy,
    check_head,
    check_normalisation,
    earlier_epoch,
)
from hirise.runs import Run

FORMAT = 1


@dataclass(frozen=True)
class CureRequest:
    """A cure of a run.

    Attributes
    ----------
    run : str, path or Run
        Id or folder of the run, or the run.
    remedies : tuple of str
        Keys, those that train first, then the others in order; by default the first
        one that the findings recommend and that works here.
    tau : float, optional
        Of logit-adjustment; chosen on val by default.
    target_shares : dict, optional
        Class frequencies for prior-shift, by name; estimated by default.
    confidence : float, optional
        Least confidence that abstention answers at; 0.9 by default.
    training_shares : dict, optional
        Class frequencies of the training labels, by name.
    epoch : int, optional
        Of earlier-checkpoint; the best by default.
    data : path, optional
        Where the images are, for what needs them.
    leave_out : tuple of str
        Classes for leave-class-out.
    settings : dict
        Settings of the recipe that a training changes too.
    split : str, optional
        test by default.
    title : str, optional
    queue : bool
        Wait for trainings in the same folder of runs.
    artifacts : path
        Folder of the runs.
    """

    run: RunLike
    _: KW_ONLY
    remedies: tuple[str, ...] = ()
    tau: float | None = None
    target_shares: dict[str, float] | None = None
    confidence: float | None = None
    training_shares: dict[str, float] | None = None
    epoch: int | None = None
    data: StrPath | None = None
    leave_out: tuple[str, ...] = ()
    settings: Settings = field(default_factory=dict)
    split: str | None = None
    title: str | None = None
    queue: bool = True
    artifacts: StrPath = "artifacts"

    @property
    def target_split(self) -> str:
        """The split that is cured: `split`, else test, else another one than val."""
        return target_split(resolve_run(self.run, self.artifacts), self.split)

    @property
    def order(self) -> tuple[str, ...]:
        """The order in which `remedies` go together, whatever theirs is."""
        return sensible_order(self.remedies)


@dataclass(frozen=True)
class CureResult:
    """A cure, before and after.

    Attributes
    ----------
    parent, run : Run
        The run that was cured, and the new one.
    cured : Cured
        What the last step made of the predictions; all steps.
    before, after : CheckResult
    without_abstention : CheckResult
        Before images were left unanswered; `before` where nothing was trained.
    proof : Proof, optional
        None where nothing can be compared.
    unproven : str, optional
        Why, in one line.
    remarks : tuple of str
        What must be known to read the comparison.
    same_truth : bool
        Whether `hirise.compare` gives the same numbers.
    """

    parent: Run
    run: Run
    cured: Cured
    before: CheckResult
    after: CheckResult
    without_abstention: CheckResult
    proof: Proof | None = None
    unproven: str | None = None
    remarks: tuple[str, ...] = ()
    same_truth: bool = True

    def to_dict(self) -> dict[str, Any]:
        """The document that `hirise cure --json` prints."""
        cured, proof = self.cured, self.proof
        return {
            "format": FORMAT,
            "parent": self.parent.info.id,
            "run": self.run.info.id,
            "split": cured.after.split,
            "remedies": [
                {
                    "key": step.key,
                    "title": step.title,
                    "redo": remedy_named(step.key).requires,
                    "parameters": dict(step.parameters),
                    "sentence": step.sentence,
                }
                for step in cured.steps
            ],
            "coverage": cured.coverage,
            "seconds": self.run.info.seconds,
            "before": _measured(self.before),
            "after": _measured(self.after),
            "proof": None if proof is None else proof_document(proof),
            "unproven": self.unproven,
            "remarks": list(self.remarks),
        }


def _measured(checked: CheckResult) -> dict[str, Any]:
    document = check_document(checked.evidence, checked.diagnosis)
    return {key: document[key] for key in ("verdict", "kind", "sentence", "metrics")}


def cure(request: CureRequest, *, progress: Progress | None = None) -> CureResult:
    """Cure a run: a new run beside it, and a paired comparison of both.

    Remedies that change predictions take seconds; others train the recipe of the run
    again, changed, on the same images and split. What is chosen is chosen on val.

    Raises
    ------
    InputError
        If a remedy is unknown, does not work here, or does not go with another or with
        a setting, or there is no such run or split.
    """
    _check_settings(request)
    case = _Case.of(request)
    if not request.remedies:
        key = suggested_remedy(
            case.before,
            case.parent,
            _fit_data(case.parent, case.before),
            data=case.data,
            leave_out=request.leave_out,
        )
        request = replace(request, remedies=(key,))
        _check_settings(request)
    selection = select_remedies(request.remedies)
    if selection.weights is not None:
        return _with_other_weights(
            case, request, selection.weights, progress or Progress()
        )
    remedies = _remedies(selection.predictions, request)
    if selection.training:
        return _with_training(
            case, request, selection.training, remedies, progress or Progress()
        )
    for name in ("leave_out", "settings"):
        if getattr(request, name):
            raise InputError(
                f"{parameter(name)} belongs to a remedy that trains, such as "
                "leave-class-out.",
                how=f"Add it with {parameter('remedies')}.",
            )
    return _without_training(case, request, remedies)


@dataclass(frozen=True)
class _Case:
    """The run to cure, as it is, and where the new one goes."""

    parent: Run
    before: CheckResult
    split: str
    artifacts: Path
    data: Path | None
    shares: dict[str, float] | None

    @classmethod
    def of(cls, request: CureRequest) -> _Case:
        artifacts = Path(request.artifacts)
        parent = resolve_run(request.run, request.artifacts)
        split, shares = request.target_split, request.training_shares
        return cls(
            parent,
            _checked(parent, split, shares),
            split,
            artifacts,
            None if request.data is None else Path(request.data),
            shares,
        )

    def result(
        self,
        run: Run,
        cured: Cured,
        *,
        without_abstention: CheckResult | None = None,
        trained: tuple[str, ...] = (),
    ) -> CureResult:
        """The paired comparison; none where images are left out or have no truth."""
        after = _checked(run, self.split, self.shares)
        result = CureResult(
            self.parent,
            run,
            cured,
            self.before,
            after,
            without_abstention or self.before,
        )
        if cured.coverage < 1 or not cured.after.labelled.any():
            return result
        compared = compare_cure(self.parent, run, trained, split=cured.after.split)
        if trained:
            result = replace(
                result, remarks=compared.remarks, same_truth=not compared.n_relabelled
            )
        try:
            proof = prove(compared.before, compared.after)
            return replace(result, proof=with_doubts(proof, after.diagnosis))
        except InputError as error:
            if not trained:
                raise
            return replace(result, unproven=str(error))


def _checked(run: Run, split: str, shares: dict[str, float] | None) -> CheckResult:
    return check(CheckRequest(run, split=split, training_shares=shares, config=NONE))


def _fit_data(run: Run, checked: CheckResult) -> FitData:
    return fit_data_of(run, checked.evidence, checked.diagnosis)


def _series(shares: Mapping[str, float]) -> pd.Series[float]:
    series, total = pd.Series(dict(shares), dtype=float), math.fsum(shares.values())
    return series if math.isclose(total, 1, abs_tol=1e-12) else series / total


def _check_settings(request: CureRequest) -> None:
    """Refuse remedies that conflict, and what does not go with other weights."""
    keys = request.remedies
    if request.epoch is not None and EARLIER_CHECKPOINT.key not in keys:
        raise _belongs("epoch", EARLIER_CHECKPOINT.key)
    if keys:
        select_remedies(keys)
    names = ("tau", "target_shares", "confidence", "leave_out", "settings")
    given = any(getattr(request, name) not in (None, (), {}) for name in names)
    if given and set(keys) & set(WEIGHTS_KEYS):
        listed = ", ".join(map(parameter, names[:-1]))
        raise InputError(
            f"{listed} and {parameter(names[-1])} do not belong to {keys[0]}.",
            how="Leave them away.",
        )


def _belongs(name: str, key: str) -> InputError:
    return InputError(
        f"{parameter(name)} belongs to {key}.",
        how=f"Add {parameter('remedies', key)}.",
    )


def _remedies(
    classes: Sequence[type[PredictionRemedy]], request: CureRequest
) -> list[PredictionRemedy]:
    """The remedies that need no training, with the settings that belong to each."""
    owners: dict[str, type[PredictionRemedy]] = {
        "tau": LogitAdjustment,
        "target_shares": PriorShift,
        "confidence": Abstention,
    }
    for name, owner in owners.items():
        if getattr(request, name) is not None and owner not in classes:
            raise _belongs(name, owner.key)
    made: list[PredictionRemedy] = []
    for remedy in classes:
        if remedy is LogitAdjustment and request.tau is not None:
            made.append(LogitAdjustment(request.tau))
        elif remedy is PriorShift and request.target_shares is not None:
            made.append(PriorShift(_series(request.target_shares)))
        elif remedy is Abstention and request.confidence is not None:
            made.append(Abstention(request.confidence))
        else:
            made.append(remedy())
    return made


def _without_training(
    case: _Case, request: CureRequest, remedies: list[PredictionRemedy]
) -> CureResult:
    started = time.perf_counter()
    cured = apply_remedies(_fit_data(case.parent, case.before), remedies)
    run = write_cured_run(
        cured,
        case.parent,
        case.artifacts,
        title=request.title,
        seconds=time.perf_counter() - started,
    )
    return case.result(run, cured)


def _with_training(
    case: _Case,
    request: CureRequest,
    chosen: tuple[TrainingRemedy, ...],
    remedies: list[PredictionRemedy],
    progress: Progress,
) -> CureResult:
    """Train first, then apply what needs no training to the new run."""
    from hirise.training.cure_plan import make_cure_plan
    from hirise.training.session import train
    from hirise.training.tensorflow_setup import require_tensorflow

    require_tensorflow()
    require_room(case.artifacts)
    planned = make_cure_plan(
        case.parent,
        chosen,
        data=case.data,
        leave_out=request.leave_out,
        settings=as_text(request.settings),
    )
    names = ", ".join(lowered(remedy.title) for remedy in chosen)
    title = f"{shorten_title(case.parent.info.title)}, {names}"[:120]
    with turn(case.artifacts, progress, queue=request.queue):
        run = train(
            planned.plan,
            artifacts=case.artifacts,
            # With further remedies it is the second run that gets the title.
            title=title if remedies else request.title or title,
            progress=progress,
        )
    predictions = read_predictions(run.predictions_path(case.split))
    cured = Cured(predictions, predictions, planned.steps)
    trained = _checked(run, case.split, case.shares)
    if remedies:
        adjusted = apply_remedies(_fit_data(run, trained), remedies)
        run = write_cured_run(
            adjusted,
            run,
            case.artifacts,
            title=request.title,
            seconds=run.info.seconds,
        )
        cured = replace(adjusted, steps=(*planned.steps, *adjusted.steps))
    keys = tuple(remedy.key for remedy in chosen)
    return case.result(run, cured, without_abstention=trained, trained=keys)


def _with_other_weights(
    case: _Case, request: CureRequest, remedy: WeightsRemedy, progress: Progress
) -> CureResult:
    if remedy is REPREDICTED:
        from hirise.models.repredicted_run import predict_again

        made: tuple[Run, Parameters, str] = predict_again(
            case.parent,
            artifacts=case.artifacts,
            data=case.data,
            title=request.title,
            progress=progress,
        )
    else:
        made = _changed_weights(case, request, remedy)
    run, parameters, sentence = made
    before = case.before.evidence.predictions
    if before is None:
        raise ValueError("The run to cure must have predictions.")
    unchanged = Adjustment.unchanged(len(before.class_names))
    step = Fitted(remedy.key, remedy.title, parameters, sentence, unchanged)
    after = read_predictions(run.predictions_path(before.split or ""))
    return case.result(run, Cured(before, after, (step,)))


def _changed_weights(
    case: _Case, request: CureRequest, remedy: WeightsRemedy
) -> tuple[Run, Parameters, str]:
    parent, epoch = case.parent, 0
    if remedy is EARLIER_CHECKPOINT:
        epoch = earlier_epoch(parent, request.epoch)
    elif remedy is BALANCED_HEAD:
        check_head(parent)
    else:
        check_normalisation(parent)
    from hirise.training.tensorflow_setup import native_output_to, require_tensorflow

    require_tensorflow()
    with native_output_to(Path(os.devnull)):
        from hirise.training import other_weights
    artifacts, data, title = case.artifacts, case.data, request.title
    if remedy is EARLIER_CHECKPOINT:
        run = other_weights.predict_earlier(
            parent, epoch, artifacts=artifacts, data=data, title=title
        )
        sentence = f"Epoch {epoch} instead of epoch {parent.info.epoch}."
        return run, {"epoch": epoch}, sentence
    if remedy is BALANCED_HEAD:
        run, parameters = other_weights.retrain_head(
            parent, artifacts=artifacts, title=title
        )
        sentence = (
            f"The last layer was retrained for {parameters['epochs']} epochs of "
            f"balanced batches; epoch {parameters['epoch']} is kept, the best on val "
            "by macro-F1."
        )
        return run, parameters, sentence
    run, n_images = other_weights.predict_reestimated(
        parent, artifacts=artifacts, data=data, title=title
    )
    sentence = (
        "The moving averages of batch normalisation were re-estimated on "
        f"{n_images:,} training images."
    )
    return run, {"n_images": n_images}, sentence
