"""Share groups of images out to sides; each side gets its part of each class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

N_SIDES = 3
# Few groups leave few good answers: several are tried and the best is kept. With many,
# one is as good as another, and trying costs time.
MOST_TRIES = 20
GROUPS_TRIED = 4_000
# Which side goes without, when a class has fewer groups than there are sides.
TRAIN_TEST_VAL = (0, 2, 1)


def share_out(
    groups: NDArray[Any],
    labels: NDArray[Any],
    *,
    fractions: tuple[float, float, float],
    seed: int,
) -> Ints:
    """Assign each group to a side, stratified by class.

    Every class gets at least one group on each side, where it has that many. Then the
    counts per class and side are brought as near to the fractions as whole groups
    allow: the sum over classes and sides of ((count - wanted) / images of the class)².

    Parameters
    ----------
    groups, labels : (n_images,) int
        Group and class of each image; groups are numbered 0, 1, 2, …
    fractions : three float
        Wanted shares of the sides; their sum is 1.
    seed : int
        The same seed gives the same sides.

    Returns
    -------
    (n_images,) int
        Side of each image: 0, 1 or 2.
    """
    classes = np.unique(labels, return_inverse=True)[1]
    counts = np.zeros((groups.max() + 1, classes.max() + 1))
    np.add.at(counts, (groups, classes), 1)
    tries = int(np.clip(GROUPS_TRIED // len(counts), 1, MOST_TRIES))
    attempts = [
        Attempt(counts, fractions, np.random.default_rng((seed, number)))
        for number in range(tries)
    ]
    best = min(attempts, key=lambda attempt: attempt.badness)
    sides: Ints = best.sides[groups]
    return sides


class Attempt:
    """One way to share the groups out.

    Attributes
    ----------
    sides : (n_groups,) int
        The side of each group.
    badness : (int, float)
        Classes missing on a side, then the distance from the wanted counts.
    """

    def __init__(
        self,
        counts: Floats,
        fractions: tuple[float, float, float],
        rng: np.random.Generator,
    ) -> None:
        self.counts = counts
        self.weights = counts.sum(axis=0) ** -2.0
        self.fractions = np.asarray(fractions)
        # What each side still lacks of each class.
        self.lacking = np.outer(self.fractions, counts.sum(axis=0))
        self.groups_held = np.zeros(self.lacking.shape, dtype=np.int64)
        self.sides: Ints = np.full(len(counts), -1, dtype=np.int64)
        self._reserve(rng)
        self._fill(rng)
        self._improve(rng)

    @property
    def badness(self) -> tuple[int, float]:
        missing = int((self.groups_held == 0).sum())
        return missing, float((self.lacking**2 * self.weights).sum())

    def _reserve(self, rng: np.random.Generator) -> None:
        """Give each side a group of each class, the class in fewest groups first."""
        in_groups = (self.counts > 0).sum(axis=0)
        for number in np.argsort(in_groups, kind="stable"):
            for side in TRAIN_TEST_VAL:
                free = np.flatnonzero((self.counts[:, number] > 0) & (self.sides < 0))
                if self.groups_held[side, number] == 0 and len(free):
                    self._put(int(rng.choice(free)), side)

    def _fill(self, rng: np.random.Generator) -> None:
        """Put the largest groups first, each where it brings the counts nearest."""
        free = rng.permutation(np.flatnonzero(self.sides < 0))
        size = (self.counts[free] * np.sqrt(self.weights)).sum(axis=1)
        for group in free[np.argsort(-size, kind="stable")]:
            self._put(int(group), int(np.argmin(self._cost(group))))

    def _improve(self, rng: np.random.Generator) -> None:
        """Move single groups for as long as a move brings the counts nearer."""
        moved = True
        while moved:
            moved = False
            for group in rng.permutation(len(self.counts)):
                side = int(self.sides[group])
                held = self.counts[group] > 0
                if (self.groups_held[side, held] == 1).any():
                    continue
                self._take(int(group))
                cost = self._cost(group)
                better = int(np.argmin(cost))
                gains = cost[better] < cost[side] - 1e-12
                moved = moved or bool(gains)
                self._put(int(group), better if gains else side)

    def _cost(self, group: int) -> Floats:
        """How much farther from the wanted counts the group brings each side."""
        count = self.counts[group]
        change = (count**2 - 2 * self.lacking * count) * self.weights
        cost: Floats = change.sum(axis=1)
        return cost

    def _put(self, group: int, side: int) -> None:
        self.sides[group] = side
        self.lacking[side] -= self.counts[group]
        self.groups_held[side] += self.counts[group] > 0

    def _take(self, group: int) -> None:
        side = self.sides[group]
        self.lacking[side] += self.counts[group]
        self.groups_held[side] -= self.counts[group] > 0
