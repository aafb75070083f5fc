"""A run as it would be had it kept an earlier epoch."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from hirise.errors import InputError
from hirise.inference.loading import load_model
from hirise.remedies.cured_run import cut_title, dataset_beside, keep_tables
from hirise.remedies.earlier_checkpoint import EarlierCheckpoint
from hirise.runs import Run, create_run
from hirise.training.epoch_weights import restore_epoch
from hirise.training.fit import keep_embeddings, load, look_inside, predict
from hirise.training.resume import plan_again


def predict_earlier(
    parent: Run,
    epoch: int,
    *,
    artifacts: Path,
    data: Path | None = None,
    title: str | None = None,
) -> Run:
    """Predict the splits of `parent` with the weights that it had after `epoch`.

    Parameters
    ----------
    parent : Run
    epoch : int
        From `hirise.remedies.earlier_checkpoint.earlier_epoch`.
    artifacts : Path
        Where the new run is made.
    data : Path, optional
        Where the images are now.
    title : str, optional
        The parent's with the epoch by default.

    Returns
    -------
    Run
        Finished, with network and predictions; its curves stay with the parent.

    Raises
    ------
    InputError
        If the network, the weights or the images are gone or have changed.
    """
    begun = time.perf_counter()
    if not (parent.folder / "model.keras").is_file():
        raise InputError(f"Run {parent.info.id} has no model.keras. Train again.")
    plan = plan_again(parent, data)
    model = load_model(parent.folder / "model.keras").model
    restore_epoch(model, parent, epoch)
    decoded, plan = load(plan)
    pixels = decoded.pixels
    table = plan.catalog.table.assign(split=plan.sides.split)
    writer = create_run(
        artifacts,
        title=title or f"{cut_title(parent.info.title)}, epoch {epoch}",
        class_names=parent.info.class_names,
        recipe=parent.info.recipe,
        dataset=dataset_beside(parent, artifacts),
        seed=parent.info.seed,
        packages=("tensorflow", "tensorflow-cpu", "keras"),
        notes=[f"Epoch {epoch} of run {parent.info.id}."],
    )
    try:
        for split in parent.splits():
            found = predict(model, pixels, table, parent.info.class_names, split=split)
            writer.write_predictions(split, found.write)
        keep_embeddings(model, pixels, table, writer)
        keep_tables(writer, parent)
        look_inside(model, pixels, table, parent.info.class_names, writer)
        writer.write_file("model.keras", model.save)
        writer.finish(
            "finished",
            seconds=round(time.perf_counter() - begun, 1),
            epoch=epoch,
            parent=parent.info.id,
            remedies=[{"key": EarlierCheckpoint.key, "parameters": {"epoch": epoch}}],
        )
    except BaseException:
        shutil.rmtree(writer.folder, ignore_errors=True)
        raise
    return writer.read()
