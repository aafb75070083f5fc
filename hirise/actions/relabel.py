"""Decide on suspected labels, and write the corrected ones as a file."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hirise.actions import RunLike, StrPath, resolve_run
from hirise.actions.check import CheckRequest, CheckResult
from hirise.actions.check import check as check_source
from hirise.actions.explore import Check
from hirise.diagnosis.configuration import NONE
from hirise.errors import InputError, nearest, parameter, shown
from hirise.files import disk_errors, write_whole
from hirise.progress import Progress
from hirise.runs import Run
from hirise.runs.corrected import keep_corrected, read_corrected

if TYPE_CHECKING:
    import pandas as pd

    from hirise.diagnosis import Evidence

FORMAT = 1


@dataclass(frozen=True)
class RelabelRequest:
    """Decisions on the labels of a split.

    Attributes
    ----------
    run : str, path or Run
        Id or folder of the run, or the run.
    labels : dict
        Class name by image; the label that the image has keeps it.
    suggested : bool
        Accept the suggested class of every suspected label that is not among `labels`.
    split : str, optional
        val by default, else test.
    keep : bool
        Keep the corrections in the run, beside earlier ones.
    write_labels : path, optional
        CSV file to write, with `image` and `class_name` of the corrected labels.
    artifacts : path
        Folder of the runs.
    """

    run: RunLike
    labels: dict[str, str] = field(default_factory=dict)
    _: KW_ONLY
    suggested: bool = False
    split: str | None = None
    keep: bool = True
    write_labels: StrPath | None = None
    artifacts: StrPath = "artifacts"


@dataclass(frozen=True, eq=False)
class Relabelled:
    """Suspected labels, and what was decided.

    Attributes
    ----------
    run : Run
    split : str
    suspects : DataFrame
        `image`, `given`, `suggested`, `self_confidence` of each suspected label, the
        least probable label first, and `label`: the class after the decisions.
    corrected : DataFrame
        `image` and `class_name` of the labels that are corrected; `hirise train
        --labels` takes them as a CSV file.
    """

    run: Run
    split: str
    suspects: pd.DataFrame
    corrected: pd.DataFrame

    def labels_text(self) -> str:
        """`corrected` as a CSV file."""
        return str(self.corrected.to_csv(index=False, lineterminator="\n"))

    def to_dict(self) -> dict[str, Any]:
        """The document that `hirise relabel --json` prints."""
        return {
            "format": FORMAT,
            "run": self.run.info.id,
            "split": self.split,
            "suspects": self.suspects.to_dict("records"),
            "corrected": self.corrected.to_dict("records"),
        }


def relabel(
    request: RelabelRequest,
    *,
    progress: Progress | None = None,
    check: Check = check_source,
) -> Relabelled:
    r"""Keep or correct labels that the model doubts; other images keep theirs.

    Raises
    ------
    InputError
        If there is no such run, split, image or class, labels cannot be suspected as
        there are no probabilities, or images have no names or the run is an example
        and the decisions are to be kept.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from hirise.actions.import_ import ImportRequest, import_
    >>> rows = "1.jpg,a,.9,.1\n2.jpg,a,.2,.8\n3.jpg,b,.1,.9\n"
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "small-cnn.csv")
    ...     _ = file.write_text("image,y_true,a,b\n" + rows)
    ...     run = import_(ImportRequest(file, split="val", artifacts=folder))
    ...     relabelled = relabel(RelabelRequest(run, {"2.jpg": "b", "3.jpg": "b"}))
    >>> print(relabelled.labels_text(), end="")
    image,class_name
    2.jpg,b
    """
    run = resolve_run(request.run, request.artifacts)
    split = run.choose_split(request.split)
    checked = check(CheckRequest(run, split=split, config=NONE))
    given = _given(checked.evidence, run)
    suspects = _suspects(checked, explicit=bool(request.labels))
    decided = dict(request.labels)
    _require_known(decided, given, run)
    corrected = read_corrected(run)
    if request.suggested:
        likely = dict(zip(suspects["image"], suspects["suggested"], strict=True))
        decided = likely | corrected | decided
    corrected |= decided
    # Corrections of another split are kept: its labels are not known here.
    corrected = {name: c for name, c in corrected.items() if c != given.get(name)}
    if decided and request.keep:
        keep_corrected(run, corrected)
    result = _result(run, split, suspects, corrected)
    if request.write_labels is not None:
        path, text = Path(request.write_labels), result.labels_text()
        with disk_errors(path.parent):
            write_whole(path, lambda new: new.write_text(text, "utf-8"))
    return result


def _result(
    run: Run, split: str, suspects: pd.DataFrame, corrected: dict[str, str]
) -> Relabelled:
    import pandas as pd

    pairs = zip(suspects["image"], suspects["given"], strict=True)
    now = [corrected.get(image, given) for image, given in pairs]
    table = pd.DataFrame(
        {"image": list(corrected), "class_name": list(corrected.values())}, dtype="str"
    )
    return Relabelled(run, split, suspects.assign(label=now), table)


def _suspects(checked: CheckResult, *, explicit: bool) -> pd.DataFrame:
    """The suspected labels; none where they are not known, but images are named."""
    import pandas as pd

    from hirise.diagnosis.labels.suspected import COLUMNS

    reason = dict(checked.diagnosis.not_applicable).get("HR107")
    if reason is None:
        return checked.evidence.suspects
    if explicit:
        return pd.DataFrame(columns=list(COLUMNS))
    raise InputError(
        f"Label errors are not known: {reason}.",
        how="Decide on single images, by their names.",
    )


def _given(evidence: Evidence, run: Run) -> dict[str, str]:
    """The label of each image of the split, "" for none."""
    predictions = evidence.predictions
    assert predictions is not None  # of a split that the run has
    if predictions.image is None:
        raise InputError(
            "These predictions came without the names of their images, so that no file "
            "of labels can name them.",
            where=run.info.id,
            how="Import them again with a column of image names.",
        )
    names = (*predictions.class_names, "")
    truth = predictions.y_true
    if truth is None:
        return dict.fromkeys(map(str, predictions.image), "")
    return {
        str(image): names[label]
        for image, label in zip(predictions.image, truth, strict=True)
    }


def _require_known(decided: dict[str, str], given: dict[str, str], run: Run) -> None:
    for image, name in decided.items():
        if image not in given:
            raise InputError(
                f"{parameter('labels')}: there is no image '{shown(image)}'.",
                how="`hirise images` lists the images.",
            )
        if name not in run.info.class_names:
            raise InputError(
                f"{parameter('labels')}: there is no class '{shown(name)}'."
                f"{nearest(name, run.info.class_names)}",
                how="`hirise check` lists the classes.",
            )
