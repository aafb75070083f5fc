"""A fixed sample of the training images, on which each epoch is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from hirise.training.epoch_judge import SAMPLE, Ints, fixed_sample
from hirise.training.labelled_batches import Arrays, LabelledBatches, rows_of

MOST_BYTES = 512 * 2**20
"""Memory, at most, for images that are kept from a pipeline."""

Batch = tuple[Any, Ints]


@dataclass(frozen=True)
class Sample:
    """Images to judge on, and the labels of all images that they were taken from.

    Attributes
    ----------
    batches : function
        Gives an iterator over (images, ids) of the sample.
    ids : (n_images,) int
        Of all training images, in the order in which they came.
    rows : (n,) int
        Which of them are in the sample, in its order.
    """

    batches: Callable[[], Iterator[Batch]]
    ids: Ints
    rows: Ints


def take_sample(
    data: LabelledBatches, ids_of: Callable[[NDArray[Any]], Ints]
) -> Sample:
    """At most 2,000 images, with nearly the class shares of all; the same every time.

    Of arrays, places are remembered; the images of a pipeline are kept in memory, in
    one pass over it, and fewer of them if they are large.
    """
    if isinstance(data, Arrays):
        ids = ids_of(data.y)
        rows = fixed_sample(ids, np.arange(len(ids)), seed=0)
        return Sample(lambda: _labelled(data.at(rows), ids_of), ids, rows)
    return _from_pass(data, ids_of)


def _labelled(
    batches: Iterator[tuple[Any, NDArray[Any]]],
    ids_of: Callable[[NDArray[Any]], Ints],
) -> Iterator[Batch]:
    for x, y in batches:
        yield x, ids_of(y)


def _from_pass(data: LabelledBatches, ids_of: Callable[[NDArray[Any]], Ints]) -> Sample:
    """Every so many-th image of each class, which keeps the class shares."""
    kept: list[Batch] = []
    all_ids: list[Ints] = []
    seen: dict[int, int] = {}
    places: list[Ints] = []
    n_seen, n_kept, share, most = 0, 0, 0.0, SAMPLE
    for x, y in data:
        ids = ids_of(y)
        if not all_ids:
            most = min(SAMPLE, MOST_BYTES // max(_bytes_per_image(x), 1))
            share = min(1.0, most / _n_images(data, len(ids)))
        all_ids.append(ids)
        rows = [row for row, one in enumerate(ids) if _is_due(int(one), seen, share)]
        rows = rows[: most - n_kept]
        if rows:
            n_kept += len(rows)
            places.append(n_seen + np.array(rows))
            kept.append((_packed(rows_of(x, rows)), ids[rows]))
        n_seen += len(ids)
    return Sample(
        lambda: _unpacked(kept), np.concatenate(all_ids), np.concatenate(places)
    )


def _n_images(data: LabelledBatches, batch_size: int) -> int:
    """How many images a pass gives, at most."""
    if data.n_images is not None:
        return data.n_images
    if data.n_batches is not None:
        return data.n_batches * batch_size
    return sum(len(y) for _, y in data)


def _is_due(one: int, seen: dict[int, int], share: float) -> bool:
    """Whether the next image of class `one` belongs to the sample."""
    before = seen.get(one, 0)
    seen[one] = before + 1
    return int((before + 1) * share + 0.5) > int(before * share + 0.5)


def _bytes_per_image(x: Any) -> int:
    parts = keras.tree.flatten(_packed(rows_of(x, slice(None))))
    return sum(one.values.nbytes // max(len(one.values), 1) for one in parts)


@dataclass(frozen=True)
class _Packed:
    """An array; whole numbers from 0 to 255 are kept as bytes."""

    values: NDArray[Any]
    dtype: Any

    def unpacked(self) -> NDArray[Any]:
        return self.values.astype(self.dtype, copy=False)


def _packed(x: Any) -> Any:
    return keras.tree.map_structure(_pack, x)


def _pack(part: NDArray[Any]) -> _Packed:
    if part.dtype == np.float32 and part.ndim > 2:
        with np.errstate(invalid="ignore"):
            small = part.astype(np.uint8)
        if np.array_equal(small, part):
            return _Packed(small, part.dtype)
    return _Packed(part, part.dtype)


def _unpacked(kept: list[Batch]) -> Iterator[Batch]:
    for x, ids in kept:
        yield keras.tree.map_structure(lambda one: one.unpacked(), x), ids
