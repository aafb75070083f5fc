"""One training and what is wrong with it: the faults, and where each can be planted.

A fault changes a `Setup`, which says everything of a training before it starts; the
training itself (`train.py`) knows nothing of faults. `cause` is what a doctor should
say; `also` is what would not be wrong either, since both hold or none can tell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from families import SPLITS, Family
from numpy.typing import NDArray

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]
SOUND = "sound"


@dataclass
class Setup:
    """A training before it starts.

    Attributes
    ----------
    images, truth : dict of split to arrays
        What the images show.
    given : dict of split to labels
        Those that training and evaluation get.
    scales : dict of split to str
        How pixels become numbers: `0-1`, `0-255`, `bgr`, `black`, `constant`,
        `mirrored` or `noise`.
    reported : str
        What becomes of the predictions on their way into a file.
    """

    class_names: tuple[str, ...]
    images: dict[str, Images]
    truth: dict[str, Labels]
    given: dict[str, Labels]
    scales: dict[str, str]
    seed: int
    network: str = "cnn"
    outputs: int = 0
    activation: str = "relu"
    last: str = "logits"
    normalise: bool = False
    momentum: float = 0.1
    dropout: float = 0.0
    initial: str = "usual"
    frozen: bool = False
    loss: str = "cross_entropy"
    weights: list[float] | None = None
    optimiser: str = "Adam"
    rate: float = 2e-3
    rate_from: tuple[int, float] | None = None
    decay: float = 0.0
    batch: int = 32
    epochs: int = 12
    augment: str = ""
    kept: str = "last"
    reported: str = "as they are"

    def recipe(self) -> dict[str, Any]:
        """What a user would write down of it."""
        return {"epochs": self.epochs, "batch_size": self.batch}


Change = Callable[[Setup, np.random.Generator, float], None]


@dataclass(frozen=True)
class Fault:
    """A kind of fault.

    Attributes
    ----------
    key : str
    cause : str
        The cause that a doctor should name; "" for sound trainings.
    plant : function of (Setup, generator, severity)
    severities : tuple of float
    also : tuple of str
        Other causes that are no error.
    needs : function of Family, optional
        Whether a family can have it.
    forms : tuple of str
        The evidence from which it can be told.
    """

    key: str
    cause: str
    plant: Change
    severities: tuple[float, ...] = (1.0,)
    also: tuple[str, ...] = ()
    needs: Callable[[Family], bool] = lambda family: True
    forms: tuple[str, ...] = ("run",)


RUN, BOTH, FILE, CURVES = "run", "predictions+curves", "predictions", "curves"
IMAGES = "run+images"
ALL = (RUN, IMAGES, BOTH, FILE, CURVES)
WITH_CURVES = (RUN, BOTH, CURVES)


def make(
    family: Family, fault: Fault, severity: float, network: str, seed: int
) -> Setup:
    """The training of a family with a fault; the same each time."""
    key = f"{family.name}/{fault.key}/{severity}/{network}/{seed}"
    rng = np.random.default_rng(list(key.encode()))
    images, truth = {}, {}
    for split, n in SPLITS.items():
        n = family.n_train if split == "train" else n
        images[split], truth[split] = family.split(n, rng)
    setup = Setup(
        family.class_names,
        images,
        truth,
        {split: labels.copy() for split, labels in truth.items()},
        dict.fromkeys(SPLITS, "0-1"),
        seed,
        network="mlp" if network == "mlp" else "cnn",
        epochs=family.epochs,
        normalise=network == "bn",
    )
    setup.outputs = len(family.class_names)
    fault.plant(setup, rng, severity)
    return setup


def _is_even(family: Family) -> bool:
    return max(family.shares) < 2 * min(family.shares)


def is_uneven(family: Family) -> bool:
    return max(family.shares) > 4 * min(family.shares)


def is_binary(family: Family) -> bool:
    return len(family.class_names) == 2


def is_coloured(family: Family) -> bool:
    return family.channels == 3


def has_many(family: Family) -> bool:
    return len(family.class_names) >= 4


def sound(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    """Usual settings, and longer trainings; which of them the seed says."""
    setup.epochs = int(setup.epochs * severity)
    if setup.seed == 1:
        setup.dropout = 0.4
    elif setup.seed == 2:
        setup.decay = 1e-3
    elif setup.seed == 3:
        setup.optimiser, setup.rate = "RMSprop", 1e-3
    elif setup.seed == 4:
        counts = np.bincount(setup.truth["train"], minlength=len(setup.class_names))
        setup.weights = [float(w) for w in (counts.mean() / counts) ** 0.5]


def hard(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    """Images that show their class faintly: weak, but for no fault of the training."""
    for split, images in setup.images.items():
        noise = rng.normal(128, 60, images.shape)
        mixed = (1 - severity) * images + severity * noise
        setup.images[split] = np.clip(mixed, 0, 255).round().astype(np.uint8)


def rare_and_faint(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    """Images of all but the most frequent class look much like it."""
    for split, images in setup.images.items():
        labels = setup.truth[split]
        most = int(np.bincount(labels).argmax())
        plain = np.flatnonzero(labels == most)
        rows = np.flatnonzero(labels != most)
        under = images[rng.choice(plain, len(rows))].astype(float)
        noise = rng.normal(0, 25, under.shape)
        mixed = (1 - severity) * images[rows] + severity * under + noise
        setup.images[split][rows] = np.clip(mixed, 0, 255).round().astype(np.uint8)
        noisy = images[plain] + rng.normal(0, 25, images[plain].shape)
        setup.images[split][plain] = np.clip(noisy, 0, 255).round().astype(np.uint8)


def shuffle(split: str) -> Change:
    def plant(setup: Setup, rng: np.random.Generator, severity: float) -> None:
        labels = setup.given[split]
        rows = np.flatnonzero(rng.random(len(labels)) < severity)
        labels[rows] = labels[rng.permutation(rows)]

    return plant


def reported(text: str) -> Change:
    def plant(setup: Setup, rng: np.random.Generator, severity: float) -> None:
        setup.reported = text

    return plant


def other_epoch(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    setup.reported = "of the first epoch"
    setup.epochs = 14


def off_by_one(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    # Sorted by class as a folder is read: most neighbours share a label, so by several.
    setup.given["train"] = np.roll(setup.given["train"], int(severity))
    setup.given["val"] = np.roll(setup.given["val"], int(severity))


def absent_class(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    label = int(rng.integers(1, len(setup.class_names)))
    _keep(setup, "train", setup.truth["train"] != label)


def sorted_split(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    """`validation_split` of sorted images: the last classes are in val alone."""
    images = np.concatenate(list(setup.images.values()))
    truth = np.concatenate(list(setup.truth.values()))
    order = np.argsort(truth, kind="stable")
    cut = int((1 - 0.2) * len(order))
    for split, rows in (("train", order[:cut]), ("val", order[cut:])):
        setup.images[split], setup.truth[split] = images[rows], truth[rows]
        setup.given[split] = truth[rows].copy()


def _keep(setup: Setup, split: str, kept: NDArray[np.bool_]) -> None:
    setup.images[split] = setup.images[split][kept]
    setup.truth[split] = setup.truth[split][kept]
    setup.given[split] = setup.given[split][kept]


def mislabelled_class(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    wrong, into = rng.choice(len(setup.class_names), 2, replace=False)
    labels = setup.given["train"]
    rows = np.flatnonzero(labels == wrong)
    labels[rows[rng.random(len(rows)) < severity]] = into


def noisy(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    for labels in setup.given.values():
        rows = np.flatnonzero(rng.random(len(labels)) < severity)
        labels[rows] = rng.integers(0, len(setup.class_names), len(rows))


def noisy_pairs(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    n = len(setup.class_names)
    for labels in setup.given.values():
        rows = np.flatnonzero(rng.random(len(labels)) < severity)
        labels[rows] = (labels[rows] + 1) % n


def leak(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    """Most of val are mirrored copies of training images."""
    n = len(setup.images["val"])
    copied = int(severity * n)
    rows = rng.permutation(len(setup.images["train"]))[:copied]
    setup.images["val"][:copied] = setup.images["train"][rows][:, :, ::-1]
    setup.truth["val"][:copied] = setup.truth["train"][rows]
    setup.given["val"] = setup.truth["val"].copy()


def scale(text: str, *splits: str, rate: float | None = None) -> Change:
    def plant(setup: Setup, rng: np.random.Generator, severity: float) -> None:
        for split in splits or tuple(SPLITS):
            setup.scales[split] = text
        if rate is not None:
            setup.rate = rate

    return plant


def black(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    for images in setup.images.values():
        images[rng.random(len(images)) < severity] = 0


def with_values(**values: Any) -> Change:
    def plant(setup: Setup, rng: np.random.Generator, severity: float) -> None:
        for name, value in values.items():
            setattr(setup, name, value)

    return plant


def by_severity(name: str, factor: float = 1.0, **values: Any) -> Change:
    def plant(setup: Setup, rng: np.random.Generator, severity: float) -> None:
        setattr(setup, name, factor * severity)
        for key, value in values.items():
            setattr(setup, key, value)

    return plant


def narrow(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    setup.outputs = max(2, len(setup.class_names) - int(severity))
    labels = setup.given["train"]
    # As a wrong `num_classes` does with one-hot labels: the last classes are cut off.
    labels[labels >= setup.outputs] = 0


def one_unit(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    setup.outputs, setup.last, setup.loss = 1, "softmax", "binary_cross_entropy"


def inverted(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    counts = np.bincount(setup.truth["train"], minlength=len(setup.class_names))
    weights = (counts / counts.mean()) ** severity
    setup.weights = [float(w) for w in weights]


def misplaced(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    counts = np.bincount(setup.truth["train"], minlength=len(setup.class_names))
    weights = counts.mean() / counts
    setup.weights = [float(w) for w in np.roll(weights, 1) ** severity]


def few_of_a_class(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    label = int(np.argmin(np.bincount(setup.truth["train"])))
    rows = np.flatnonzero(setup.truth["train"] == label)
    kept = np.ones(len(setup.truth["train"]), dtype=bool)
    kept[rows[int(severity) :]] = False
    _keep(setup, "train", kept)


def few_images(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    kept = np.zeros(len(setup.truth["train"]), dtype=bool)
    kept[rng.permutation(len(kept))[: int(severity)]] = True
    for label in range(len(setup.class_names)):
        kept[np.flatnonzero(setup.truth["train"] == label)[:4]] = True
    _keep(setup, "train", kept)
    setup.epochs, setup.batch = 60, 16


def priors(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    """Val has the frequent class as seldom as others, and the last one most often."""
    labels = setup.truth["val"]
    n = len(setup.class_names)
    shares = 1 / np.maximum(1, np.bincount(labels, minlength=n))
    shares[-1] *= severity
    p = shares[labels] / shares[labels].sum()
    rows = rng.choice(len(labels), len(labels), p=p)
    setup.images["val"], setup.truth["val"] = setup.images["val"][rows], labels[rows]
    setup.given["val"] = setup.truth["val"].copy()


def late(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    setup.epochs, setup.rate_from = 16, (10, severity)
