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
ALL = (RUN, BOTH, FILE, CURVES)
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


def _is_uneven(family: Family) -> bool:
    return max(family.shares) > 4 * min(family.shares)


def _is_binary(family: Family) -> bool:
    return len(family.class_names) == 2


def _is_coloured(family: Family) -> bool:
    return family.channels == 3


def _has_many(family: Family) -> bool:
    return len(family.class_names) >= 4


def _sound(setup: Setup, rng: np.random.Generator, severity: float) -> None:
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


def _hard(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    """Images that show their class faintly: weak, but for no fault of the training."""
    for split, images in setup.images.items():
        noise = rng.normal(128, 60, images.shape)
        mixed = (1 - severity) * images + severity * noise
        setup.images[split] = np.clip(mixed, 0, 255).round().astype(np.uint8)


def _rare_and_faint(setup: Setup, rng: np.random.Generator, severity: float) -> None:
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


def _shuffle(split: str) -> Change:
    def plant(setup: Setup, rng: np.random.Generator, severity: float) -> None:
        labels = setup.given[split]
        rows = np.flatnonzero(rng.random(len(labels)) < severity)
        labels[rows] = labels[rng.permutation(rows)]

    return plant


def _reported(text: str) -> Change:
    def plant(setup: Setup, rng: np.random.Generator, severity: float) -> None:
        setup.reported = text

    return plant


def _other_epoch(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    setup.reported = "of the first epoch"
    setup.epochs = 14


def _off_by_one(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    # Sorted by class as a folder is read: most neighbours share a label, so by several.
    setup.given["train"] = np.roll(setup.given["train"], int(severity))
    setup.given["val"] = np.roll(setup.given["val"], int(severity))


def _absent_class(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    label = int(rng.integers(1, len(setup.class_names)))
    _keep(setup, "train", setup.truth["train"] != label)


def _sorted_split(setup: Setup, rng: np.random.Generator, severity: float) -> None:
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


def _mislabelled_class(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    wrong, into = rng.choice(len(setup.class_names), 2, replace=False)
    labels = setup.given["train"]
    rows = np.flatnonzero(labels == wrong)
    labels[rows[rng.random(len(rows)) < severity]] = into


def _noisy(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    for labels in setup.given.values():
        rows = np.flatnonzero(rng.random(len(labels)) < severity)
        labels[rows] = rng.integers(0, len(setup.class_names), len(rows))


def _noisy_pairs(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    n = len(setup.class_names)
    for labels in setup.given.values():
        rows = np.flatnonzero(rng.random(len(labels)) < severity)
        labels[rows] = (labels[rows] + 1) % n


def _leak(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    """Most of val are mirrored copies of training images."""
    n = len(setup.images["val"])
    copied = int(severity * n)
    rows = rng.permutation(len(setup.images["train"]))[:copied]
    setup.images["val"][:copied] = setup.images["train"][rows][:, :, ::-1]
    setup.truth["val"][:copied] = setup.truth["train"][rows]
    setup.given["val"] = setup.truth["val"].copy()


def _scale(text: str, *splits: str, rate: float | None = None) -> Change:
    def plant(setup: Setup, rng: np.random.Generator, severity: float) -> None:
        for split in splits or tuple(SPLITS):
            setup.scales[split] = text
        if rate is not None:
            setup.rate = rate

    return plant


def _black(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    for images in setup.images.values():
        images[rng.random(len(images)) < severity] = 0


def _set(**values: Any) -> Change:
    def plant(setup: Setup, rng: np.random.Generator, severity: float) -> None:
        for name, value in values.items():
            setattr(setup, name, value)

    return plant


def _by_severity(name: str, factor: float = 1.0, **values: Any) -> Change:
    def plant(setup: Setup, rng: np.random.Generator, severity: float) -> None:
        setattr(setup, name, factor * severity)
        for key, value in values.items():
            setattr(setup, key, value)

    return plant


def _narrow(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    setup.outputs = max(2, len(setup.class_names) - int(severity))
    labels = setup.given["train"]
    # As a wrong `num_classes` does with one-hot labels: the last classes are cut off.
    labels[labels >= setup.outputs] = 0


def _one_unit(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    setup.outputs, setup.last, setup.loss = 1, "softmax", "binary_cross_entropy"


def _inverted(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    counts = np.bincount(setup.truth["train"], minlength=len(setup.class_names))
    weights = (counts / counts.mean()) ** severity
    setup.weights = [float(w) for w in weights]


def _misplaced(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    counts = np.bincount(setup.truth["train"], minlength=len(setup.class_names))
    weights = counts.mean() / counts
    setup.weights = [float(w) for w in np.roll(weights, 1) ** severity]


def _few_of_a_class(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    label = int(np.argmin(np.bincount(setup.truth["train"])))
    rows = np.flatnonzero(setup.truth["train"] == label)
    kept = np.ones(len(setup.truth["train"]), dtype=bool)
    kept[rows[int(severity) :]] = False
    _keep(setup, "train", kept)


def _few_images(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    kept = np.zeros(len(setup.truth["train"]), dtype=bool)
    kept[rng.permutation(len(kept))[: int(severity)]] = True
    for label in range(len(setup.class_names)):
        kept[np.flatnonzero(setup.truth["train"] == label)[:4]] = True
    _keep(setup, "train", kept)
    setup.epochs, setup.batch = 60, 16


def _priors(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    """Val has the frequent class as seldom as others, and the last one most often."""
    labels = setup.truth["val"]
    n = len(setup.class_names)
    shares = 1 / np.maximum(1, np.bincount(labels, minlength=n))
    shares[-1] *= severity
    p = shares[labels] / shares[labels].sum()
    rows = rng.choice(len(labels), len(labels), p=p)
    setup.images["val"], setup.truth["val"] = setup.images["val"][rows], labels[rows]
    setup.given["val"] = setup.truth["val"].copy()


def _late(setup: Setup, rng: np.random.Generator, severity: float) -> None:
    setup.epochs, setup.rate_from = 16, (10, severity)


FAULTS: tuple[Fault, ...] = (
    Fault(SOUND, "", _sound, (1.0, 1.5)),
    Fault("hard images", "", _hard, (0.6, 0.8), forms=ALL),
    Fault(
        "rare classes that look like the frequent one",
        "majority-by-threshold",
        _rare_and_faint,
        (0.6, 0.75),
        needs=_is_uneven,
        forms=(RUN, BOTH, FILE),
        also=("class-too-rare", ""),
    ),
    Fault(
        "training labels shuffled",
        "training-labels-scrambled",
        _shuffle("train"),
        (0.7, 1.0),
    ),
    Fault(
        "validation labels shuffled",
        "validation-labels-scrambled",
        _shuffle("val"),
        (1.0,),
        forms=(RUN, BOTH),
    ),
    Fault(
        "labels joined off by one",
        "training-labels-scrambled",
        _off_by_one,
        (1.0, 3.0),
        also=("validation-labels-scrambled",),  # both splits are joined so
    ),
    Fault(
        "predictions in another order",
        "predictions-in-another-order",
        _reported("permuted"),
        forms=(BOTH,),
        also=("predictions-of-another-model",),
    ),
    Fault(
        "predictions of another epoch",
        "predictions-of-another-model",
        _other_epoch,
        forms=(BOTH,),
        also=("predictions-in-another-order",),
    ),
    Fault(
        "classes in another order",
        "class-order-permuted",
        _reported("renamed"),
        forms=(BOTH, FILE),
    ),
    Fault(
        "a class absent from training",
        "class-absent-from-training",
        _absent_class,
        needs=_has_many,
        forms=(RUN,),
    ),
    Fault(
        "sorted images with a validation split",
        "classes-differ",
        _sorted_split,
        needs=_has_many,
        forms=(RUN, BOTH),
        also=("class-absent-from-training",),
    ),
    Fault(
        "a class mislabelled",
        "class-mislabelled",
        _mislabelled_class,
        (0.8,),
        needs=_has_many,
        forms=(RUN,),
    ),
    Fault("noisy labels", "noisy-labels", _noisy, (0.4,), forms=(RUN,)),
    Fault(
        "labels noisy in pairs",
        "noisy-labels",
        _noisy_pairs,
        (0.4,),
        needs=_has_many,
        forms=(RUN,),
        also=("class-mislabelled",),
    ),
    Fault(
        "evaluated images copied from training",
        "split-leaks",
        _leak,
        (0.9,),
        forms=(),
    ),
    Fault(
        "input divided by 255 twice",
        "input-badly-scaled",
        _scale("0-1/255"),
        forms=(RUN,),
    ),
    Fault(
        "input from 0 to 255",
        "input-badly-scaled",
        _scale("0-255", rate=1e-2),
        forms=(RUN,),
        also=("network-dead",),
    ),
    Fault(
        "input cut to whole numbers", "input-badly-scaled", _scale("cut"), forms=(RUN,)
    ),
    Fault(
        "validation not scaled",
        "validation-preprocessed-otherwise",
        _scale("0-255", "val"),
        forms=(RUN,),
    ),
    Fault(
        "validation in other colours",
        "validation-preprocessed-otherwise",
        _scale("bgr", "val"),
        needs=_is_coloured,
        forms=(RUN,),
    ),
    Fault(
        "unreadable images read as black",
        "images-unreadable",
        _black,
        (0.4,),
        forms=(RUN,),
    ),
    Fault(
        "augmentation that destroys the class",
        "augmentation-destroys",
        _set(augment="destroying"),
        forms=(RUN,),
    ),
    Fault(
        "last layer too narrow",
        "head-too-narrow",
        _narrow,
        (1.0, 2.0),
        needs=_has_many,
        forms=(RUN,),
    ),
    Fault(
        "softmax over one unit",
        "head-too-narrow",
        _one_unit,
        needs=_is_binary,
        forms=(RUN,),
        also=("loss-and-last-layer",),
    ),
    Fault(
        "softmax before a loss of logits",
        "loss-and-last-layer",
        _set(last="softmax", rate=1e-2),
        forms=(RUN,),
    ),
    Fault(
        "rectifier on the logits",
        "wrong-last-activation",
        _set(last="relu", rate=5e-3),
        forms=(RUN,),
        also=("loss-and-last-layer",),
    ),
    Fault(
        "rate too high",
        "network-dead",
        _by_severity("rate"),
        (0.05, 0.2),
        forms=(RUN,),
    ),
    Fault(
        "rate too low",
        "rate-too-low",
        _by_severity("rate"),
        (1e-6, 1e-5),
        forms=(RUN,),
        also=("too-few-epochs",),
    ),
    Fault(
        "Adadelta at .001",
        "rate-too-low",
        _set(optimiser="Adadelta", rate=1e-3),
        forms=(RUN,),
        also=("too-few-epochs",),
    ),
    Fault(
        "regularisation too strong",
        "regularisation-too-strong",
        _by_severity("decay"),
        (0.3, 1.0),
        forms=(RUN,),
    ),
    Fault(
        "dropout too strong",
        "dropout-too-strong",
        _by_severity("dropout"),
        (0.95,),
        forms=(RUN,),
        also=("regularisation-too-strong",),
    ),
    Fault(
        "moving averages that lag",
        "modes-differ",
        _set(normalise=True, momentum=1e-4),
        forms=(RUN,),
    ),
    Fault(
        "batches of two with batch normalisation",
        "modes-differ",
        _set(normalise=True, batch=2, epochs=5),
        forms=(RUN,),
    ),
    Fault(
        "random features frozen",
        "backbone-frozen-random",
        _set(frozen=True),
        forms=(RUN,),
    ),
    Fault(
        "vanishing gradients",
        "gradients-vanish",
        _set(network="deep", activation="sigmoid"),
        forms=(RUN,),
    ),
    Fault(
        "exploding gradients",
        "gradients-explode",
        _set(network="deep", initial="large", optimiser="SGD", rate=0.1),
        forms=(RUN,),
        also=("network-dead",),
    ),
    Fault(
        "weights that start at zero",
        "zero-initial-weights",
        _set(initial="zero"),
        forms=(RUN,),
    ),
    Fault(
        "late divergence",
        "diverged-late",
        _late,
        (0.3,),
        forms=WITH_CURVES,
        also=("network-dead",),  # which the rate leaves in the end
    ),
    Fault(
        "class weights inverted",
        "class-weights-wrong",
        _inverted,
        (1.0,),
        needs=_is_uneven,
        forms=(RUN,),
        also=("majority-by-threshold",),
    ),
    Fault(
        "class weights of other classes",
        "class-weights-wrong",
        _misplaced,
        (1.0,),
        needs=_is_uneven,
        forms=(RUN,),
    ),
    Fault(
        "too few images of a class",
        "class-too-rare",
        _few_of_a_class,
        (4.0,),
        needs=_has_many,
        forms=(RUN,),
    ),
    Fault("overfitted", "overfitted", _few_images, (60.0,), forms=(RUN, CURVES, BOTH)),
    Fault(
        "stopped too early",
        "too-few-epochs",
        _set(epochs=2, rate=4e-4),
        forms=(RUN,),
        also=("rate-too-low",),
    ),
    Fault(
        "the first epoch kept",
        "wrong-epoch-kept",
        _set(kept="first"),
        forms=(RUN, BOTH),
        also=("predictions-of-another-model",),
    ),
    Fault(
        "other class frequencies in val",
        "priors-differ",
        _priors,
        (6.0,),
        needs=_is_uneven,
        forms=(RUN,),
    ),
    Fault(
        "squared error on class labels",
        "loss-for-numbers",
        _set(loss="mse", last="relu"),
        forms=(RUN,),
        also=("loss-and-last-layer", "wrong-last-activation"),
    ),
)
