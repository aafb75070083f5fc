"""Which of many classes are confused: pairs, their neighbours, and groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from hirise.metrics.cells import Cells
from hirise.metrics.metrics import Ints

N_BLOCKS = 40
"""Rows and columns of `confusion_blocks`: more marks make a browser slow."""


class Pair(NamedTuple):
    """Images of one true class predicted as one class, and the other way round.

    `of_true` and `of_predicted` are fractions of all images of the true class and of
    all predictions of the other, NaN where there are none.
    """

    n: int
    n_reverse: int
    of_true: float
    of_predicted: float


def confused_pair(
    cells: Cells, names: Sequence[str], true: str, predicted: str
) -> Pair:
    """How often one class is predicted as another.

    Raises
    ------
    ValueError
        A name that is no class.

    Examples
    --------
    >>> from hirise.metrics.cells import confusion_cells
    >>> truth, predicted = np.array([0, 0, 0, 1]), np.array([0, 1, 1, 0])
    >>> cells = confusion_cells(truth, predicted, 2)
    >>> pair = confused_pair(cells, ("a", "b"), "a", "b")
    >>> pair.n, pair.n_reverse, round(pair.of_true, 2), pair.of_predicted
    (2, 1, 0.67, 1.0)
    """
    t, p = (names.index(name) for name in (true, predicted))
    n = cells.of(t, p).n_images
    row, column = cells.of(true=t).n_images, cells.of(predicted=p).n_images
    return Pair(
        n,
        cells.of(p, t).n_images,
        n / row if row else np.nan,
        n / column if column else np.nan,
    )


def confused_with(
    cells: Cells, names: Sequence[str], true: str, predicted: str, *, most: int = 12
) -> pd.DataFrame:
    """The confusion matrix of two classes and those that they are most confused with.

    Parameters
    ----------
    true, predicted : str
        Names of classes, which come first; "" for any.
    most : int
        Classes in all.

    Returns
    -------
    DataFrame of int
        Images by true class (index) and predicted class (columns).

    Examples
    --------
    >>> from hirise.metrics.cells import confusion_cells
    >>> truth, predicted = np.array([0, 0, 1, 3]), np.array([1, 2, 1, 3])
    >>> cells = confusion_cells(truth, predicted, 4)
    >>> list(confused_with(cells, ("a", "b", "c", "d"), "a", "b", most=3).index)
    ['a', 'b', 'c']
    """
    chosen = [names.index(name) for name in dict.fromkeys((true, predicted)) if name]
    n_with = np.zeros(len(names), dtype=np.int64)
    wrong = cells.true != cells.predicted
    for end, other in ((cells.true, cells.predicted), (cells.predicted, cells.true)):
        touching = wrong & (np.isin(end, chosen) if chosen else True)
        np.add.at(n_with, other[touching], cells.n[touching])
    n_with[chosen] = 0
    others = np.argsort(-n_with, kind="stable")[: max(0, most - len(chosen))]
    ids = [*chosen, *(int(i) for i in others if n_with[i])]
    place = np.full(len(names), -1)
    place[ids] = np.arange(len(ids))
    kept = (place[cells.true] >= 0) & (place[cells.predicted] >= 0)
    counts = np.zeros((len(ids), len(ids)), dtype=np.int64)
    counts[place[cells.true[kept]], place[cells.predicted[kept]]] = cells.n[kept]
    shown = [names[i] for i in ids]
    return pd.DataFrame(
        counts,
        index=pd.Index(shown, name="true"),
        columns=pd.Index(shown, name="predicted"),
    )


def confused_groups(cells: Cells, *, most: int) -> list[list[int]]:
    """Groups of classes that are confused with each other, beside their like.

    Classes are merged like clusters of single linkage, most similar first: by the
    misclassified images that two share, of all images of both. Groups are then put
    beside the groups that they are confused with.

    Parameters
    ----------
    cells : Cells
    most : int
        Classes in one group.

    Returns
    -------
    list of lists of class ids
        Each class is in one group; those without any confusion come last.

    Examples
    --------
    >>> from hirise.metrics.cells import confusion_cells
    >>> true, predicted = np.array([0, 1, 2, 3, 3]), np.array([2, 1, 0, 1, 3])
    >>> confused_groups(confusion_cells(true, predicted, 4), most=2)
    [[0, 2], [1, 3]]
    """
    low, high = _confused_pairs(cells)
    groups = _clusters(cells.n_classes, low, high, most)
    group_of = np.empty(cells.n_classes, dtype=np.int64)
    for number, ids in enumerate(groups):
        group_of[ids] = number
    chains = _clusters(len(groups), group_of[low], group_of[high], len(groups))
    return [groups[number] for chain in chains for number in chain]


def _clusters(n_items: int, low: Ints, high: Ints, most: int) -> list[list[int]]:
    """Items merged pair by pair, up to `most`; those in no pair come last."""
    members = {i: [i] for i in range(n_items)}
    cluster_of = list(range(n_items))
    for i, j in zip(low.tolist(), high.tolist(), strict=True):
        _merge(members, cluster_of, i, j, most)
    is_paired = np.zeros(n_items, dtype=bool)
    is_paired[low] = is_paired[high] = True
    return sorted(members.values(), key=lambda ids: (not is_paired[ids[0]], -len(ids)))


def _confused_pairs(cells: Cells) -> tuple[Ints, Ints]:
    """Pairs of classes that are confused, most similar first."""
    wrong = cells.true != cells.predicted
    low = np.minimum(cells.true, cells.predicted)[wrong]
    high = np.maximum(cells.true, cells.predicted)[wrong]
    keys, at = np.unique(low * cells.n_classes + high, return_inverse=True)
    shared = np.bincount(at, cells.n[wrong], minlength=len(keys))
    low, high = np.divmod(keys.astype(np.int64), cells.n_classes)
    totals = cells.totals()
    size = totals.true + totals.predicted
    weight = shared / np.maximum(size[low] + size[high], 1)
    order = np.argsort(-weight, kind="stable")
    return low[order], high[order]


def _merge(
    members: dict[int, list[int]], cluster_of: list[int], i: int, j: int, most: int
) -> None:
    """Join the clusters of two items, so that these come close, unless too large."""
    a, b = cluster_of[i], cluster_of[j]
    if a == b or len(members[a]) + len(members[b]) > most:
        return
    first, second = members[a], members.pop(b)
    # Each near the end where the two clusters meet.
    if first.index(i) < len(first) / 2:
        first.reverse()
    if second.index(j) >= len(second) / 2:
        second.reverse()
    first.extend(second)
    for member in second:
        cluster_of[member] = a


class Blocks(NamedTuple):
    """Groups of classes by groups of classes.

    Attributes
    ----------
    classes : tuple of tuple of str
        The classes of each group, confused groups beside each other.
    table : DataFrame
        One row per pair of groups with misclassified images: `true` and `predicted`
        (numbers of groups), `n` (misclassified images), `frequency` (of all images of
        the true group), and the most frequent confusion in it: `true_class`,
        `predicted_class`, `n_pair`.
    """

    classes: tuple[tuple[str, ...], ...]
    table: pd.DataFrame


def confusion_blocks(
    cells: Cells, class_names: Sequence[str], *, n_blocks: int = N_BLOCKS
) -> Blocks:
    """Misclassified images between groups of classes that are confused with each other.

    Parameters
    ----------
    cells : Cells
    class_names : sequence of str
    n_blocks : int
        At most so many groups.

    Examples
    --------
    >>> from hirise.metrics.cells import confusion_cells
    >>> truth, predicted = np.array([0, 1, 2, 3]), np.array([2, 1, 0, 1])
    >>> cells = confusion_cells(truth, predicted, 4)
    >>> blocks = confusion_blocks(cells, ("a", "b", "c", "d"), n_blocks=2)
    >>> blocks.classes
    (('a', 'c'), ('b', 'd'))
    >>> blocks.table[["true", "predicted", "n", "frequency"]]
       true  predicted  n  frequency
    0     0          0  2        1.0
    1     1          1  1        0.5
    """
    names = np.array(class_names, dtype=object)
    groups = _packed(confused_groups(cells, most=-(-len(names) // n_blocks)), n_blocks)
    block_of = np.empty(len(names), dtype=np.int64)
    for number, ids in enumerate(groups):
        block_of[ids] = number
    n_images = np.bincount(block_of, cells.totals().true)
    wrong = cells.true != cells.predicted
    pairs = pd.DataFrame(
        {
            "true": block_of[cells.true[wrong]],
            "predicted": block_of[cells.predicted[wrong]],
            "n_pair": cells.n[wrong],
            "true_class": names[cells.true[wrong]],
            "predicted_class": names[cells.predicted[wrong]],
        }
    ).sort_values("n_pair", ascending=False, kind="stable")
    grouped = pairs.groupby(["true", "predicted"], sort=True)
    table = grouped.first().reset_index()
    table["n"] = grouped["n_pair"].sum().to_numpy()
    table["frequency"] = table["n"] / n_images[table["true"].to_numpy(dtype=int)]
    return Blocks(tuple(tuple(map(str, names[ids])) for ids in groups), table)


def _packed(groups: list[list[int]], n_blocks: int) -> list[list[int]]:
    """Groups put together, first fit, until there are at most `n_blocks`."""
    size = max(map(len, groups), default=1)
    while True:
        packed: list[list[int]] = []
        for ids in groups:
            fitting = (block for block in packed if len(block) + len(ids) <= size)
            block = next(fitting, None)
            if block is None:
                packed.append(list(ids))
            else:
                block.extend(ids)
            if len(packed) > n_blocks:
                break
        else:
            return packed
        size += max(1, size // 8)
