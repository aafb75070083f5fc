"""Images and labels as people give them to Keras, read batch by batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from hirise.errors import InputError

BATCH = 128
"""Images of an array that are taken at a time."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledBatches(ABC):
    """Batches of images and labels, as often as they are asked for.

    Attributes
    ----------
    n_images, n_batches : int or None
        None where only a pass over the data would tell.
    ordered : bool
        Whether each pass gives the images in the same order, as far as can be seen.
    file_paths, class_names : sequence of str or None
        What a dataset of `keras.utils.image_dataset_from_directory` says of itself.
    """

    data: Any
    n_images: int | None = None
    n_batches: int | None = None
    ordered: bool = True
    file_paths: Sequence[str] | None = None
    class_names: Sequence[str] | None = None

    @abstractmethod
    def __iter__(self) -> Iterator[tuple[Any, NDArray[Any]]]:
        """Pairs of images, as the network takes them, and labels as given."""


def labelled_batches(data: Any, name: str) -> LabelledBatches:
    """`data` as batches of images and labels.

    Parameters
    ----------
    data : (x, y) or (x, y, weights), tf.data.Dataset, or keras.utils.PyDataset
        `x` may be an array or a nest of arrays. A dataset must be batched and finite.
    name : str
        Of the argument, for messages.

    Raises
    ------
    InputError
        For anything else.
    """
    if isinstance(data, tf.data.Dataset):
        return _of_dataset(data, name)
    if isinstance(data, keras.utils.PyDataset):
        return _of_pydataset(data, name)
    if isinstance(data, tuple | list) and len(data) in (2, 3):
        return _of_arrays(data[0], np.asarray(data[1]), name)
    raise InputError(
        f"`{name}` must be (x, y) arrays, a batched tf.data.Dataset or a "
        f"keras.utils.PyDataset, got {type(data).__name__}."
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class Arrays(LabelledBatches):
    """Arrays held in memory, or mapped; `data` are the images, `y` the labels."""

    y: NDArray[Any]

    def __iter__(self) -> Iterator[tuple[Any, NDArray[Any]]]:
        return self.at(np.arange(len(self.y)))

    def at(self, rows: NDArray[np.int64]) -> Iterator[tuple[Any, NDArray[Any]]]:
        """Batches of the images at `rows` alone, in that order."""
        for start in range(0, len(rows), BATCH):
            some = rows[start : start + BATCH]
            yield rows_of(self.data, some), self.y[some]


class _Dataset(LabelledBatches):
    def __iter__(self) -> Iterator[tuple[Any, NDArray[Any]]]:
        for element in self.data:
            yield element[0], np.asarray(element[1])


class _PyDataset(LabelledBatches):
    def __iter__(self) -> Iterator[tuple[Any, NDArray[Any]]]:
        for number in range(self.n_batches or 0):
            element = self.data[number]
            yield element[0], np.asarray(element[1])


def rows_of(x: Any, rows: Any) -> Any:
    """The images at `rows` of an array, or of a nest of arrays."""
    return keras.tree.map_structure(lambda part: np.asarray(part)[rows], x)


def _of_arrays(x: Any, y: NDArray[Any], name: str) -> Arrays:
    parts = keras.tree.map_structure(np.asarray, x)
    lengths = {len(part) for part in keras.tree.flatten(parts)} | {len(y)}
    if len(lengths) > 1 or not len(y):
        found = ", ".join(f"{n:,}" for n in sorted(lengths))
        raise InputError(
            f"`{name}` needs as many images as labels, at least one, got {found}."
        )
    n_batches = -(-len(y) // BATCH)
    return Arrays(data=parts, y=y, n_images=len(y), n_batches=n_batches)


def _of_dataset(data: Any, name: str) -> _Dataset:
    spec = data.element_spec
    if not isinstance(spec, tuple) or len(spec) not in (2, 3):
        raise InputError(f"`{name}` must give pairs of images and labels (x, y).")
    if getattr(spec[1], "shape", tf.TensorShape(None)).rank == 0:
        raise InputError(f"`{name}` must be batched: add .batch(32) to it.")
    n_batches = int(data.cardinality())
    if n_batches == tf.data.INFINITE_CARDINALITY:
        raise InputError(f"`{name}` never ends: give it without .repeat().")
    return _Dataset(
        data=data,
        n_batches=n_batches if n_batches >= 0 else None,
        ordered=not _shuffles(data),
        file_paths=getattr(data, "file_paths", None),
        class_names=getattr(data, "class_names", None),
    )


def _of_pydataset(data: Any, name: str) -> _PyDataset:
    n_batches = data.num_batches
    if n_batches is None:
        raise InputError(f"`{name}` never ends: its `num_batches` is None.")
    return _PyDataset(data=data, n_batches=int(n_batches))


def _shuffles(data: Any) -> bool:
    """Whether a step of the pipeline shuffles; TensorFlow tells by class names only."""
    if "Shuffle" in type(data).__name__:
        return True
    return any(_shuffles(inner) for inner in data._inputs())
