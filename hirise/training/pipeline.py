"""Batches for Keras from memory-mapped images: augmented, shuffled, balanced."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from hirise.arrays import Ints
from hirise.models.batches import Pixels, reader, untuned


def rows_by_class(rows: Ints, labels: Ints) -> list[Ints]:
    """The training rows of each class that has any.

    Examples
    --------
    >>> rows_by_class(np.array([0, 2, 3]), np.array([1, 0, 0, 1]))
    [array([2]), array([0, 3])]
    """
    own = labels[rows]
    return [rows[own == label] for label in np.unique(own)]


def balanced_order(
    classes: Sequence[Ints], n: int, seed: tf.Tensor, epoch: tf.Tensor
) -> tf.Tensor:
    """`n` rows with the classes alternating, so that batches of any size are balanced.

    Where the classes do not divide a batch, the next batch continues the order, and
    each epoch begins with another class, so that none is favoured. Within a class each
    image occurs as often as any other, give or take one.

    Parameters
    ----------
    classes : sequence of (n_of_class,) int
        Rows of each class, none empty.
    n : int
        Length of the epoch.
    seed : (2,) int
        Of this epoch.
    epoch : scalar int

    Returns
    -------
    (n,) int64 tensor
    """
    each = -(-n // len(classes))
    drawn = [
        _draw(rows, each, tf.random.experimental.stateless_fold_in(seed, number))
        for number, rows in enumerate(classes)
    ]
    turns = tf.roll(tf.stack(drawn, axis=1), -tf.cast(epoch, tf.int32), axis=1)
    return tf.reshape(turns, [-1])[:n]


def _draw(rows: Ints, n: int, seed: tf.Tensor) -> tf.Tensor:
    """`n` of `rows`, all once in a new order before any comes again."""
    passes = -(-n // len(rows))
    keys = tf.random.stateless_uniform([passes, len(rows)], seed)
    order = tf.argsort(keys, axis=1, stable=True)
    return tf.reshape(tf.gather(tf.constant(rows, tf.int64), order), [-1])[:n]


SHIFT = 1 / 16
"""Largest shift, as a fraction of the side of the image."""
CONTRAST = 0.2
BRIGHTNESS = 12.0
"""Largest change: contrast as a fraction, brightness in grey levels."""


def training_batches(
    pixels: Pixels,
    labels: Ints,
    rows: Ints,
    *,
    n_classes: int,
    batch_size: int,
    augment: str,
    seed: int,
    balanced: bool = False,
    epochs: int = 1,
    first: int = 0,
) -> tf.data.Dataset:
    """The shuffled batches of all epochs, each in another order and augmented anew.

    Parameters
    ----------
    pixels : (n_images, size, size, channels) uint8
        May be memory-mapped; only the rows of a batch are read. Or embeddings,
        (n_images, n_features) float32, which are not augmented.
    labels : (n_images,) int
    rows : (n_train,) int
        The images to train on.
    augment : {"none", "symmetries", "symmetries-shift-contrast"}
    seed : int
        The same seed gives the same batches.
    balanced : bool
        Each class equally often, in epochs of the same length; see `balanced_order`.
    epochs, first : int
        Epochs in all, and how many of them are skipped at the start. The batches of an
        epoch depend only on its number and the seed, so that a resumed training gets
        the same ones.

    Returns
    -------
    tf.data.Dataset
        Of (batch, size, size, channels) float32 in [0, 255] and (batch, n_classes)
        float32, 1 for the class and 0 elsewhere.
    """
    known, read = tf.constant(labels), reader(pixels)
    classes = rows_by_class(rows, labels) if balanced else None

    def load(chosen: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images = read(chosen)
        if augment != "none":
            images = random_symmetry(images, seed)
        images = tf.cast(images, tf.float32)
        if augment == "symmetries-shift-contrast":
            # Seeds of their own: with one seed both changes would follow each other.
            images = random_brightness(random_shift(images, seed + 1), seed + 2)
        return images, tf.one_hot(tf.gather(known, chosen), n_classes)

    def of_epoch(epoch: tf.Tensor) -> tf.data.Dataset:
        return _epoch_rows(rows, classes, epoch, batch_size=batch_size, seed=seed)

    epochs_left = tf.data.Dataset.range(first, epochs)
    return untuned(epochs_left.flat_map(of_epoch).map(load).prefetch(2))


def random_symmetry(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """A random one of the eight symmetries for each of (n, size, size, channels)."""
    shape = [3, tf.shape(images)[0], 1, 1, 1]
    coins = tf.random.stateless_uniform(shape, seed, maxval=2, dtype=tf.int32) == 1
    images = tf.where(coins[0], tf.reverse(images, [1]), images)
    images = tf.where(coins[1], tf.reverse(images, [2]), images)
    return tf.where(coins[2], tf.transpose(images, [0, 2, 1, 3]), images)


def random_shift(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """All images of a batch shifted alike, by up to `SHIFT`; edges are mirrored."""
    size = images.shape[1]
    most = max(1, round(size * SHIFT))
    padded = tf.pad(images, [[0, 0], [most, most], [most, most], [0, 0]], "REFLECT")
    corner = tf.random.stateless_uniform([2], seed, maxval=2 * most + 1, dtype=tf.int32)
    start = tf.concat([[0], corner, [0]], axis=0)
    # With a tensor as its start `slice` loses the shape.
    moved = tf.slice(padded, start, [-1, size, size, -1])
    return tf.ensure_shape(moved, images.shape)


def random_brightness(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """A random contrast and brightness for each of the images, in [0, 255]."""
    shape = [2, tf.shape(images)[0], 1, 1, 1]
    change = tf.random.stateless_uniform(shape, seed, minval=-1.0, maxval=1.0)
    images = (images - 128) * (1 + CONTRAST * change[0]) + 128 + BRIGHTNESS * change[1]
    return tf.clip_by_value(images, 0.0, 255.0)


def _epoch_rows(
    rows: Ints,
    classes: list[Ints] | None,
    epoch: tf.Tensor,
    *,
    batch_size: int,
    seed: int,
) -> tf.data.Dataset:
    """The rows and the seed of each batch of one epoch, counted from 0.

    With rows by `classes`, all classes are equally frequent.
    """
    # Stateless: a resumed training draws what an uninterrupted one draws.
    both = tf.random.experimental.stateless_fold_in([seed, 0], epoch)
    order, change = tf.unstack(tf.random.experimental.stateless_split(both, 2))
    if classes is None:
        mixed = tf.random.experimental.stateless_shuffle(rows, seed=order)
    else:
        mixed = balanced_order(classes, len(rows), order, epoch)
    batches = tf.data.Dataset.from_tensor_slices(mixed).batch(batch_size)
    # Without bounds TensorFlow draws from all integers, as suits a seed.
    seeds = tf.random.stateless_uniform(
        [-(-len(rows) // batch_size), 2], change, None, None, dtype=tf.int64
    )
    return tf.data.Dataset.zip((batches, tf.data.Dataset.from_tensor_slices(seeds)))
