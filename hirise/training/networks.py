"""The networks of the recipes, from scratch or on a backbone."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pandas as pd
from keras import layers

from hirise.arrays import Floats, Ints
from hirise.data.images import Decoded
from hirise.models.backbones import Backbone, load_backbone, with_features
from hirise.models.embeddings import Features, compute_embeddings
from hirise.progress import Progress
from hirise.recipes import Recipe
from hirise.training.losses import loss_of_recipe
from hirise.training.pipeline import training_batches
from hirise.training.plan import Plan

HEAD_EPOCHS = 15
HEAD_RATE = 1e-3
"""Of the head, while the backbone is frozen."""
NORMALISED = "normalised"
MOMENTUM = 0.9
"""Of batch normalisation; Keras's .99 lags behind in epochs of some 60 batches."""


def build_model(
    recipe: Recipe,
    n_classes: int,
    *,
    channels: int = 1,
    backbone: Backbone | None = None,
) -> keras.Model:
    """The network of `recipe` for images of one or three channels, not compiled.

    `blog`: per stage a 3×3 convolution, relu and max pooling; then dropout, flattening
    and the dense layers. `strided`: the first convolution of a stage halves the image,
    later stages have `depth` convolutions; then global average pooling, the dense
    layers and dropout. `backbone`: see `hirise.models.backbones` and `head_layers`;
    one that is loaded already becomes part of the network.

    Raises
    ------
    InputError
        If the backbone cannot be had.

    Examples
    --------
    >>> from hirise.recipes import recipe_named
    >>> build_model(recipe_named("small-cnn"), 3).output_shape
    (None, 3)
    """
    inputs = keras.Input((recipe.image_size, recipe.image_size, channels))
    if recipe.network == "backbone":
        features = with_features(backbone or load_backbone(recipe.backbone), inputs)
        return keras.Model(inputs, head_layers(recipe, n_classes, features))
    scaled = layers.Rescaling(1 / 255)(inputs)
    parts = {"blog": _blog, "strided": _strided}[recipe.network]
    return keras.Model(
        inputs, layers.Dense(n_classes)(parts(scaled, recipe)), name=recipe.network
    )


def build_head(recipe: Recipe, n_classes: int, n_features: int) -> keras.Model:
    """What comes after the backbone, as a network of its own for embeddings.

    Examples
    --------
    >>> from hirise.recipes import recipe_named
    >>> build_head(recipe_named("probe"), 3, 16).output_shape
    (None, 3)
    """
    inputs = keras.Input((n_features,))
    return keras.Model(inputs, head_layers(recipe, n_classes, inputs), name="head")


def head_layers(recipe: Recipe, n_classes: int, features: Any) -> Any:
    """Logits from (n, d) features: normalised, dropout, the dense layers, the last.

    The normalisation is that of the training images, see `normalise_like`; it does not
    learn.
    """
    fixed = layers.BatchNormalization(
        center=False, scale=False, trainable=False, name=NORMALISED
    )
    x = layers.Dropout(recipe.dropout)(fixed(features, training=False))
    for width in recipe.dense:
        x = layers.Dense(width, activation="relu")(x)
    return layers.Dense(n_classes)(x)


def normalise_like(head: keras.Model, features: Features) -> None:
    """Let `head` take (n, d) `features` with mean 0 and variance 1."""
    mean, variance = features.mean(axis=0), features.var(axis=0)
    head.get_layer(NORMALISED).set_weights([mean, variance])


def start_from(model: keras.Model, log_frequencies: Floats) -> None:
    """Let the bias of the last layer begin with `log_frequencies`, (n_classes,)."""
    model.layers[-1].bias.assign(log_frequencies.astype("float32"))


def compile_model(
    model: keras.Model,
    recipe: Recipe,
    *,
    batches: int,
    loss: keras.losses.Loss | None = None,
) -> None:
    """Give `model` its optimiser and loss; `batches` is the number per epoch."""
    rate: Any = recipe.learning_rate
    if recipe.schedule == "cosine":
        rate = _warmup_and_cosine(recipe, batches)
    elif recipe.schedule == "warmup":
        rate = _warmup_only(recipe, batches)
    if recipe.weight_decay:
        optimizer = keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay)
    else:
        optimizer = keras.optimizers.Adam(rate)
    if loss is None:
        loss = keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=recipe.label_smoothing
        )
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])


