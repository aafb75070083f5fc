"""Training the network of a recipe, and writing its predictions into the run folder."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from hirise.arrays import Ints
from hirise.data import load_images
from hirise.data.images import Decoded
from hirise.errors import InputError, parameter
from hirise.models.activations import loss_of
from hirise.models.backbones import Backbone, load_backbone
from hirise.models.batches import Pixels, plain_batches
from hirise.models.outputs import catalog_predictions
from hirise.models.predictor import probe_rows
from hirise.predictions import Predictions
from hirise.progress import Progress
from hirise.recipes import Recipe
from hirise.recording.batches import fixed_sample
from hirise.recording.keras_network import KerasWatcher
from hirise.recording.outputs import log_softmax
from hirise.runs import RunWriter
from hirise.runs.embeddings import write_embeddings
from hirise.runs.folder import IMAGE_FEATURES
from hirise.runs.images import store_image_features
from hirise.runs.tables import cut_growing
from hirise.training.checkpoints import (
    BestEpoch,
    EpochKeeper,
    EpochWeights,
    settings_mark,
)
from hirise.training.losses import images_per_class, log_frequencies, loss_of_recipe
from hirise.training.networks import (
    build_model,
    compile_model,
    embedded,
    new_head,
    start_from,
    warmed_up,
    with_backbone,
)
from hirise.training.pipeline import training_batches
from hirise.training.plan import Plan
from hirise.training.recipe_recorder import RecipeRecorder, comparable, logits_of


def strategy_scope(strategy: str) -> AbstractContextManager[Any]:
    """The scope in which a network is built, and trained, with a strategy.

    Parameters
    ----------
    strategy : {"", "mirrored", "multiworker"}
        None; all GPUs of this machine, or its logical CPUs where it has no GPU; several
        machines.

    Raises
    ------
    InputError
        If there is only one device, or Keras cannot do it.
    """
    if not strategy:
        return nullcontext()
    if strategy == "multiworker":
        raise InputError(
            f"{parameter('strategy', strategy)}: Keras {keras.__version__} cannot "
            "train with tf.distribute.MultiWorkerMirroredStrategy (keras-team/keras, "
            "issue 20585).",
            how=f"Use {parameter('strategy', 'mirrored')} on a machine with several "
            "GPUs.",
        )
    list_devices = tf.config.list_logical_devices
    devices = [
        device.name.removeprefix("/device:")
        for device in list_devices("GPU") or list_devices("CPU")
    ]
    if len(devices) < 2:
        raise InputError(
            f"{parameter('strategy', strategy)} needs several devices, but TensorFlow "
            f"has only {', '.join(devices)}.",
            how=f"Leave {parameter('strategy')} out.",
        )
    scope: AbstractContextManager[Any] = tf.distribute.MirroredStrategy(devices).scope()
    return scope


def load(
    plan: Plan, writer: RunWriter | None = None, progress: Progress | None = None
) -> tuple[Decoded, Plan]:
    """The decoded catalog, and the plan less what cannot be decoded.

    The features of the images are written into the run folder of `writer`, once.
    """
    decoded = load_images(plan.catalog, size=plan.recipe.image_size, progress=progress)
    if writer is not None and not (writer.folder / IMAGE_FEATURES).is_file():
        store_image_features(writer, plan.catalog, decoded)
    if len(decoded.problems):
        plan = plan.without(decoded.problems)
    return decoded, plan


def fit(
    plan: Plan, decoded: Decoded, writer: RunWriter, progress: Progress
) -> dict[str, Any]:
    """Train, and write everything but the last status.

    Returns
    -------
    dict
        For `run.json`: `epoch` and `error`.
    """
    # Before the network is built, whose initial weights are drawn from the seed.
    keras.utils.set_random_seed(plan.seed)
    tf.config.experimental.enable_op_determinism()
    table, names = plan.table, plan.catalog.class_names
    writer.write_table("catalog.parquet", table)
    seen = table.loc[table["split"] != "", ["image", "split", "label"]]
    writer.write_table("labels_seen.parquet", seen.reset_index(drop=True))
    writer.log(f"{len(seen)} images of {plan.catalog.root.name} are loaded")
    pixels: Pixels = decoded.pixels
    backbone = None
    try:
        if plan.recipe.trainable == "head":
            backbone = load_backbone(plan.recipe.backbone)
            pixels = embedded(backbone, decoded, table, progress)
        with strategy_scope(plan.strategy):
            model = make_network(plan, decoded, pixels, table, progress)
            changes = _train(plan, writer, progress, pixels, table, model)
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise InputError(
            "There is not enough memory for this training.",
            how="Use a smaller 'batch_size' or 'image_size'.",
        ) from error
    progress.update("Writing predictions")
    for split in ("val", "test"):
        if (table["split"] == split).any():
            predictions = predict(model, pixels, table, names, split=split)
            writer.write_predictions(split, predictions.write)
    write_features(model, pixels, table, writer)
    EpochWeights(writer).finish(model, changes["epoch"])
    whole = _whole_network(model, plan, backbone)
    # `whole` is not compiled, so the loss is that of the trained network.
    loss = loss_of(model.loss)
    # Its layers are named as in `layer_stats.csv`; Keras numbers those of `whole` anew.
    described = model if backbone is None else whole
    write_activations(described, decoded.pixels, table, names, writer, loss=loss)
    writer.write_file("model.keras", whole.save)
    return changes


def predict(
    model: keras.Model,
    pixels: Pixels,
    table: pd.DataFrame,
    class_names: tuple[str, ...],
    *,
    split: str,
) -> Predictions:
    """Predictions for the images of one split; only labels where logits are broken."""
    rows = np.flatnonzero(table["split"] == split)
    logits = logits_of(model, pixels, rows)
    is_finite = bool(np.isfinite(logits).all())
    return catalog_predictions(
        table.iloc[rows],
        logits.argmax(axis=1).astype(np.int64),
        np.exp(log_softmax(logits)) if is_finite else None,
        class_names=class_names,
        split=split,
    )


def write_features(
    model: keras.Model, pixels: Pixels, table: pd.DataFrame, writer: RunWriter
) -> None:
    """Write the inputs of the last layer for the images of each split."""
    below = keras.Model(model.inputs, model.layers[-1].input)
    for split in ("train", "val", "test"):
        rows = np.flatnonzero(table["split"] == split)
        if len(rows):
            features = below.predict(plain_batches(pixels, rows), verbose=0)
            write_embeddings(writer, split, features)


def write_activations(
    model: keras.Model,
    pixels: Pixels,
    table: pd.DataFrame,
    class_names: tuple[str, ...],
    writer: RunWriter,
    *,
    loss: dict[str, Any] | None = None,
) -> None:
    """Write `activations.json` from a few images of train and val; see `probe`."""
    watcher = KerasWatcher(model)
    train, val = (
        pixels[
            probe_rows(np.flatnonzero(table["split"] == split), size=pixels.shape[1])
        ]
        for split in ("train", "val")
    )
    if len(train):
        watcher.learn([train.astype(np.float32)], (), is_over=True)
    document = watcher.probe([val.astype(np.float32)], class_names, split="val")
    if loss is not None:
        document["loss"] = loss
    writer.write_json("activations.json", document)


def _train(
    plan: Plan,
    writer: RunWriter,
    progress: Progress,
    pixels: Pixels,
    table: pd.DataFrame,
    model: keras.Model,
) -> dict[str, Any]:
    """Fit the network, from a checkpoint on if there is one; the keys of `run.json`."""
    recipe, labels = plan.recipe, table["label"].to_numpy(dtype=np.int64)
    rows = {
        split: np.flatnonzero(table["split"] == split) for split in ("train", "val")
    }
    names, steps = plan.catalog.class_names, -(-len(rows["train"]) // recipe.batch_size)
    prepare(model, recipe, table.iloc[rows["train"]], len(names), steps=steps)
    sample = fixed_sample(labels, rows["train"], seed=plan.seed)
    evaluated = {"train": sample, "val": rows["val"]}
    recorder = RecipeRecorder(
        writer,
        pixels,
        labels,
        evaluated,
        names,
        progress,
        logged=comparable(recipe),
        watches_layers=not plan.strategy,
    )
    best = _best_epoch(recipe)
    keeper = EpochKeeper(writer, settings_mark(plan), recorder, best)
    checkpoint = keeper.begin(model)
    last = checkpoint.epoch
    # Lines from after the checkpoint would come a second time.
    cut_growing(writer.folder, last)
    if last < recipe.epochs and not checkpoint.over:
        batches = _batches(plan, pixels, labels, rows["train"], first=last)
        # `best` monitors what the recorder logs; the keeper stores what all decided.
        callbacks = [recorder, EpochWeights(writer), *([best] if best else []), keeper]
        last += _run_epochs(model, batches, recipe, callbacks, first=last, steps=steps)
    # Here too, as `fit` is not called where the checkpoint's training was over.
    if best is not None and best.best_weights is not None:
        model.set_weights(best.best_weights)
        last = best.best_epoch + 1
    return {"epoch": last, "error": recorder.broken}


def _batches(
    plan: Plan, pixels: Pixels, labels: Ints, rows: Ints, *, first: int
) -> tf.data.Dataset:
    recipe = plan.recipe
    return training_batches(
        pixels,
        labels,
        rows,
        n_classes=len(plan.catalog.class_names),
        batch_size=recipe.batch_size,
        augment=recipe.augment,
        seed=plan.seed,
        balanced=recipe.balanced_batches,
        epochs=recipe.epochs,
        first=first,
    )


def _run_epochs(
    model: keras.Model,
    batches: tf.data.Dataset,
    recipe: Recipe,
    callbacks: list[Any],
    *,
    first: int,
    steps: int,
) -> int:
    """Fit from epoch `first`, counted from 0, on; how many epochs were done."""
    # One dataset holds all epochs: only `steps_per_epoch` tells where they end.
    history = model.fit(
        batches,
        initial_epoch=first,
        epochs=recipe.epochs,
        steps_per_epoch=steps,
        callbacks=callbacks,
        shuffle=False,
        verbose=0,
    )
    return len(history.epoch)


def prepare(
    model: keras.Model,
    recipe: Recipe,
    seen: pd.DataFrame,
    n_classes: int,
    *,
    steps: int,
) -> None:
    """Give `model` its output bias, loss and optimiser; `seen` is trained on."""
    if recipe.output_bias == "log-shares":
        start_from(model, log_frequencies(images_per_class(seen, n_classes)))
    loss = loss_of_recipe(recipe, seen, n_classes)
    compile_model(model, recipe, batches=steps, loss=loss)


def make_network(
    plan: Plan,
    decoded: Decoded,
    inputs: Pixels,
    table: pd.DataFrame,
    progress: Progress,
) -> keras.Model:
    """What is trained: the network of the recipe, or only its head."""
    recipe, n_classes = plan.recipe, len(plan.catalog.class_names)
    if recipe.trainable == "head":
        return new_head(recipe, inputs, table, n_classes)
    if recipe.network == "backbone":
        return warmed_up(plan, decoded, table, n_classes, progress)
    return build_model(recipe, n_classes, channels=plan.catalog.channels)


def _best_epoch(recipe: Recipe) -> BestEpoch | None:
    """Goes back to the best epoch at the end, unless the last one is selected."""
    if recipe.select_by == "last":
        return None
    return BestEpoch(
        monitor=f"val_{recipe.select_by}",
        mode="max",
        patience=recipe.patience or recipe.epochs,
        restore_best_weights=True,
    )


def _whole_network(
    model: keras.Model, plan: Plan, backbone: Backbone | None
) -> keras.Model:
    """The whole network without the optimiser, which would treble its size."""
    n_classes, channels = len(plan.catalog.class_names), plan.catalog.channels
    if backbone is not None:
        return with_backbone(plan.recipe, model, n_classes, backbone, channels=channels)
    whole = build_model(plan.recipe, n_classes, channels=channels)
    whole.set_weights(model.get_weights())
    return whole
