"""The order of an epoch in which each class comes equally often."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from hirise.inference.batches import Ints


def rows_by_class(rows: Ints, labels: Ints) -> list[Ints]:
    """The training rows of each class that has any."""
    own = labels[rows]
    return [rows[own == label] for label in np.unique(own)]


def balanced_order(
    classes: Sequence[Ints], n: int, seed: tf.Tensor, epoch: tf.Tensor
) -> tf.Tensor:
    """`n` rows, the classes by turns, so that batches of any size are balanced.

    What is left over where the classes do not divide a batch goes on in the next, and
    each epoch begins with another class, so that none is favoured. Within a class each
    image comes as often as any other, give or take one.

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
        _drawn(rows, each, tf.random.experimental.stateless_fold_in(seed, number))
        for number, rows in enumerate(classes)
    ]
    turns = tf.roll(tf.stack(drawn, axis=1), -tf.cast(epoch, tf.int32), axis=1)
    return tf.reshape(turns, [-1])[:n]


def _drawn(rows: Ints, n: int, seed: tf.Tensor) -> tf.Tensor:
    """`n` of `rows`, all once in a new order before any comes again."""
    passes = -(-n // len(rows))
    keys = tf.random.stateless_uniform([passes, len(rows)], seed)
    order = tf.argsort(keys, axis=1, stable=True)
    return tf.reshape(tf.gather(tf.constant(rows, tf.int64), order), [-1])[:n]
