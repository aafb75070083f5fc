"""The blog's network, as it was written."""

from __future__ import annotations

import keras
from keras import layers

from hirise.training.replay.exercises import Exercise
from hirise.training.replay.notebook import IMAGE_SIZE


def blog_network(exercise: Exercise, n_classes: int) -> keras.Model:
    """Three convolutions with pooling, dropout, dense layers, logits; compiled."""
    model = keras.Sequential(name=f"exercise-{exercise.key}")
    model.add(keras.Input((*IMAGE_SIZE, 3)))
    model.add(layers.Rescaling(1 / 255))
    for width in (16, 32, 64):
        model.add(layers.Conv2D(width, 3, padding="same", activation="relu"))
        model.add(layers.MaxPooling2D())
    if exercise.dropout:
        model.add(layers.Dropout(exercise.dropout))
    model.add(layers.Flatten())
    for width in exercise.dense:
        model.add(layers.Dense(width, activation="relu"))
    model.add(layers.Dense(n_classes))
    model.compile(
        optimizer=keras.optimizers.Adam(exercise.learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model
