"""The families of images that faults are planted in: drawn here, or photographs.

Each draws its images from a seed; those of photographs lie in one file that
`collect.py` writes. Only NumPy is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIZE = 24
"""Height and width of all images."""
SPLITS = {"train": 900, "val": 300}
"""Images of each split; families of photographs have more to train on."""

Drawn = tuple[NDArray[np.uint8], NDArray[np.int64]]


@dataclass(frozen=True)
class Family:
    """One family of images.

    Attributes
    ----------
    name : str
    class_names : tuple of str
    shares : tuple of float
        Frequencies of the classes.
    channels : int
    draw : function of (labels, generator) to (n, SIZE, SIZE, channels) float, 0 to 1
    epochs : int
        After which a sound training has learned them.
    n_train : int
    """

    name: str
    class_names: tuple[str, ...]
    shares: tuple[float, ...]
    channels: int
    draw: Callable[[NDArray[np.int64], np.random.Generator], NDArray[np.float64]]
    epochs: int = 12
    n_train: int = SPLITS["train"]

    def split(self, n: int, rng: np.random.Generator) -> Drawn:
        """Images and labels of one split; each class occurs."""
        shares = np.array(self.shares) / sum(self.shares)
        counts = np.maximum(3, np.floor(shares * n)).astype(int)
        counts[counts.argmax()] += n - counts.sum()
        labels = rng.permutation(np.repeat(np.arange(len(counts)), counts))
        pixels = np.clip(self.draw(labels, rng), 0, 1) * 255
        return pixels.round().astype(np.uint8), labels.astype(np.int64)


def _grid() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    steps = np.linspace(-1, 1, SIZE)
    rows, columns = np.meshgrid(steps, steps, indexing="ij")
    return rows, columns


def _gratings(
    labels: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Stripes whose direction is the class."""
    rows, columns = _grid()
    angle = np.pi * labels / (labels.max() + 1) + rng.normal(0, 0.07, len(labels))
    phase = rng.uniform(0, 2 * np.pi, len(labels))
    wave = np.sin(
        9
        * (np.cos(angle)[:, None, None] * rows + np.sin(angle)[:, None, None] * columns)
        + phase[:, None, None]
    )
    noise = rng.normal(0, 0.18, (len(labels), SIZE, SIZE))
    return (0.5 + 0.25 * wave + noise)[..., None]


