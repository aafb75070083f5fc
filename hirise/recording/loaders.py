"""Batches of images and labels as training loops have them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Ints
from hirise.errors import InputError
from hirise.recording.labels import as_array

_LABELS = ("labels", "label", "targets", "target", "y")
BATCH = 128
"""Images of an array that are predicted at a time."""


@dataclass(frozen=True, eq=False)
class Loader:
    """Batches, and what is known of the images in them.

    Attributes
    ----------
    batches : iterable
        Pairs of images and labels, or mappings with both.
    ordered : bool
        Whether each pass gives the same images in the same order.
    rows : (n,) int, optional
        Places of the images in the dataset.
    n_images : int, optional
        Of the dataset.
    labels : array, optional
        All labels of the dataset, as given.
    file_paths, class_names : sequence of str, optional
        As the dataset tells them.
    most : int, optional
        Images after which a pass ends.
    """

    batches: Iterable[Any]
    ordered: bool = True
    rows: Ints | None = None
    n_images: int | None = None
    labels: NDArray[Any] | None = None
    file_paths: Sequence[str] | None = None
    class_names: Sequence[str] | None = None
    most: int | None = None

    @property
    def is_part(self) -> bool:
        """Whether it gives only some of the images of its dataset."""
        rows, n = self.rows, self.n_images
        return rows is not None and n is not None and len(rows) < n

    def pairs(self) -> Iterator[tuple[Any, NDArray[Any]]]:
        """Images as the network takes them, and labels as given.

        Examples
        --------
        >>> loader = Loader([(np.zeros((2, 4)), [0, 1])])
        >>> [labels.tolist() for _, labels in loader.pairs()]
        [[0, 1]]
        """
        n = 0
        for batch in self.batches:
            if self.most is not None and n >= self.most:
                return
            x, labels = split_batch(batch)
            n += len(labels)
            yield x, labels


class Source(ABC):
    """Data that themselves know how to give some of their images."""

    @abstractmethod
    def loader(self, most: int | None) -> Loader:
        """All images, or at most so many, with the class frequencies of all."""


def rows_of(x: Any, rows: slice) -> Any:
    """Some images of a batch, where a network may take several arrays.

    Examples
    --------
    >>> rows_of({"pixels": np.arange(4)}, slice(1, None, 2))
    {'pixels': array([1, 3])}
    """
    if isinstance(x, Mapping):
        return {name: rows_of(value, rows) for name, value in x.items()}
    if isinstance(x, tuple | list):
        return type(x)(rows_of(value, rows) for value in x)
    return x[rows] if hasattr(x, "shape") else x


def few_of(batches: Sequence[Any], n: int) -> list[Any]:
    """About `n` images, spread over the batches.

    Examples
    --------
    >>> [few.tolist() for few in few_of([np.arange(4), np.arange(9)], 4)]
    [[0, 1], [0, 1]]
    """
    chosen = batches[:: max(1, len(batches) // n)]
    each = slice(max(1, n // max(1, len(chosen))))
    return [rows_of(x, each) for x in chosen]


def split_batch(batch: Any) -> tuple[Any, NDArray[Any]]:
    """The images and the labels of a batch.

    Raises
    ------
    InputError
        For a batch that is neither a pair nor a mapping with labels.

    Examples
    --------
    >>> images, labels = split_batch({"pixel_values": [[0.5]], "labels": [1]})
    >>> list(images), labels.tolist()
    (['pixel_values'], [1])
    """
    if isinstance(batch, Mapping) or hasattr(batch, "keys"):
        rest = {key: batch[key] for key in batch}
        for name in _LABELS:
            if name in rest:
                return rest, as_array(rest.pop(name))
    elif isinstance(batch, tuple | list) and len(batch) >= 2:
        return batch[0], as_array(batch[1])
    raise InputError(
        f"A batch is {type(batch).__name__}, where a pair of images and labels, or a "
        "mapping with `labels`, is expected.",
        how="Give a loader of pairs (images, labels).",
    )


def loader_of(
    data: Any, *, most: int | None, of_framework: Sequence[Callable[..., Any]] = ()
) -> Loader:
    """`data` as a loader of about `most` images, evenly spread where it can be told.

    `of_framework` read the loaders of a framework.

    Raises
    ------
    InputError
        For what cannot be iterated.

    Examples
    --------
    >>> loader = loader_of((np.zeros((300, 4)), np.zeros(300, int)), most=200)
    >>> [len(labels) for _, labels in loader.pairs()], loader.n_images
    ([128, 72], 300)
    """
    if isinstance(data, Source):
        return data.loader(most)
    for read in of_framework:
        found = read(data, most=most)
        if isinstance(found, Loader):
            return found
    if _is_arrays(data):
        return _arrays(data[0], as_array(data[1]), most)
    if not hasattr(data, "__iter__") or hasattr(data, "__next__"):
        raise InputError(
            f"A loader is expected, got {type(data).__name__}.",
            how="Give an iterable that can be read several times, or arrays.",
        )
    return Loader(batches=data, ordered=False, most=most)


def _is_arrays(data: Any) -> bool:
    if not isinstance(data, tuple | list) or len(data) != 2:
        return False
    return all(hasattr(part, "__len__") for part in data) and hasattr(data[0], "shape")


def _arrays(x: Any, y: NDArray[Any], most: int | None) -> Loader:
    if len(x) != len(y):
        raise InputError(
            f"There are {len(x):,} images and {len(y):,} labels.",
            how="Give as many labels as images.",
        )
    n, rows = len(y), np.arange(len(y))
    if most is not None and n > most:
        rows = (np.arange(most) * n) // most
    batches = [
        (x[rows[start : start + BATCH]], y[rows[start : start + BATCH]])
        for start in range(0, len(rows), BATCH)
    ]
    return Loader(batches=batches, rows=rows, n_images=n, labels=y)
