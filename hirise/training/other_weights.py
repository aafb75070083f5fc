"""A run with other weights: an earlier epoch's, or a last layer trained again."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from hirise.errors import InputError
from hirise.metrics.metrics import classification_summary
from hirise.models.embeddings import Floats
from hirise.models.formats.keras import load_model
from hirise.recipes import Recipe, recipe_named
from hirise.remedies.cured_run import cut_title, dataset_beside, keep_tables
from hirise.remedies.other_weights import BalancedHead, EarlierCheckpoint, check_head
from hirise.runs import Run, create_run
from hirise.runs.embeddings import EMBEDDINGS, embeddings_path, read_embeddings
from hirise.training.checkpoints import restore_epoch
from hirise.training.fit import keep_embeddings, load, logits_of, look_inside, predict
from hirise.training.networks import (
    NORMALISED,
    build_head,
    compile_model,
    normalise_like,
)
from hirise.training.pipeline import training_batches
from hirise.training.session import plan_again


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
        From `hirise.remedies.other_weights.earlier_epoch`.
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


MONITOR = "val_macro_f1"


def head_recipe() -> Recipe:
    """How the last layer is learned: as the recipe `probe` does, but balanced."""
    return replace(
        recipe_named("probe"),
        dropout=0.5,
        epochs=30,
        class_weights="none",
        balanced_batches=True,
    )


def retrain_head(
    parent: Run, *, artifacts: Path, title: str | None = None
) -> tuple[Run, dict[str, Any]]:
    """Learn the last layer of `parent` anew; all other weights stay.

    Parameters
    ----------
    parent : Run
        That keeps its network and features, see `check_head`.
    artifacts : Path
        Where the new run is made.
    title : str, optional
        The parent's with the remedy by default.

    Returns
    -------
    Run
        Finished, with network, features and predictions; its curves stay with the
        parent.
    dict
        `epochs` that were trained and the `epoch` that was kept, the best on val by
        macro-F1.

    Raises
    ------
    InputError
        If the network or the features are gone or of another network.
    """
    begun = time.perf_counter()
    check_head(parent)
    table = parent.catalog()
    if table is None:
        raise ValueError("`parent` must have a catalog.")
    model = load_model(parent.folder / "model.keras").model
    features = _features(parent, table)
    keras.utils.set_random_seed(parent.info.seed or 0)
    tf.config.experimental.enable_op_determinism()
    head, epoch = _learned(features, table, parent)
    _take_over(model, head)
    writer = create_run(
        artifacts,
        title=title or f"{cut_title(parent.info.title)}, {BalancedHead.title.lower()}",
        class_names=parent.info.class_names,
        recipe=parent.info.recipe,
        dataset=dataset_beside(parent, artifacts),
        seed=parent.info.seed,
        packages=("tensorflow", "tensorflow-cpu", "keras"),
        notes=[f"Run {parent.info.id} with another last layer."],
    )
    parameters = {"epochs": head_recipe().epochs, "epoch": epoch}
    try:
        for split in parent.splits():
            if embeddings_path(parent.folder, split).is_file():
                found = predict(
                    head, features, table, parent.info.class_names, split=split
                )
                writer.write_predictions(split, found.write)
        keep_tables(writer, parent)
        for path in sorted((parent.folder / EMBEDDINGS).glob("*.npy")):
            copy = partial(shutil.copyfile, path)
            writer.write_file(f"{EMBEDDINGS}/{path.name}", copy)
        writer.write_file("model.keras", model.save)
        writer.finish(
            "finished",
            seconds=round(time.perf_counter() - begun, 1),
            parent=parent.info.id,
            remedies=[{"key": BalancedHead.key, "parameters": parameters}],
        )
    except BaseException:
        shutil.rmtree(writer.folder, ignore_errors=True)
        raise
    return writer.read(), parameters


def _features(parent: Run, table: pd.DataFrame) -> Floats:
    """(n_images, d), 0 for images without a side."""
    kept = {
        split: read_embeddings(parent, split)
        for split in table["split"].unique()
        if split and embeddings_path(parent.folder, split).is_file()
    }
    found = np.zeros((len(table), kept["train"].shape[1]), dtype=np.float32)
    for split, features in kept.items():
        if features.shape[1] != found.shape[1]:
            raise InputError(
                f"{embeddings_path(parent.folder, split)}: is of another network than "
                "the features of train. Train again."
            )
        found[np.flatnonzero(table["split"] == split)] = features
    return found


def _learned(
    features: Floats, table: pd.DataFrame, parent: Run
) -> tuple[keras.Model, int]:
    """The new last layer, normalisation before it, and the epoch that was kept."""
    recipe, n_classes = head_recipe(), len(parent.info.class_names)
    labels = table["label"].to_numpy(dtype=np.int64)
    rows = {s: np.flatnonzero(table["split"] == s) for s in ("train", "val")}
    head = build_head(recipe, n_classes, features.shape[1])
    normalise_like(head, features[rows["train"]])
    steps = -(-len(rows["train"]) // recipe.batch_size)
    compile_model(head, recipe, batches=steps)

    def judge(epoch: int, logs: dict[str, Any]) -> None:
        called = logits_of(head, features, rows["val"]).argmax(axis=1)
        found = classification_summary(labels[rows["val"]], called, n_classes)
        logs[MONITOR] = found["macro_f1"]

    best = keras.callbacks.EarlyStopping(
        monitor=MONITOR,
        mode="max",
        patience=recipe.epochs,
        restore_best_weights=True,
    )
    head.fit(
        training_batches(
            features,
            labels,
            rows["train"],
            n_classes=n_classes,
            batch_size=recipe.batch_size,
            augment="none",
            seed=parent.info.seed or 0,
            balanced=True,
            epochs=recipe.epochs,
        ),
        epochs=recipe.epochs,
        steps_per_epoch=steps,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=judge), best],
        shuffle=False,
        verbose=0,
    )
    head.set_weights(best.best_weights)
    return head, best.best_epoch + 1


def _take_over(model: keras.Model, head: keras.Model) -> None:
    """Give the last layer of `model` what `head` learned behind its normalisation."""
    fixed, last = head.get_layer(NORMALISED), model.layers[-1]
    mean, variance = fixed.get_weights()
    kernel, bias = head.layers[-1].get_weights()
    scale = 1 / np.sqrt(variance + fixed.epsilon)
    folded = kernel * scale[:, None]
    try:
        last.set_weights([folded, bias - mean @ folded])
    except ValueError as error:
        raise InputError(
            "The features of the run do not belong to its model.keras. Train again."
        ) from error
