"""Batches of images and labels in any framework, and a fixed sample of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hirise.arrays import Ints

SAMPLE = 2_000
"""Training images, at most, on which each epoch is evaluated."""
BATCH = 128
"""Images of a sample or an array that are taken at a time."""
MOST_BYTES = 512 * 2**20
"""Memory, at most, for images that are kept from a pipeline."""

Batch = tuple[Any, Ints]
ReadIds = Callable[[NDArray[Any]], Ints]
"""Labels as they are given -> class ids."""


def fixed_sample(labels: Ints, rows: Ints, *, seed: int, most: int = SAMPLE) -> Ints:
    """At most `most` of `rows`, with nearly the class frequencies of all of them.

    Frequencies that differed would move the loss by as much as a verdict is about.

    Examples
    --------
    >>> labels = np.repeat([0, 1], [80, 20])
    >>> sample = fixed_sample(labels, np.arange(100), seed=0, most=10)
    >>> np.bincount(labels[sample])
    array([8, 2])
    """
    if len(rows) <= most:
        return rows
    mixed = np.random.default_rng(seed).permutation(rows)
    by_class = mixed[np.argsort(labels[mixed], kind="stable")]
    return np.sort(by_class[(np.arange(most) * len(rows)) // most])


@dataclass(frozen=True)
class Sample:
    """Images to evaluate on, and the labels of all images that they are taken from.

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

    def part(self, most: int, take: Callable[[Any, Any], Any]) -> Sample:
        """At most `most` of it; `take` gives the images at places of a batch."""
        rows = fixed_sample(self.ids, self.rows, seed=0, most=most)
        chosen = np.isin(self.rows, rows)

        def batches() -> Iterator[Batch]:
            n = 0
            for x, ids in self.batches():
                places = np.flatnonzero(chosen[n : n + len(ids)])
                n += len(ids)
                if len(places):
                    yield take(x, places), ids[places]

        return Sample(batches, self.ids, rows)


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledBatches(ABC):
    """Batches of images and labels that can be iterated over again and again.

    Attributes
    ----------
    n_images, n_batches : int or None
        None where only a pass over the data would tell.
    ordered : bool
        Whether each pass gives the images in the same order, as far as can be seen.
    labels : array or None
        All labels as given, where they are in memory.
    file_paths, class_names : sequence of str or None
        As the data set itself tells them.
    """

    data: Any
    n_images: int | None = None
    n_batches: int | None = None
    ordered: bool = True
    labels: NDArray[Any] | None = None
    file_paths: Sequence[str] | None = None
    class_names: Sequence[str] | None = None

    @abstractmethod
    def __iter__(self) -> Iterator[tuple[Any, NDArray[Any]]]:
        """Pairs of images, as the network takes them, and labels as given."""

    def map_arrays(self, function: Callable[[Any], Any], x: Any) -> Any:
        """`function` of each array in a batch, where a network takes several."""
        return function(x)

    def take(self, x: Any, rows: Any) -> Any:
        """The images at `rows` of a batch."""
        return self.map_arrays(lambda part: np.asarray(part)[rows], x)

    def join(self, parts: Sequence[Any]) -> Any:
        """Batches as one."""
        return np.concatenate(parts)

    def sample(self, read_ids: ReadIds, most: int = SAMPLE) -> Sample:
        """At most `most` images, with nearly the class frequencies of all.

        Every so many-th image of each class is kept in memory, in one pass; fewer of
        them if they are large.
        """
        kept: list[Batch] = []
        all_ids: list[Ints] = []
        places: list[Ints] = []
        seen: dict[int, int] = {}
        n_seen, n_kept, fraction, limit = 0, 0, 0.0, most
        for x, y in self:
            ids = read_ids(y)
            if not all_ids:
                most = min(limit, MOST_BYTES // max(self._bytes_per_image(x), 1))
                fraction = min(1.0, most / self._most_images(len(ids)))
            all_ids.append(ids)
            rows = [
                row for row, label in enumerate(ids) if _is_due(label, seen, fraction)
            ][: most - n_kept]
            if rows:
                n_kept += len(rows)
                places.append(n_seen + np.array(rows))
                packed = self.map_arrays(_Packed.of, self.take(x, rows))
                kept.append((packed, ids[rows]))
            n_seen += len(ids)
        return Sample(
            lambda: self._unpacked(kept),
            np.concatenate(all_ids),
            np.concatenate(places),
        )

    def _most_images(self, batch_size: int) -> int:
        """How many images a pass gives, at most."""
        if self.n_images is not None:
            return self.n_images
        if self.n_batches is not None:
            return self.n_batches * batch_size
        return sum(len(y) for _, y in self)

    def _bytes_per_image(self, x: Any) -> int:
        sizes: list[int] = []

        def measure(part: Any) -> None:
            values = _Packed.of(np.asarray(part)).array
            sizes.append(values.nbytes // max(len(values), 1))

        self.map_arrays(measure, x)
        return sum(sizes)

    def _unpacked(self, kept: list[Batch]) -> Iterator[Batch]:
        """Batches of many images, whatever few were kept of each."""
        parts: list[Batch] = []
        for number, (x, ids) in enumerate(kept, start=1):
            parts.append((self.map_arrays(lambda packed: packed.unpacked(), x), ids))
            if number == len(kept) or sum(len(few) for _, few in parts) >= BATCH:
                images = self.join([few for few, _ in parts])
                yield images, np.concatenate([few for _, few in parts])
                parts = []


def _is_due(label: int, seen: dict[int, int], fraction: float) -> bool:
    """Whether the next image of a class belongs to the sample; counts it in `seen`."""
    before = seen.get(label, 0)
    seen[label] = before + 1
    return int((before + 1) * fraction + 0.5) > int(before * fraction + 0.5)


@dataclass(frozen=True)
class _Packed:
    """An array; whole numbers from 0 to 255 are kept as bytes."""

    array: NDArray[Any]
    dtype: Any

    @classmethod
    def of(cls, part: NDArray[Any]) -> _Packed:
        if part.dtype == np.float32 and part.ndim > 2:
            # NaN and values beyond a byte cast to anything; the comparison finds them.
            with np.errstate(invalid="ignore"):
                small = part.astype(np.uint8)
            if np.array_equal(small, part):
                return cls(small, part.dtype)
        return cls(part, part.dtype)

    def unpacked(self) -> NDArray[Any]:
        return self.array.astype(self.dtype, copy=False)