def _blog(x: Any, recipe: Recipe) -> Any:
    for width in recipe.filters:
        x = _convolution(x, width, recipe)
        x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(layers.Dropout(recipe.dropout)(x))
    for width in recipe.dense:
        x = layers.Dense(width, activation="relu")(x)
    return x


def _strided(x: Any, recipe: Recipe) -> Any:
    for stage, width in enumerate(recipe.filters):
        x = _convolution(x, width, recipe, strides=2)
        for _ in range(recipe.depth - 1 if stage >= 2 else 0):
            x = _convolution(x, width, recipe)
    x = layers.GlobalAveragePooling2D()(x)
    for width in recipe.dense:
        x = layers.Dense(width, activation="relu")(x)
    return layers.Dropout(recipe.dropout)(x)


def _convolution(x: Any, width: int, recipe: Recipe, *, strides: int = 1) -> Any:
    x = layers.Conv2D(
        width, 3, strides=strides, padding="same", use_bias=not recipe.batch_norm
    )(x)
    if recipe.batch_norm:
        x = layers.BatchNormalization(momentum=MOMENTUM)(x)
    return layers.ReLU()(x)


def _warmup_and_cosine(recipe: Recipe, batches: int) -> Any:
    rise = batches if recipe.epochs > 1 else 0
    # Keras counts `decay_steps` from the end of the warm-up.
    return keras.optimizers.schedules.CosineDecay(
        0.0 if rise else recipe.learning_rate,
        decay_steps=recipe.epochs * batches - rise,
        warmup_target=recipe.learning_rate if rise else None,
        warmup_steps=rise,
    )


def _warmup_only(recipe: Recipe, batches: int) -> Any:
    """A cosine from the full rate to the full rate: constant after its rise."""
    return keras.optimizers.schedules.CosineDecay(
        0.0,
        decay_steps=recipe.epochs * batches,
        alpha=1.0,
        warmup_target=recipe.learning_rate,
        warmup_steps=batches,
    )


def embedded(
    backbone: Backbone, decoded: Decoded, table: pd.DataFrame, progress: Progress
) -> Features:
    """`compute_embeddings` of all images that are in a split, (n_images, d)."""
    rows = np.flatnonzero(table["split"] != "")
    return compute_embeddings(
        backbone, decoded.pixels, decoded.digests, rows, progress=progress
    )


def new_head(
    recipe: Recipe, features: Features, table: pd.DataFrame, n_classes: int
) -> keras.Model:
    """An untrained head for features like those of the training images."""
    head = build_head(recipe, n_classes, features.shape[1])
    normalise_like(head, features[_trained_on(table)])
    return head


def warmed_up(
    plan: Plan,
    decoded: Decoded,
    table: pd.DataFrame,
    n_classes: int,
    progress: Progress,
) -> keras.Model:
    """The whole network, its head trained while the backbone was frozen.

    Otherwise the first steps, which come from an untrained head, would spoil the
    features of the backbone (Kumar et al. 2022, arXiv:2202.10054).
    """
    recipe = plan.recipe
    backbone = load_backbone(recipe.backbone)
    features = embedded(backbone, decoded, table, progress)
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
    return with_backbone(
        recipe, head, n_classes, backbone, channels=plan.catalog.channels
    )


def with_backbone(
    recipe: Recipe,
    head: keras.Model,
    n_classes: int,
    backbone: Backbone,
    *,
    channels: int,
) -> keras.Model:
    """The whole network of `recipe` with the weights of `head`."""
    model = build_model(recipe, n_classes, channels=channels, backbone=backbone)
    own = head.get_weights()
    # Keras lists weights in the order of the layers: the head's come last.
    model.set_weights([*model.get_weights()[: -len(own)], *own])
    return model


def _trained_on(table: pd.DataFrame) -> Ints:
    return np.flatnonzero(table["split"] == "train")


def _loss(recipe: Recipe, seen: pd.DataFrame, n_classes: int) -> keras.losses.Loss:
    plain = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=recipe.label_smoothing
    )
    return loss_of_recipe(recipe, seen, n_classes) or plain
