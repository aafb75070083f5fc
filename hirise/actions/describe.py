"""Say what a file to import holds."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hirise.actions import StrPath
from hirise.actions.import_ import corrections_of
from hirise.progress import Progress

if TYPE_CHECKING:
    from hirise.importing import Understood


@dataclass(frozen=True)
class DescribeRequest:
    """A file to be described.

    Attributes
    ----------
    file : path
        Predictions, a training history, a run or a model.
    split, logits, class_names, columns, aggregate, threshold, abstain, ordinal
        See `ImportRequest`.
    """

    file: StrPath
    _: KW_ONLY
    split: str | None = None
    logits: bool = False
    class_names: tuple[str, ...] | None = None
    columns: dict[str, str] | None = None
    aggregate: str | None = None
    threshold: float | None = None
    abstain: str | None = None
    ordinal: bool = False


def describe(
    request: DescribeRequest, *, progress: Progress | None = None
) -> Understood:
    r"""Say what a file holds, column by column; nothing is written.

    Raises
    ------
    InputError
        No such file, damaged, or hostile. What a setting may mend is
        `Understood.problem` instead.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "predictions.csv")
    ...     _ = file.write_text("image,y_true,y_pred\na.jpg,crater,other\n")
    ...     understood = describe(DescribeRequest(file))
    >>> understood.kind, understood.columns["role"].tolist()
    ('predictions', ['image', 'truth', 'prediction'])
    """
    from hirise.importing import describe_file

    corrections = corrections_of(request)
    return describe_file(Path(request.file), corrections)
