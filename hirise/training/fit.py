"""Training a recipe's network, and writing what it predicts into the run folder."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from hirise.data import load_images
from hirise.data.images import Decoded
from hirise.errors import InputError, parameter
from hirise.models.activations import loss_of, probe
from hirise.models.backbones import Backbone, load_backbone
from hirise.models.batches import Ints, Pixels, plain_batches
from hirise.models.predictor import probe_rows
from hirise.predictions import Predictions
from hirise.progress import Progress
from hirise.recipes import Recipe
from hirise.recording.epoch_scores import Floats, fixed_sample, judge, log_softmax
from hirise.recording.keras import EpochRecorder
from hirise.runs import RunWriter
from hirise.runs.embeddings import write_embeddings
from hirise.runs.folder import IMAGE_FEATURES
from hirise.runs.images import keep_image_features
from hirise.runs.tables import cut_growing
from hirise.training.checkpoints import (
    BestEpoch,
    EpochKeeper,
    EpochWeights,
    settings_mark,
)
from hirise.training.losses import images_per_class, log_shares, loss_of_recipe
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

HEAD_BATCH = 1_024
"""Embeddings that go through a head at a time."""


class RecipeRecorder(EpochRecorder):
    """Judges the network after each epoch, in inference mode.

    A loss that is NaN or infinite stops the training; `broken` then says so.

    Parameters
    ----------
    writer : RunWriter
    pixels : (n_images, size, size) uint8
    labels : (n_images,) int
    sides : mapping of "train" and "val" to row numbers
    class_names : sequence of str
    progress : Progress
    """

    def __init__(
        self,
        writer: RunWriter,
        pixels: Pixels,
        labels: Ints,
        sides: Mapping[str, Ints],
        class_names: tuple[str, ...],
        progress: Progress,
    ) -> None:
        super().__init__(progress)
        self.writer = writer
        self.pixels = pixels
        self.labels = labels
        self.sides = sides
        self.class_names = class_names

    def measured(self, epoch: int, logs: dict[str, Any]) -> dict[str, float]:
        row: dict[str, float] = {}
        for side, prefix in (("train", ""), ("val", "val_")):
            rows = self.sides[side]
            found = judge(
                self.writer,
                logits_of(self.model, self.pixels, rows),
                self.labels[rows],
                epoch=epoch,
                split=side,
                class_names=self.class_names,
            )
            row |= {f"{prefix}{name}": value for name, value in found.items()}
        return row

    def on_broken(self) -> None:
        self.broken = f"{self.broken} Training stopped there."
        self.model.stop_training = True


def logits_of(model: keras.Model, pixels: Pixels, rows: Ints) -> Floats:
    """(len(rows), n_classes) logits in inference mode."""
    if pixels.ndim == 2:
        # A head takes less time than Keras takes to set out on a prediction.
        parts = np.split(rows, range(HEAD_BATCH, len(rows), HEAD_BATCH))
        found = [model.predict_on_batch(pixels[part]) for part in parts]
        return np.concatenate(found).astype(np.float64)
    return np.asarray(
        model.predict(plain_batches(pixels, rows), verbose=0), dtype=np.float64
    )


def scope_of(strategy: str) -> AbstractContextManager[Any]:
    """The scope in which a network is built, and trained, with a strategy.

    Parameters
    ----------
    strategy : {"", "mirrored", "multiworker"}
        None; all GPUs of this machine, or its logical CPUs where it has no GPU; several
        machines.

    Raises
    ------
    InputError
        If there is one device alone, or Keras cannot do it.
    """
    if not strategy:
        return nullcontext()
    if strategy == "multiworker":
        raise InputError(
            f"Keras {keras.__version__} cannot train with "
            "tf.distribute.MultiWorkerMirroredStrategy (keras-team/keras, issue "
            "20585).",
            where=parameter("strategy", "multiworker"),
            how=f"Use {parameter('strategy', 'mirrored')} on a machine with several "
            "GPUs.",
        )
    devices = _devices()
    if len(devices) < 2:
        raise InputError(
            f"{parameter('strategy', 'mirrored')} needs several devices, but "
            f"TensorFlow sees {', '.join(devices)} alone.",
            how=f"Leave {parameter('strategy')} away.",
        )
    mirrored: AbstractContextManager[Any] = tf.distribute.MirroredStrategy(
        devices
    ).scope()
    return mirrored


def _devices() -> list[str]:
    """Names of the GPUs, else of the CPUs, such as "CPU:0"."""
    found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices(
        "CPU"
    )
    return [device.name.removeprefix("/device:") for device in found]


def load(plan: Plan, writer: RunWriter | None = None) -> tuple[Decoded, Plan]:
    """The decoded catalog, and the plan less what cannot be decoded.

    What is kept of the pixels goes to the run folder of `writer`, once.
    """
    decoded = load_images(plan.catalog, size=plan.recipe.image_size)
    if writer is not None and not (writer.folder / IMAGE_FEATURES).is_file():
        keep_image_features(writer, plan.catalog, decoded)
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
        What `run.json` gets to know: `epoch` and `error`.
    """
    keras.utils.set_random_seed(plan.seed)
    tf.config.experimental.enable_op_determinism()
    table = plan.catalog.table.assign(split=plan.sides.split)
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
        with scope_of(plan.strategy):
            model = _network(plan, decoded, pixels, table, progress)
            changes = _train(plan, writer, progress, pixels, table, model)
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise InputError(
            "The memory is not enough for this training. Use a smaller 'batch_size' "
            "or 'image_size'."
        ) from error
    for split in ("val", "test"):
        if (table["split"] == split).any():
            found = predict(model, pixels, table, plan.catalog.class_names, split=split)
            writer.write_predictions(split, found.write)
    keep_embeddings(model, pixels, table, writer)
    EpochWeights(writer).finish(model, changes["epoch"])
    plain = _plain(model, plan, backbone)
    names, loss = plan.catalog.class_names, loss_of(model.loss)
    look_inside(plain, decoded.pixels, table, names, writer, loss=loss)
    writer.write_file("model.keras", plain.save)
    return changes


