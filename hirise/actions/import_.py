"""Turn predictions, a training history or a run from elsewhere into a run."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hirise.actions import StrPath
from hirise.progress import Progress
from hirise.runs import Run

if TYPE_CHECKING:
    from hirise.actions.describe import DescribeRequest
    from hirise.importing import Corrections


@dataclass(frozen=True)
class ImportRequest:
    """An import to be made.

    Attributes
    ----------
    file : path
        Predictions (CSV, JSON, Parquet, npz), a training history (CSV, JSON,
        TensorBoard or MLflow), or a run folder, zipped or not.
    history : path, optional
        Training curves beside predictions.
    data : path, optional
        Dataset folder, for class frequencies and missing ground truth.
    label_column : str, optional
        The dataset's column of labels, where several could be it.
    title : str, optional
        The file's name by default.
    split : str, optional
        Name of the split, if the file has no split column.
    logits, class_names, columns, aggregate, threshold, abstain, ordinal
        See `CheckRequest`.
    artifacts : path
        Folder of the runs.
    """

    file: StrPath
    _: KW_ONLY
    history: StrPath | None = None
    data: StrPath | None = None
    label_column: str | None = None
    title: str | None = None
    split: str | None = None
    logits: bool = False
    class_names: tuple[str, ...] | None = None
    columns: dict[str, str] | None = None
    aggregate: str | None = None
    threshold: float | None = None
    abstain: str | None = None
    ordinal: bool = False
    artifacts: StrPath = "artifacts"

    @property
    def default_title(self) -> str:
        """The title that a file of predictions or curves gets without `title`."""
        from hirise.importing import title_of

        return title_of(Path(self.file))


def import_(request: ImportRequest, *, progress: Progress | None = None) -> Run:
    r"""Turn what another tool wrote into a run that every page can show.

    Raises
    ------
    InputError
        Anything unreadable or hostile; nothing is written then.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "small-cnn.csv")
    ...     _ = file.write_text("image,y_true,y_pred\na.jpg,crater,other\n")
    ...     run = import_(ImportRequest(file, split="val", artifacts=folder))
    ...     run.info.title, run.splits()
    ('small-cnn', ('val',))
    """
    from hirise.importing import import_file

    history, data = (
        None if path is None else Path(path) for path in (request.history, request.data)
    )
    return import_file(
        Path(request.file),
        Path(request.artifacts),
        title=request.title,
        history=history,
        data=data,
        label_column=request.label_column,
        corrections=corrections_of(request),
    )


def corrections_of(request: ImportRequest | DescribeRequest) -> Corrections:
    """How the predictions of a request are read."""
    from hirise.actions.check import decisions_of
    from hirise.importing import Corrections

    return Corrections(
        logits=request.logits,
        class_names=request.class_names,
        columns=request.columns or {},
        split=request.split,
        decisions=decisions_of(request),
    )
