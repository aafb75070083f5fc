"""Remedies that predict again, most with other weights; each makes its own run."""

from __future__ import annotations

from hirise.errors import InputError, parameter
from hirise.remedies.remedy import RemedyInfo
from hirise.runs import Run
from hirise.runs.embeddings import embeddings_path
from hirise.runs.epochs import BEST_BY, best_epochs, stored_epochs


class WeightsRemedy(RemedyInfo):
    """A remedy that predicts again with the network and goes with no other remedy."""


EARLIER_CHECKPOINT = WeightsRemedy(
    key="earlier-checkpoint",
    title="Earlier checkpoint",
    requires="nothing",
    source="Prechelt (1998), Early Stopping: But When?",
    effect="It predicts with the weights of the epoch with the best macro-F1 on val, "
    "or of another kept epoch. It undoes epochs in which the network only memorised "
    "its training images, or forgot the rare classes. It needs the images and "
    "trains nothing.",
    cost="a minute",
)

BALANCED_HEAD = WeightsRemedy(
    key="balanced-head",
    title="Balanced head",
    requires="head",
    source="Kang et al. (2020), arXiv:1910.09217",
    effect="It retrains only the last layer, on batches in which all classes are "
    "equally frequent. Rare classes are predicted more often: balanced accuracy "
    "rises, but accuracy often falls. It needs no images.",
    cost="a minute",
)

REESTIMATED = WeightsRemedy(
    key="reestimate-normalisation",
    title="Re-estimated normalisation",
    requires="nothing",
    source="Ioffe and Szegedy (2015), arXiv:1502.03167, section 3.1",
    effect="It passes training images through the network, so that the moving averages "
    "of batch normalisation are those of the final weights, and predicts again. It "
    "cures a network that is good in training mode and bad in inference mode. It "
    "needs the images and trains nothing.",
    cost="a minute",
)

REPREDICTED = WeightsRemedy(
    key="predict-again",
    title="Predictions made again",
    requires="nothing",
    source="the saved model itself",
    effect="It predicts the same images again with the saved model, in the way that "
    "the run records, or in another usual one if that is far better: pixel scale, "
    "colour order, resizing. It cures predictions that belong to another model, order "
    "or preprocessing. It needs the images and trains nothing.",
    cost="a minute",
)

NEED_IMAGES = tuple(
    remedy.key for remedy in (EARLIER_CHECKPOINT, REESTIMATED, REPREDICTED)
)
"""Keys of those that predict from the images."""

WEIGHTS_REMEDIES = (EARLIER_CHECKPOINT, BALANCED_HEAD, REESTIMATED, REPREDICTED)


def check_model(run: Run) -> None:
    """Refuse a run that cannot predict again.

    Raises
    ------
    InputError
        If its model is not here, or it has no predictions.
    """
    if not run.splits():
        raise InputError(f"Run {run.info.id} has no predictions.")
    path = run.model_path
    if path is None:
        raise InputError(
            f"Run {run.info.id} keeps no model to predict again with.",
            how="Predict with the model itself (`hirise predict`).",
        )
    if not path.exists():
        raise InputError(
            f"The model of run {run.info.id} is not here any more ({path}).",
            how="Put it back, or predict with it from where it is (`hirise predict`).",
        )


def check_normalisation(run: Run) -> None:
    """Refuse a run whose network has no batch normalisation of its own.

    Raises
    ------
    InputError
        If it keeps no network, or one without.
    """
    if not (run.folder / "model.keras").is_file():
        raise InputError(f"Run {run.info.id} has no model.keras.", how="Retrain.")
    recipe = run.info.recipe or {}
    is_frozen = recipe.get("trainable") == "head"
    if is_frozen or not (recipe.get("batch_norm") or recipe.get("backbone")):
        raise InputError(
            f"The network of run {run.info.id} learned no batch normalisation, so "
            "there is nothing to re-estimate.",
            how="Choose another remedy.",
        )


def check_head(run: Run) -> None:
    """Refuse a run whose last layer cannot be trained again.

    Raises
    ------
    InputError
        If it keeps no network or no features.
    """
    files = [
        run.folder / "model.keras",
        run.folder / "catalog.parquet",
        *(embeddings_path(run.folder, split) for split in ("train", "val")),
    ]
    absent = [path for path in files if not path.is_file()]
    if absent:
        name = absent[0].relative_to(run.folder).as_posix()
        raise InputError(
            f"Run {run.info.id} has no {name}, which {BALANCED_HEAD.key} trains on. "
            "Retrain it with `hirise train`, which now keeps that file.",
            how="Retrain.",
        )


def earlier_epoch(run: Run, epoch: int | None = None) -> int:
    """The kept epoch to predict with: the given one, else the best by macro-F1.

    Raises
    ------
    InputError
        If the run keeps none, or its predictions already come from that epoch.
    """
    name, kept = f"Run {run.info.id}", stored_epochs(run)
    best = best_epochs(run.history())
    chosen = best.get("macro_f1") if epoch is None else epoch
    if chosen is not None and chosen in kept:
        return chosen
    others = _list_epochs(kept, best)
    if chosen is not None and chosen == run.info.epoch:
        reason = ", the best on val by macro-F1" if epoch is None else ""
        raise InputError(
            f"{name}: the predictions of this run already come from epoch {chosen}"
            f"{reason}, so going back to that epoch changes nothing.",
            how=others,
        )
    if not kept:
        raise InputError(
            f"{name} keeps no weights of earlier epochs. `hirise train` of this "
            "version keeps the weights that are best on val.",
            how="Retrain.",
        )
    raise InputError(f"{name} does not keep epoch {chosen}.", how=others)


def _list_epochs(kept: tuple[int, ...], best: dict[str, int]) -> str:
    parts = []
    for epoch in kept:
        by = [BEST_BY[metric] for metric, number in best.items() if number == epoch]
        parts.append(f"{epoch} (best by {' and '.join(by)})" if by else f"{epoch}")
    if not parts:
        return ""
    return f"Kept are: {', '.join(parts)}. Choose with {parameter('epoch')}."