def predict(
    model: keras.Model,
    pixels: Pixels,
    table: pd.DataFrame,
    class_names: tuple[str, ...],
    *,
    split: str,
) -> Predictions:
    """Predictions for the images of one split; no probabilities where logits broke."""
    rows = np.flatnonzero(table["split"] == split)
    chosen = table.iloc[rows]
    logits = logits_of(model, pixels, rows)
    whole = bool(np.isfinite(logits).all())
    grouped = bool((chosen["landmark"] != "").all())
    return Predictions(
        image=chosen["image"].to_numpy(dtype=object),
        y_true=chosen["label"].to_numpy(dtype=np.int64),
        y_pred=logits.argmax(axis=1).astype(np.int64),
        proba=np.exp(log_softmax(logits)) if whole else None,
        class_names=class_names,
        split=split,
        group=chosen["landmark"].to_numpy(dtype=object) if grouped else None,
    )


def keep_embeddings(
    model: keras.Model, pixels: Pixels, table: pd.DataFrame, writer: RunWriter
) -> None:
    """Write what the last layer gets of the images of each side."""
    below = keras.Model(model.inputs, model.layers[-1].input)
    for split in ("train", "val", "test"):
        rows = np.flatnonzero(table["split"] == split)
        if len(rows):
            features = below.predict(plain_batches(pixels, rows), verbose=0)
            write_embeddings(writer, split, features)