def _shapes(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """A disc, a ring, a cross, a square or bars, of any colour, on any background."""
    rows, columns = _grid()
    images = np.empty((len(labels), SIZE, SIZE, 3))
    for number, label in enumerate(labels):
        y, x = rng.uniform(-0.35, 0.35, 2)
        size = rng.uniform(0.35, 0.6)
        r, c = np.abs(rows - y), np.abs(columns - x)
        radius = np.hypot(r, c)
        inside = (
            radius < size,
            (radius < size) & (radius > 0.6 * size),
            ((r < 0.15) | (c < 0.15)) & (np.maximum(r, c) < size),
            np.maximum(r, c) < 0.85 * size,
            (np.sin(14 * (columns - x)) > 0) & (np.maximum(r, c) < size),
        )[label]
        colours = rng.uniform(0, 1, (2, 3))
        if abs(colours[0].mean() - colours[1].mean()) < 0.25:
            colours[0] = 1 - colours[1]
        images[number] = np.where(inside[..., None], colours[0], colours[1])
    return images + rng.normal(0, 0.08, images.shape)


def _hues(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Clouds of one brightness whose colour alone is the class."""
    hues = np.array(
        [[0.85, 0.35, 0.2], [0.2, 0.65, 0.3], [0.35, 0.4, 0.9], [0.7, 0.55, 0]]
    )
    clouds = _smooth(rng.normal(0, 1, (len(labels), SIZE, SIZE)))
    base = hues[labels][:, None, None] * (0.75 + 0.35 * clouds[..., None])
    return base + rng.normal(0, 0.22, base.shape)


def _smooth(noise: NDArray[np.float64]) -> NDArray[np.float64]:
    for axis in (1, 2):
        for _ in range(3):
            noise = (np.roll(noise, 1, axis) + noise + np.roll(noise, -1, axis)) / 3
    return noise / noise.std()


def _craters(
    labels: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Rough ground (class 0) with a bowl, a mound, streaks or dunes."""
    rows, columns = _grid()
    ground = 0.12 * _smooth(rng.normal(0, 1, (len(labels), SIZE, SIZE)))
    for number, label in enumerate(labels):
        y, x = rng.uniform(-0.3, 0.3, 2)
        radius = np.hypot(rows - y, columns - x) / rng.uniform(0.35, 0.55)
        bowl = np.exp(-(radius**2)) * (columns - x) * 1.1
        streaks = 0.22 * (np.abs(np.sin(7 * (columns + 0.2 * rows) + x)) > 0.9)
        dunes = 0.2 * np.sin(11 * (rows + 0.3 * np.sin(3 * columns + y)))
        ground[number] += (0 * rows, bowl, -bowl, streaks, dunes)[label]
    return (0.5 + ground + rng.normal(0, 0.05, ground.shape))[..., None]


_GLYPHS = (
    *("11110000", "00001111", "10101010", "11000011", "00111100", "11001100"),
    *("10011001", "01100110", "11101000", "00010111", "10110001", "01001110"),
)


def _glyphs(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Twelve signs: a code of eight strokes, shifted and noisy."""
    images = np.zeros((len(labels), SIZE, SIZE))
    for number, label in enumerate(labels):
        y, x = rng.integers(0, 6, 2)
        for stroke, bit in enumerate(_GLYPHS[label]):
            if bit == "1":
                row, column = divmod(stroke, 2)
                top, left = y + 4 * row, x + 9 * column
                images[number, top : top + 3, left : left + 8] = 1
    return (0.15 + 0.6 * images + rng.normal(0, 0.25, images.shape))[..., None]


def _rare(labels: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Tissue-like clouds in colour; the rare class has a dark spot."""
    clouds = _smooth(rng.normal(0, 1, (len(labels), SIZE, SIZE)))
    images = np.array([0.85, 0.6, 0.75]) + 0.08 * clouds[..., None]
    rows, columns = _grid()
    for number in np.flatnonzero(labels):
        y, x = rng.uniform(-0.6, 0.6, 2)
        spot = np.exp(-(((rows - y) ** 2 + (columns - x) ** 2) / 0.05))
        images[number] -= spot[..., None] * np.array([0.35, 0.45, 0.2])
    return images + rng.normal(0, 0.05, images.shape)


DRAWN = (
    Family(
        "gratings", ("d0", "d30", "d60", "d90", "d120", "d150"), (1,) * 6, 1, _gratings
    ),
    Family("shapes", ("disc", "ring", "cross", "square", "bars"), (1,) * 5, 3, _shapes),
    Family("hues", ("amber", "green", "violet", "olive"), (4, 3, 2, 1), 3, _hues),
    Family(
        "craters",
        ("plain", "crater", "mound", "streak", "dune"),
        (60, 15, 11, 8, 6),
        1,
        _craters,
    ),
    Family("glyphs", tuple(f"sign {n:02d}" for n in range(12)), (1,) * 12, 1, _glyphs),
    Family("rare", ("benign", "malignant"), (85, 15), 3, _rare),
)


def photographs(file: Path) -> tuple[Family, ...]:
    """The families of real images in a file that `collect.py` writes.

    Examples
    --------
    >>> photographs(Path("absent.npz"))
    ()
    """
    if not file.exists():
        return ()
    stored = np.load(file)
    return tuple(_photographs(str(name), stored) for name in stored["families"])


def _photographs(name: str, stored: np.lib.npyio.NpzFile) -> Family:
    pixels, of = stored[f"{name}.pixels"], stored[f"{name}.labels"]
    names, groups = (
        tuple(map(str, stored[f"{name}.class_names"])),
        stored[f"{name}.groups"],
    )
    # Both splits of a training draw with one generator, and share no group.
    taken: dict[int, set[int]] = {}

    def draw(
        labels: NDArray[np.int64], rng: np.random.Generator
    ) -> NDArray[np.float64]:
        others = taken.setdefault(id(rng), set())
        is_last = bool(others)
        free = ~np.isin(groups, list(others))
        chosen = np.empty(len(labels), dtype=int)
        for label in np.unique(labels):
            rows = np.flatnonzero(free & (of == label))
            if not is_last:
                # A part of each class's groups is left for the other split.
                some = rng.permutation(np.unique(groups[rows]))
                rows = rows[
                    np.isin(groups[rows], some[: max(1, int(0.75 * len(some)))])
                ]
            wanted = np.flatnonzero(labels == label)
            chosen[wanted] = np.resize(rng.permutation(rows), len(wanted))
        others.update(map(int, groups[chosen]))
        if is_last:
            del taken[id(rng)]
        return pixels[chosen].astype(np.float64) / 255

    counts = np.bincount(of, minlength=len(names))
    shares = tuple(map(float, counts))
    return Family(name, names, shares, pixels.shape[-1], draw, epochs=25, n_train=2_400)
