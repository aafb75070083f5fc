"""Proof of a shuffle: labels that are the correct ones, shuffled too often.

Keras' `image_dataset_from_directory(labels=LIST)` shuffles the list that it is given,
in place (Keras 3.15.1, `dataset_utils.index_directory`). Its k-th call with one list
pairs the images with labels that were shuffled k − 1 times before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hirise.metrics.metrics import Ints

MOST_PASSES = 4
COMMON_SEEDS = (123, 0, 1, 42, 13, 1337, 2024, 1234, 12345, 7, 2023, 2025)
LAST_SEED = 9_999
UNLIKELY = -6.0
"""Log10 of the largest chance, over all that is tried, that a match is an accident."""

_PROBE = 48


@dataclass(frozen=True)
class Shuffle:
    """How the labels of a split were shuffled.

    Attributes
    ----------
    split : str
    seed : int
        Of `numpy.random.RandomState(seed).shuffle`.
    passes : int
        How often the list was shuffled before, 1 to 4.
    n_images : int
        Images of the split that were compared; all of them match.
    n_listed : int
        Labels in the list.
    log10_chance : float
        Of the probability that some seed and number of passes matches by accident.
    """

    split: str
    seed: int
    passes: int
    n_images: int
    n_listed: int
    log10_chance: float


def shuffled_order(
    n: int, *, seed: int, state: np.random.RandomState | None = None
) -> NDArray[np.int64]:
    """(n,) which entry of a list comes to each place when it is shuffled once.

    `numpy.random.RandomState(seed).shuffle` moves a list and an array alike. A `state`
    is seeded anew, which takes a hundredth of the time that making one does.

    Examples
    --------
    >>> labels = ["a", "b", "c", "d"]
    >>> order = shuffled_order(4, seed=123)
    >>> np.random.RandomState(123).shuffle(labels)
    >>> labels == [["a", "b", "c", "d"][i] for i in order]
    True
    """
    order = np.arange(n)
    state = state or np.random.RandomState()
    state.seed(seed)
    state.shuffle(order)
    return order


def sources(order: Ints, places: Ints, passes: int) -> Iterator[Ints]:
    """Which entries come to `places` after one, two, … `passes` such shuffles.

    Examples
    --------
    >>> order = np.array([1, 2, 0])
    >>> [places.tolist() for places in sources(order, np.array([0]), passes=3)]
    [[1], [2], [0]]
    """
    for _ in range(passes):
        places = order[places]
        yield places


def find_shuffle(
    right: Ints,
    seen: Ints,
    split: NDArray[np.str_],
    *,
    seeds: Iterable[int] | None = None,
    seed: int | None = None,
    passes: int = MOST_PASSES,
) -> tuple[Shuffle, ...]:
    """Look for the seed and the number of passes that make the seen labels exactly.

    Parameters
    ----------
    right : (n_listed,) int
        The correct labels of the list that was passed, by file name.
    seen : (n_listed,) int
        The labels that were seen at these places.
    split : (n_listed,) str
        The split in which each place was seen; "" for none. A split is compared by
        itself, since each comes from a call of its own.
    seeds : iterable of int, optional
        By default `seed`, `COMMON_SEEDS` and 0 to 9,999, in this order.
    seed : int, optional
        The run's own.
    passes : int
        At most so many.

    Returns
    -------
    tuple of Shuffle
        One per split that is proven, all with the first seed that proves any. A split
        whose labels are correct, or whose match could be an accident, has none.

    Examples
    --------
    >>> correct = np.arange(30) % 8
    >>> seen = correct[shuffled_order(30, seed=42)]
    >>> (shuffle,) = find_shuffle(correct, seen, np.full(30, "train"))
    >>> shuffle.seed, shuffle.passes, shuffle.n_images
    (42, 1, 30)
    """
    tried = _seeds(seed) if seeds is None else tuple(dict.fromkeys(seeds))
    chance = np.log10(max(len(tried) * passes, 1))
    probes = _probes(right, seen, split, chance)
    if not probes:
        return ()
    state = np.random.RandomState()
    for number in tried:
        order = shuffled_order(len(right), seed=number, state=state)
        shuffles = tuple(_matches(probes, right, order, passes, number))
        if shuffles:
            return shuffles
    return ()


@dataclass(frozen=True)
class _Probe:
    """One split: where it was seen, what was seen, and the rarest few of them."""

    split: str
    places: Ints
    labels: Ints
    few: Ints
    few_labels: Ints
    log10_chance: float


def _seeds(seed: int | None) -> tuple[int, ...]:
    own = () if seed is None or not 0 <= seed < 2**32 else (seed,)
    return tuple(dict.fromkeys((*own, *COMMON_SEEDS, *range(LAST_SEED + 1))))


def _probes(
    right: Ints, seen: Ints, split: NDArray[np.str_], log10_tried: float
) -> list[_Probe]:
    """The splits whose labels are not correct and where a match is no accident."""
    names, ids = np.unique(right, return_inverse=True)
    log_share = np.log10(np.bincount(ids) / len(right))
    probes = []
    for name in np.unique(split[split != ""]):
        places = np.flatnonzero(split == name)
        labels = seen[places]
        if np.array_equal(labels, right[places]) or not np.isin(labels, names).all():
            continue
        telling = log_share[np.searchsorted(names, labels)]
        chance = float(telling.sum() + log10_tried)
        if chance > UNLIKELY:
            continue
        few = np.argsort(telling, kind="stable")[:_PROBE]
        probe = _Probe(str(name), places, labels, places[few], labels[few], chance)
        probes.append(probe)
    return probes


def _matches(
    probes: list[_Probe], right: Ints, order: Ints, passes: int, seed: int
) -> Iterator[Shuffle]:
    for probe in probes:
        # Nearly every seed fails on a few rare labels already.
        for number, few in enumerate(sources(order, probe.few, passes), start=1):
            if not np.array_equal(right[few], probe.few_labels):
                continue
            *_, all_of_them = sources(order, probe.places, number)
            if np.array_equal(right[all_of_them], probe.labels):
                yield Shuffle(
                    split=probe.split,
                    seed=seed,
                    passes=number,
                    n_images=len(probe.places),
                    n_listed=len(right),
                    log10_chance=probe.log10_chance,
                )
                break
