"""A run with other weights: those of an earlier epoch, or a retrained last layer."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from hirise.arrays import Ints
from hirise.errors import InputError
from hirise.metrics.metrics import classification_summary
from hirise.models.batches import Pixels
from hirise.models.embeddings import Features
from hirise.models.formats.keras import load_model
from hirise.recipes import Recipe, recipe_named
from hirise.remedies.cured_run import run_beside
from hirise.remedies.weights import (
    BALANCED_HEAD,
    EARLIER_CHECKPOINT,
    REESTIMATED,
    WeightsRemedy,
    check_head,
)
from hirise.runs import Run, RunWriter
from hirise.runs.embeddings import EMBEDDINGS, embeddings_path, read_embeddings
from hirise.training.checkpoints import restore_epoch
from hirise.training.fit import (
    load,
    predict,
    write_activations,
    write_features,
)
from hirise.training.modes import reestimate
from hirise.training.networks import (
    NORMALISED,
    build_head,
    compile_model,
    normalise_like,
)
from hirise.training.pipeline import training_batches
from hirise.training.recipe_recorder import logits_of
from hirise.training.resume import plan_again
from hirise.training.tensorflow_setup import PACKAGES

MONITOR = "val_macro_f1"


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
        From `hirise.remedies.weights.earlier_epoch`.
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
    started = time.perf_counter()
    run, _ = _predict_again(
        parent,
        lambda model, pixels, rows: restore_epoch(model, parent, epoch),
        EARLIER_CHECKPOINT,
        artifacts=artifacts,
        data=data,
        title=title,
        suffix=f"epoch {epoch}",
        note=f"Epoch {epoch} of run {parent.info.id}.",
        parameters={"epoch": epoch},
        changes={"epoch": epoch},
        started=started,
    )
    return run


def predict_reestimated(
    parent: Run,
    *,
    artifacts: Path,
    data: Path | None = None,
    title: str | None = None,
) -> tuple[Run, int]:
    """Predict the splits of `parent` with re-estimated moving averages.

    Parameters
    ----------
    parent : Run
        See `hirise.remedies.weights.check_normalisation`.
    artifacts, data, title
        See `predict_earlier`.

    Returns
    -------
    Run
        Finished, with network and predictions; its curves stay with the parent.
    int
        Training images that were used.

    Raises
    ------
    InputError
        If the network or the images are gone or have changed.
    """
    started = time.perf_counter()
    return _predict_again(
        parent,
        reestimate,
        REESTIMATED,
        artifacts=artifacts,
        data=data,
        title=title,
        suffix=REESTIMATED.title.lower(),
        note=f"Run {parent.info.id} with other statistics of batch normalisation.",
        parameters={},
        changes={"epoch": parent.info.epoch},
        started=started,
    )


def _predict_again(
    parent: Run,
    change: Callable[[keras.Model, Pixels, Ints], int | None],
    remedy: WeightsRemedy,
    *,
    artifacts: Path,
    data: Path | None,
    title: str | None,
    suffix: str,
    note: str,
    parameters: dict[str, Any],
    changes: dict[str, Any],
    started: float,
) -> tuple[Run, int]:
    """Let `change` give the network of `parent` other weights, and predict with it.

    Returns
    -------
    Run
    int
        Training images that `change` used.
    """
    if not (parent.folder / "model.keras").is_file():
        raise InputError(f"Run {parent.info.id} has no model.keras.", how="Retrain.")
    plan = plan_again(parent, data)
    model = load_model(parent.folder / "model.keras").model
    decoded, plan = load(plan)
    pixels, table, names = decoded.pixels, plan.table, parent.info.class_names
    n_images = change(model, pixels, np.flatnonzero(table["split"] == "train")) or 0
    if n_images:
        parameters = {**parameters, "n_images": n_images}
    with _run_with_weights(
        parent, artifacts, title=title, suffix=suffix, note=note, started=started
    ) as (writer, finished):
        for split in parent.splits():
            predictions = predict(model, pixels, table, names, split=split)
            writer.write_predictions(split, predictions.write)
        write_features(model, pixels, table, writer)
        write_activations(model, pixels, table, names, writer)
        writer.write_file("model.keras", model.save)
        finished |= _documented(remedy, parameters) | changes
    return writer.read(), n_images


def retrain_head(
    parent: Run, *, artifacts: Path, title: str | None = None
) -> tuple[Run, dict[str, Any]]:
    """Train the last layer of `parent` again; all other weights stay.

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
    started = time.perf_counter()
    check_head(parent)
    table = parent.catalog()
    if table is None:
        raise ValueError("`parent` must have a catalog.")
    model = load_model(parent.folder / "model.keras").model
    features = _read_features(parent, table)
    keras.utils.set_random_seed(parent.info.seed or 0)
    tf.config.experimental.enable_op_determinism()
    head, epoch = _train_head(features, table, parent)
    _copy_head(head, model)
    parameters = {"epochs": head_recipe().epochs, "epoch": epoch}
    with _run_with_weights(
        parent,
        artifacts,
        title=title,
        suffix=BALANCED_HEAD.title.lower(),
        note=f"Run {parent.info.id} with another last layer.",
        started=started,
    ) as (writer, changes):
        names = parent.info.class_names
        for split in parent.splits():
            if embeddings_path(parent.folder, split).is_file():
                predictions = predict(head, features, table, names, split=split)
                writer.write_predictions(split, predictions.write)
        for path in sorted((parent.folder / EMBEDDINGS).glob("*.npy")):
            copy = partial(shutil.copyfile, path)
            writer.write_file(f"{EMBEDDINGS}/{path.name}", copy)
        writer.write_file("model.keras", model.save)
        changes |= _documented(BALANCED_HEAD, parameters)
    return writer.read(), parameters


