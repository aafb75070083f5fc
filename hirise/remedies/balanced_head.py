"""The last layer trained again, on features that the run keeps."""

from __future__ import annotations

from typing import ClassVar

from hirise.errors import InputError
from hirise.remedies.remedy import Redo
from hirise.runs import Run
from hirise.runs.embeddings import embeddings_path


class BalancedHead:
    """Learns the last layer anew from batches in which all classes are as frequent.

    The layers below, which tell images apart well even where the last one does not
    show it, stay as they are.
    """

    key: ClassVar[str] = "balanced-head"
    title: ClassVar[str] = "Balanced head"
    redo: ClassVar[Redo] = "head"
    source: ClassVar[str] = "Kang et al. (2020), arXiv:1910.09217"
    effect: ClassVar[str] = (
        "Only the last layer is learned again, with each class as often as any other: "
        "rare classes are named more often, balanced accuracy rises, accuracy often "
        "falls. It needs no images."
    )


def check_head(run: Run) -> None:
    """Refuse a run whose last layer cannot be trained again.

    Raises
    ------
    InputError
        If it keeps no network or no features.
    """
    needed = [run.folder / "model.keras", run.folder / "catalog.parquet"]
    needed += [embeddings_path(run.folder, side) for side in ("train", "val")]
    absent = [path for path in needed if not path.is_file()]
    if absent:
        name = absent[0].relative_to(run.folder).as_posix()
        raise InputError(
            f"Run {run.info.id} has no {name}, from which {BalancedHead.key} would "
            "learn; trainings of `hirise train` of this version keep it. Train again."
        )