def _train(
    plan: Plan,
    writer: RunWriter,
    progress: Progress,
    pixels: Pixels,
    table: pd.DataFrame,
    model: keras.Model,
) -> dict[str, Any]:
    recipe, labels = plan.recipe, table["label"].to_numpy(dtype=np.int64)
    rows = {side: np.flatnonzero(table["split"] == side) for side in ("train", "val")}
    names = plan.catalog.class_names
    steps = -(-len(rows["train"]) // recipe.batch_size)
    seen = table.iloc[rows["train"]]
    if recipe.output_bias == "log-shares":
        start_from(model, log_shares(images_per_class(seen, len(names))))
    loss = loss_of_recipe(recipe, seen, len(names))
    compile_model(model, recipe, batches=steps, loss=loss)
    judged = {
        "train": fixed_sample(labels, rows["train"], seed=plan.seed),
        "val": rows["val"],
    }
    recorder = RecipeRecorder(writer, pixels, labels, judged, names, progress)
    best = _best_epoch(recipe)
    keeper = EpochKeeper(writer, settings_mark(plan), recorder, best)
    kept = keeper.begin(model)
    cut_growing(writer.folder, kept.epoch)
    if kept.epoch == recipe.epochs or kept.over:
        return _ended(model, kept.epoch, recorder, best)
    batches = training_batches(
        pixels,
        labels,
        rows["train"],
        n_classes=len(names),
        batch_size=recipe.batch_size,
        augment=recipe.augment,
        seed=plan.seed,
        balanced=recipe.balanced_batches,
        epochs=recipe.epochs,
        first=kept.epoch,
    )
    done = model.fit(
        batches,
        initial_epoch=kept.epoch,
        epochs=recipe.epochs,
        steps_per_epoch=steps,
        callbacks=[recorder, EpochWeights(writer), *([best] if best else []), keeper],
        shuffle=False,
        verbose=0,
    )
    last = kept.epoch + len(done.epoch)
    return _ended(model, last, recorder, best)


def _network(
    plan: Plan,
    decoded: Decoded,
    inputs: Pixels,
    table: pd.DataFrame,
    progress: Progress,
) -> keras.Model:
    """What is trained: the network of the recipe, or its head alone."""
    recipe, n_classes = plan.recipe, len(plan.catalog.class_names)
    if recipe.trainable == "head":
        return new_head(recipe, inputs, table, n_classes)
    if recipe.network == "backbone":
        return warmed_up(plan, decoded, table, n_classes, progress)
    return build_model(recipe, n_classes)


def _ended(
    model: keras.Model, last: int, recorder: RecipeRecorder, best: BestEpoch | None
) -> dict[str, Any]:
    """What `run.json` gets to know; `model` has the weights of that epoch."""
    if best is not None and best.best_weights is not None:
        model.set_weights(best.best_weights)
        last = best.best_epoch + 1
    return {"epoch": last, "error": recorder.broken}


def _best_epoch(recipe: Recipe) -> BestEpoch | None:
    """Goes back to the best epoch at the end, unless the last one is wanted."""
    if recipe.select_by == "last":
        return None
    return BestEpoch(
        monitor=f"val_{recipe.select_by}",
        mode="max",
        patience=recipe.patience or recipe.epochs,
        restore_best_weights=True,
    )


def look_inside(
    model: keras.Model,
    pixels: Pixels,
    table: pd.DataFrame,
    class_names: tuple[str, ...],
    writer: RunWriter,
    *,
    loss: dict[str, Any] | None = None,
) -> None:
    """Write `activations.json` from a few validation images; see `probe`."""
    rows = probe_rows(np.flatnonzero(table["split"] == "val"), size=pixels.shape[1])
    images = pixels[rows][..., None].astype(np.float32)
    writer.write_json(
        "activations.json", probe(model, images, class_names, split="val", loss=loss)
    )


def _plain(model: keras.Model, plan: Plan, backbone: Backbone | None) -> keras.Model:
    """The whole network without the optimiser, which would treble its size."""
    n_classes = len(plan.catalog.class_names)
    if backbone is not None:
        return with_backbone(plan.recipe, model, n_classes, backbone)
    plain = build_model(plan.recipe, n_classes)
    plain.set_weights(model.get_weights())
    return plain