@contextmanager
def _run_with_weights(
    parent: Run,
    artifacts: Path,
    *,
    title: str | None,
    suffix: str,
    note: str,
    started: float,
) -> Iterator[tuple[RunWriter, dict[str, Any]]]:
    """A run beside `parent`, finished at the end with the changes collected."""
    changes: dict[str, Any] = {"parent": parent.info.id}
    with run_beside(
        parent, artifacts, title=title, suffix=suffix, notes=[note], packages=PACKAGES
    ) as writer:
        yield writer, changes
        seconds = round(time.perf_counter() - started, 1)
        writer.finish("finished", seconds=seconds, **changes)


def _documented(remedy: WeightsRemedy, parameters: dict[str, Any]) -> dict[str, Any]:
    return {"remedies": [{"key": remedy.key, "parameters": parameters}]}


def head_recipe() -> Recipe:
    """How the last layer is trained: as the recipe `probe` does, but balanced.

    Examples
    --------
    >>> head_recipe().balanced_batches
    True
    """
    return replace(
        recipe_named("probe"),
        dropout=0.5,
        epochs=30,
        class_weights="none",
        balanced_batches=True,
    )


def _read_features(parent: Run, table: pd.DataFrame) -> Features:
    """(n_images, d), 0 for images that are in no split."""
    by_split = {
        split: read_embeddings(parent, split)
        for split in table["split"].unique()
        if split and embeddings_path(parent.folder, split).is_file()
    }
    features = np.zeros((len(table), by_split["train"].shape[1]), dtype=np.float32)
    for split, values in by_split.items():
        if values.shape[1] != features.shape[1]:
            raise InputError(
                "These features belong to a different network from those of train.",
                where=embeddings_path(parent.folder, split),
                how="Retrain.",
            )
        features[np.flatnonzero(table["split"] == split)] = values
    return features


def _train_head(
    features: Features, table: pd.DataFrame, parent: Run
) -> tuple[keras.Model, int]:
    """The new last layer, normalisation before it, and the epoch that was kept."""
    recipe, n_classes = head_recipe(), len(parent.info.class_names)
    labels = table["label"].to_numpy(dtype=np.int64)
    rows = {s: np.flatnonzero(table["split"] == s) for s in ("train", "val")}
    head = build_head(recipe, n_classes, features.shape[1])
    normalise_like(head, features[rows["train"]])
    steps = -(-len(rows["train"]) // recipe.batch_size)
    compile_model(head, recipe, batches=steps)

    def evaluate(epoch: int, logs: dict[str, Any]) -> None:
        y_pred = logits_of(head, features, rows["val"]).argmax(axis=1)
        summary = classification_summary(labels[rows["val"]], y_pred, n_classes)
        logs[MONITOR] = summary["macro_f1"]

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
        # In this order: `best` monitors what `evaluate` adds to the logs.
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=evaluate), best],
        shuffle=False,
        verbose=0,
    )
    head.set_weights(best.best_weights)
    return head, best.best_epoch + 1


def _copy_head(head: keras.Model, model: keras.Model) -> None:
    """Give the last layer of `model` the weights of `head`, normalisation included."""
    fixed, last = head.get_layer(NORMALISED), model.layers[-1]
    mean, variance = fixed.get_weights()
    kernel, bias = head.layers[-1].get_weights()
    # (x - mean) · scale · k + b is one layer: k' = scale · k, b' = b - mean · k'.
    scale = 1 / np.sqrt(variance + fixed.epsilon)
    folded = kernel * scale[:, None]
    try:
        last.set_weights([folded, bias - mean @ folded])
    except ValueError as error:
        raise InputError(
            "The features of the run do not belong to its model.keras.",
            how="Retrain.",
        ) from error
