"""Training with a backbone: a head on features computed once, then all of it."""

from __future__ import annotations

import keras
import numpy as np
import pandas as pd

from hirise.dataset.images import Decoded
from hirise.inference.backbones import Backbone, load_backbone
from hirise.inference.batches import Ints
from hirise.inference.embeddings import Floats, embeddings
from hirise.recipes import Recipe
from hirise.training.losses import loss_of_recipe
from hirise.training.models import (
    build_head,
    build_model,
    normalise_like,
)
from hirise.training.pipeline import training_batches
from hirise.training.plan import Plan

HEAD_EPOCHS = 15
HEAD_RATE = 1e-3


def embedded(backbone: Backbone, decoded: Decoded, table: pd.DataFrame) -> Floats:
    """Features of all images that have a side, (n_images, d); see `embeddings`."""
    rows = np.flatnonzero(table["split"] != "")
    return embeddings(backbone, decoded.pixels, decoded.digests, rows)


def new_head(
    recipe: Recipe, features: Floats, table: pd.DataFrame, n_classes: int
) -> keras.Model:
    """An untrained head for features like those of the training images."""
    head = build_head(recipe, n_classes, features.shape[1])
    normalise_like(head, features[_trained_on(table)])
    return head


def warmed_up(
    plan: Plan, decoded: Decoded, table: pd.DataFrame, n_classes: int
) -> keras.Model:
    """The whole network, its head trained while the backbone was frozen.

    Otherwise the first steps, which come from a head that knows nothing, would spoil
    what the backbone knows (Kumar et al. 2022, arXiv:2202.10054).
    """
    recipe = plan.recipe
    backbone = load_backbone(recipe.backbone)
    features = embedded(backbone, decoded, table)
    head = new_head(recipe, features, table, n_classes)
    rows = _trained_on(table)
    steps = -(-len(rows) // recipe.batch_size)
    head.compile(
        optimizer=keras.optimizers.AdamW(HEAD_RATE, weight_decay=recipe.weight_decay),
        loss=_loss(recipe, table.iloc[rows], n_classes),
    )
    batches = training_batches(
        features,
        table["label"].to_numpy(dtype=np.int64),
        rows,
        n_classes=n_classes,
        batch_size=recipe.batch_size,
        augment="none",
        seed=plan.seed,
        balanced=recipe.balanced_batches,
        epochs=HEAD_EPOCHS,
    )
    head.fit(
        batches,
        epochs=HEAD_EPOCHS,
        steps_per_epoch=steps,
        shuffle=False,
        verbose=0,
    )
    return with_backbone(recipe, head, n_classes, backbone)


def with_backbone(
    recipe: Recipe, head: keras.Model, n_classes: int, backbone: Backbone
) -> keras.Model:
    """The whole network of `recipe` with the weights of `head`."""
    model = build_model(recipe, n_classes, backbone=backbone)
    own = head.get_weights()
    model.set_weights([*model.get_weights()[: -len(own)], *own])
    return model


def _trained_on(table: pd.DataFrame) -> Ints:
    return np.flatnonzero(table["split"] == "train")


def _loss(recipe: Recipe, seen: pd.DataFrame, n_classes: int) -> keras.losses.Loss:
    plain = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=recipe.label_smoothing
    )
    return loss_of_recipe(recipe, seen, n_classes) or plain
