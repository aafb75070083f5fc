"""Images and labels as they are given to Keras: arrays, tf.data, PyDataset."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Ints
from hirise.errors import InputError
from hirise.recording.batches import (
    BATCH,
    SAMPLE,
    LabelledBatches,
    ReadIds,
    Sample,
    fixed_sample,
)


def labelled_batches(data: Any, argument: str) -> LabelledBatches:
    """`data` as batches of images and labels.

    Parameters
    ----------
    data : (x, y) or (x, y, weights), tf.data.Dataset, or keras.utils.PyDataset
        `x` may be an array or a nest of arrays. A dataset must be batched and finite.
    argument : str
        Its name, for messages.

    Raises
    ------
    InputError
        For anything else.

    Examples
    --------
    >>> batches = labelled_batches((np.zeros((3, 8, 8, 1)), [0, 1, 1]), "training_data")
    >>> batches.n_images, [y.tolist() for _, y in batches]
    (3, [[0, 1, 1]])
    """
    # Whoever has such a dataset has imported TensorFlow; others need not.
    tf = sys.modules.get("tensorflow")
    if tf is not None and isinstance(data, tf.data.Dataset):
        return _from_dataset(data, argument)
    if isinstance(data, keras.utils.PyDataset):
        if data.num_batches is None:
            raise InputError(
                f"`{argument}` never ends: its `num_batches` is None.",
                how="Give it a length.",
            )
        return _from_pydataset(data)
    if isinstance(data, tuple | list) and len(data) in (2, 3):
        return _from_arrays(data[0], np.asarray(data[1]), argument)
    raise InputError(
        f"`{argument}` must be (x, y) arrays, a batched tf.data.Dataset or a "
        f"keras.utils.PyDataset, got {type(data).__name__}."
    )


class _KerasBatches(LabelledBatches):
    def map_arrays(self, function: Callable[[Any], Any], x: Any) -> Any:
        return keras.tree.map_structure(function, x)

    def join(self, parts: Sequence[Any]) -> Any:
        return keras.tree.map_structure(lambda *some: np.concatenate(some), *parts)


@dataclass(frozen=True, kw_only=True, eq=False)
class Arrays(_KerasBatches):
    """Arrays in memory, or memory-mapped; `data` are the images."""

    labels: NDArray[Any]

    def __iter__(self) -> Iterator[tuple[Any, NDArray[Any]]]:
        return self._batches(np.arange(len(self.labels)))

    def _batches(self, rows: Ints) -> Iterator[tuple[Any, NDArray[Any]]]:
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            yield self.take(self.data, batch), self.labels[batch]

    def sample(self, read_ids: ReadIds, most: int = SAMPLE) -> Sample:
        """As of any batches, but only row numbers are kept."""
        ids = read_ids(self.labels)
        rows = fixed_sample(ids, np.arange(len(ids)), seed=0, most=most)
        return Sample(
            lambda: ((x, read_ids(y)) for x, y in self._batches(rows)), ids, rows
        )


class _Dataset(_KerasBatches):
    def __iter__(self) -> Iterator[tuple[Any, NDArray[Any]]]:
        for element in self.data:
            yield element[0], np.asarray(element[1])


class _PyDataset(_KerasBatches):
    def __iter__(self) -> Iterator[tuple[Any, NDArray[Any]]]:
        for number in range(self.n_batches or 0):
            element = self.data[number]
            yield element[0], np.asarray(element[1])


def _from_arrays(x: Any, y: NDArray[Any], argument: str) -> Arrays:
    parts = keras.tree.map_structure(np.asarray, x)
    lengths = {len(part) for part in keras.tree.flatten(parts)} | {len(y)}
    if len(lengths) > 1 or not len(y):
        counts = ", ".join(f"{n:,}" for n in sorted(lengths))
        raise InputError(
            f"`{argument}` needs as many images as labels, at least one, got {counts}."
        )
    n_batches = -(-len(y) // BATCH)
    return Arrays(data=parts, labels=y, n_images=len(y), n_batches=n_batches)


def _from_pydataset(data: Any) -> _PyDataset:
    """With names and paths where it is one of `flow_from_directory`."""
    paths = getattr(data, "filepaths", None)
    indices: dict[str, int] = getattr(data, "class_indices", {})
    is_flow = isinstance(paths, list) and bool(indices)
    return _PyDataset(
        data=data,
        n_batches=int(data.num_batches),
        ordered=not (is_flow and bool(getattr(data, "shuffle", False))),
        file_paths=list(map(str, paths)) if is_flow and paths is not None else None,
        class_names=sorted(indices, key=indices.__getitem__) if is_flow else None,
    )


def _from_dataset(data: Any, argument: str) -> _Dataset:
    import tensorflow as tf

    spec = data.element_spec
    if not isinstance(spec, tuple) or len(spec) not in (2, 3):
        raise InputError(f"`{argument}` must give pairs of images and labels (x, y).")
    # A label without an axis: the elements are single images, no batches.
    if getattr(spec[1], "shape", tf.TensorShape(None)).rank == 0:
        raise InputError(f"`{argument}` must be batched.", how="Add .batch(32) to it.")
    n_batches = int(data.cardinality())
    if n_batches == tf.data.INFINITE_CARDINALITY:
        raise InputError(
            f"`{argument}` never ends.", how="Give the dataset without .repeat()."
        )
    return _Dataset(
        data=data,
        # Negative where TensorFlow cannot tell, as after a filter.
        n_batches=n_batches if n_batches >= 0 else None,
        ordered=not _is_shuffled(data),
        file_paths=getattr(data, "file_paths", None),
        class_names=getattr(data, "class_names", None),
    )


def _is_shuffled(data: Any) -> bool:
    """Whether a step of the pipeline shuffles, which only class names tell."""
    if "Shuffle" in type(data).__name__:
        return True
    # Private, but nothing public shows the steps of a pipeline.
    return any(_is_shuffled(inner) for inner in data._inputs())
