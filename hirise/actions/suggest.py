"""Say which remedies a run needs, and what each would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any

from hirise.actions import RunLike, StrPath, resolve_run
from hirise.actions.check import CheckRequest, CheckResult
from hirise.actions.check import check as check_source
from hirise.actions.explore import Check, fit_data
from hirise.diagnosis.configuration import NONE
from hirise.errors import InputError, parameter
from hirise.models.backbone_names import is_downloaded
from hirise.progress import Progress
from hirise.recipes import recipe_named
from hirise.remedies import REMEDY_KEYS, FitData, remedy_named
from hirise.remedies.cured_run import target_split
from hirise.remedies.retraining import images_of, retraining_refusal
from hirise.remedies.suggestions import (
    Preview,
    Suggestion,
    preview_remedies,
    preview_remedy,
    preview_training_remedies,
)
from hirise.remedies.training_remedies import TRAINING_REMEDIES, TrainingRemedy
from hirise.remedies.weights import (
    BALANCED_HEAD,
    EARLIER_CHECKPOINT,
    REESTIMATED,
    REPREDICTED,
    check_head,
    check_model,
    check_normalisation,
    earlier_epoch,
)
from hirise.runs import Run
from hirise.runs.epochs import stored_epochs

FORMAT = 1


@dataclass(frozen=True)
class SuggestRequest:
    """A run that may need a remedy.

    Attributes
    ----------
    run : str, path or Run
        Id or folder of the run, or the run.
    split : str, optional
        The one that `cure` would take: test by default.
    artifacts : path
        Folder of the runs.
    """

    run: RunLike
    _: KW_ONLY
    split: str | None = None
    artifacts: StrPath = "artifacts"


@dataclass(frozen=True)
class Suggested:
    """What helps a run.

    Attributes
    ----------
    split : str
        The split that `previews` speak of.
    recommended : tuple of Suggestion
        By the likeliest cause first, then by the findings.
    previews : mapping
        What each remedy would do here, or why it cannot, by its key.
    downloads : frozenset of str
        Keys of those for which Keras downloads weights first.
    epochs : tuple of int
        Those that `earlier-checkpoint` can take.
    """

    split: str
    recommended: tuple[Suggestion, ...]
    previews: dict[str, Preview]
    downloads: frozenset[str]
    epochs: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """The document that `hirise cure --plan --json` prints without a remedy."""
        return {
            "format": FORMAT,
            "split": self.split,
            "recommended": [
                {"remedy": one.key, "because": list(one.because)}
                for one in self.recommended
            ],
            "remedies": [
                {
                    "remedy": key,
                    "works": preview.works,
                    "effect": preview.effect,
                    "reason": None if preview.refusal is None else str(preview.refusal),
                    "downloads": key in self.downloads,
                }
                for key, preview in self.previews.items()
            ],
            "epochs": list(self.epochs),
        }


def suggest(
    request: SuggestRequest,
    *,
    progress: Progress | None = None,
    check: Check = check_source,
) -> Suggested:
    r"""Say which remedies the findings recommend, and what each would do to the run.

    Raises
    ------
    InputError
        If there is no such run or split, or it has no predictions.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.actions.import_ import ImportRequest, import_
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "small-cnn.csv")
    ...     _ = file.write_text("y_true,y_pred\n" + "a,a\nb,a\n" * 20)
    ...     run = import_(ImportRequest(file, artifacts=folder))
    ...     suggested = suggest(SuggestRequest(run))
    >>> suggested.recommended[0].key, suggested.previews["thresholds"].works
    ('transfer', False)
    """
    run = resolve_run(request.run, request.artifacts)
    split = target_split(run, request.split)
    checked = check(CheckRequest(run, split=split, config=NONE))
    previews = {
        **preview_remedies(fit_data(run, checked)),
        **preview_training_remedies(run, checked.evidence),
    }
    return Suggested(
        split,
        checked.recommended,
        previews,
        frozenset(r.key for r in TRAINING_REMEDIES if _must_be_downloaded(r)),
        tuple(epoch for epoch in stored_epochs(run) if epoch != run.info.epoch),
    )


@dataclass(frozen=True)
class FirstRemedy:
    """The remedy that a run is offered first: what it would do, and how long it takes.

    `preview` may hold why it cannot be applied.
    """

    title: str
    takes: str
    preview: Preview


def first_remedy(
    request: SuggestRequest, *, check: Check = check_source
) -> FirstRemedy | None:
    """The first recommended remedy that works on a run, those of the cause alone.

    `split` is the one whose cause is meant, val by default; what a remedy would do is
    told for the split that `cure` takes. Where none works, the first with the reason.
    Without a cause those that the findings recommend are taken; None if nothing is.
    """
    run = resolve_run(request.run, request.artifacts)
    if not run.splits():
        return None
    asked = check(CheckRequest(run, split=run.choose_split(request.split), config=NONE))
    cause = asked.diagnosis.cause
    keys = [one.key for one in asked.recommended] if cause is None else cause.remedies
    checked = check(CheckRequest(run, split=target_split(run, None), config=NONE))
    trained = preview_training_remedies(run, checked.evidence)
    previews = [
        trained[key] if key in trained else preview_remedy(key, fit_data(run, checked))
        for key in keys
        if key in REMEDY_KEYS
    ]
    if not previews:
        return None
    preview = next((one for one in previews if one.works), previews[0])
    remedy = remedy_named(preview.key)
    return FirstRemedy(remedy.title, getattr(remedy, "cost", "seconds"), preview)


def suggested_remedy(
    checked: CheckResult,
    run: Run,
    fit_data: FitData,
    *,
    data: Path | None = None,
    leave_out: Sequence[str] = (),
) -> str:
    """The first remedy of the likeliest cause, then of a finding, that works here.

    Raises
    ------
    InputError
        If none does; the message says why the first does not.
    """
    keys = [suggestion.key for suggestion in checked.recommended]
    if not keys:
        raise InputError(
            f"No finding about run {run.info.id} recommends a remedy.",
            how=f"Name one with {parameter('remedies')}: {', '.join(REMEDY_KEYS)}.",
        )
    reasons = []
    for key in keys:
        try:
            _check_works(key, run, fit_data, data, leave_out)
        except InputError as error:
            reasons.append(error.worded(parameter))
        else:
            return key
    raise InputError(
        f"None of the remedies that the findings about run {run.info.id} recommend "
        f"can be applied here: {', '.join(keys)}. {reasons[0]}"
    )


def _check_works(
    key: str, run: Run, fit_data: FitData, data: Path | None, leave_out: Sequence[str]
) -> None:
    """Refuse a remedy that cannot be applied here, as far as is quickly seen."""
    remedy = remedy_named(key)
    if isinstance(remedy, TrainingRemedy):
        _check_weights(remedy)
        refusal = retraining_refusal(run, [key], data=data, leave_out=leave_out)
        if refusal is not None:
            raise refusal.error()
    elif remedy is EARLIER_CHECKPOINT:
        earlier_epoch(run)
        images_of(run, data)
    elif remedy is BALANCED_HEAD:
        check_head(run)
    elif remedy is REESTIMATED:
        check_normalisation(run)
        images_of(run, data)
    elif remedy is REPREDICTED:
        check_model(run)
        images_of(run, data)
    elif isinstance(remedy, type):
        remedy().fit_whole(fit_data)


def _check_weights(remedy: TrainingRemedy) -> None:
    """Refuse a backbone that is not on this machine: no download unasked."""
    if _must_be_downloaded(remedy):
        key, backbone = remedy.key, recipe_named(remedy.base).backbone
        name_it = parameter("remedies", key)
        own = parameter("settings", "backbone=FILE.keras")
        raise InputError(
            f"{key} needs the weights of {backbone}, which are not on this machine.",
            how=f"Name the remedy ({name_it}), and Keras downloads the weights; or "
            f"give a network in a file ({own}).",
        )


def _must_be_downloaded(remedy: TrainingRemedy) -> bool:
    backbone = recipe_named(remedy.base).backbone if remedy.base else ""
    return bool(backbone) and not is_downloaded(backbone)
