"""An earlier epoch's weights instead of those that were kept in the end."""

from __future__ import annotations

from typing import ClassVar

from hirise.errors import InputError
from hirise.remedies.remedy import Redo
from hirise.runs import Run
from hirise.runs.epochs import BEST_BY, best_epochs, kept_epochs


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
    return f" Kept are: {', '.join(parts)}; choose with --epoch." if parts else ""
