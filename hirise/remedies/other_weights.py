"""Remedies that make a run with other weights, and cannot be combined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from hirise.errors import InputError, parameter
from hirise.remedies.remedy import Redo
from hirise.runs import Run
from hirise.runs.embeddings import embeddings_path
from hirise.runs.epochs import BEST_BY, best_epochs, kept_epochs


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


class EarlierCheckpoint:
    """Predicts with the epoch that is best on val by macro-F1, or another kept one."""

    key: ClassVar[str] = "earlier-checkpoint"
    title: ClassVar[str] = "Earlier checkpoint"
    redo: ClassVar[Redo] = "nothing"
    source: ClassVar[str] = "Prechelt (1998), Early Stopping: But When?"
    effect: ClassVar[str] = (
        "Undoes epochs in which the network only learned its training images, or "
        "forgot the rare classes; it needs the images, and trains nothing."
    )


def earlier_epoch(run: Run, epoch: int | None = None) -> int:
    """The kept epoch to predict with: the wanted one, else the best by macro-F1.

    Raises
    ------
    InputError
        If the run keeps none, or that epoch made its predictions already.
    """
    name, kept = run.info.id, kept_epochs(run)
    best = best_epochs(run.history())
    wanted = best.get("macro_f1") if epoch is None else epoch
    if wanted is not None and wanted in kept:
        return wanted
    others = _listed(kept, best)
    if wanted is not None and wanted == run.info.epoch:
        best_of_all = ", the best on val by macro-F1," if epoch is None else ""
        raise InputError(
            f"Run {name}: epoch {wanted}{best_of_all} made its predictions already, so "
            f"going back to it changes nothing.{others}"
        )
    if not kept:
        raise InputError(
            f"Run {name} keeps no weights of earlier epochs: only those that are best "
            "on val are kept, by trainings of `hirise train` of this version. Train "
            "again."
        )
    raise InputError(f"Run {name} does not keep epoch {wanted}.{others}")


def _listed(kept: tuple[int, ...], best: dict[str, int]) -> str:
    parts = []
    for epoch in kept:
        by = [BEST_BY[metric] for metric, one in best.items() if one == epoch]
        parts.append(f"{epoch} (best by {' and '.join(by)})" if by else f"{epoch}")
    return (
        f" Kept are: {', '.join(parts)}; choose with {parameter('epoch')}."
        if parts
        else ""
    )


ALONE = (EarlierCheckpoint, BalancedHead)
ALONE_KEYS = tuple(remedy.key for remedy in ALONE)


def check_alone(keys: Sequence[str]) -> None:
    """Refuse other remedies beside one that goes alone.

    Raises
    ------
    InputError
        If there is one.
    """
    first = next((key for key in keys if key in ALONE_KEYS), None)
    if first is not None and len(keys) > 1:
        raise InputError(
            f"{first} makes a run of its own and goes alone; cure that run then with "
            "the other remedies."
        )
