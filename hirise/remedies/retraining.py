"""Remedies that train again, and how several become one recipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from hirise.errors import InputError, nearest, shown
from hirise.recipes import SETTINGS, Recipe, recipe_named, to_dict, with_settings
from hirise.remedies.remedy import Redo

Data = Literal["", "split", "labels", "classes"]


def no_settings(recipe: Recipe) -> Mapping[str, str]:
    """Nothing of the recipe is changed."""
    return {}


@dataclass(frozen=True)
class TrainingRemedy:
    """A cure that needs a training.

    Attributes
    ----------
    key, title : str
        `title` is a noun phrase.
    redo : {"training", "labelling"}
        `labelling` also changes the data, or what is made of them.
    source : str
        Paper, with its arXiv id if it has one.
    effect, cost : str
        What to expect, and what it takes.
    change : function
        Settings of the recipe -> those that change, as `with_settings` takes them.
    base : str
        The recipe that takes the place of the run's own; "" for none.
    data : {"", "split", "labels", "classes"}
        What is changed of the data.
    """

    key: str
    title: str
    redo: Redo
    source: str
    effect: str
    cost: str = "as long as the training before"
    change: Callable[[Recipe], Mapping[str, str]] = no_settings
    base: str = ""
    data: Data = ""


SLOWER = 10
LONGER = 3
PATIENCE = 5
SMOOTHING = 0.1
_LOWEST_RATE = 1e-8


def _set(**settings: str) -> Callable[[Recipe], Mapping[str, str]]:
    return lambda recipe: settings


def _slower(recipe: Recipe) -> Mapping[str, str]:
    rate = max(recipe.learning_rate / SLOWER, _LOWEST_RATE)
    return {"learning_rate": f"{rate:.6g}"}


def _warm(recipe: Recipe) -> Mapping[str, str]:
    # `cosine` rises for an epoch already.
    return {"schedule": "warmup"} if recipe.schedule == "constant" else {}


def _turned(recipe: Recipe) -> Mapping[str, str]:
    return {"augment": "symmetries"} if recipe.augment == "none" else {}


def _smoothed(recipe: Recipe) -> Mapping[str, str]:
    return {} if recipe.label_smoothing else {"label_smoothing": f"{SMOOTHING}"}


def _stopped(recipe: Recipe) -> Mapping[str, str]:
    patience = min(recipe.patience or PATIENCE, PATIENCE)
    return {"patience": str(patience), "select_by": "macro_f1"}


def _longer(recipe: Recipe) -> Mapping[str, str]:
    most = int(SETTINGS["epochs"].largest)
    return {"epochs": str(min(recipe.epochs * LONGER, most))}


_CUI = "Cui et al. (2019), arXiv:1901.05555"
_LIN = "Lin et al. (2017), arXiv:1708.02002"

TRAINING_REMEDIES = (
    TrainingRemedy(
        "lower-learning-rate",
        "Lower learning rate",
        "training",
        "Bengio (2012), arXiv:1206.5533",
        "A tenth of the rate: units that died of too large steps stay alive, so that "
        "a network which gave one answer to every image begins to learn.",
        change=_slower,
    ),
    TrainingRemedy(
        "warm-up",
        "Warm-up",
        "training",
        "Goyal et al. (2017), arXiv:1706.02677",
        "The learning rate rises during the first epoch, so that the first steps, "
        "which are the roughest, kill fewer units.",
        change=_warm,
    ),
    TrainingRemedy(
        "output-bias",
        "Output bias of the class shares",
        "training",
        f"{_LIN}, section 4.1",
        "The last layer starts from the class shares and need not learn them first: "
        "fewer rough steps at the start. It does not raise rare classes.",
        change=_set(output_bias="log-shares"),
    ),
    TrainingRemedy(
        "class-weights",
        "Class weights",
        "training",
        f"{_CUI}, its baseline",
        "Errors count 1 / landmarks of the class: rare classes are named much more "
        "often; balanced accuracy rises, accuracy often falls.",
        change=_set(class_weights="inverse"),
    ),
    TrainingRemedy(
        "class-weights-sqrt",
        "Class weights by the root",
        "training",
        "Mahajan et al. (2018), arXiv:1805.00932",
        "Errors count 1 / √landmarks of the class: between plain training and full "
        "weights, at less cost in accuracy.",
        change=_set(class_weights="inverse-sqrt"),
    ),
    TrainingRemedy(
        "effective-number",
        "Effective number of landmarks",
        "training",
        _CUI,
        "Errors count by the effective number of landmarks: like full weights among "
        "rare classes, while frequent ones stop losing weight.",
        change=_set(class_weights="effective-number"),
    ),
    TrainingRemedy(
        "balanced-batches",
        "Balanced batches",
        "training",
        "Kang et al. (2020), arXiv:1910.09217",
        "Each class is shown equally often: rare ones are named more often, and their "
        "few images can be learned by heart.",
        change=_set(balanced_batches="true"),
    ),
    TrainingRemedy(
        "focal-loss",
        "Focal loss",
        "training",
        _LIN,
        "Images that are right already count little, so that the many easy ones of "
        "the largest class do not drown the rest. Confidence falls.",
        change=_set(loss="focal"),
    ),
    TrainingRemedy(
        "logit-adjusted-loss",
        "Logit-adjusted loss",
        "training",
        "Menon et al. (2021), arXiv:2007.07314",
        "The network must lift rare classes against their shares: balanced accuracy "
        "rises, accuracy often falls.",
        change=_set(loss="logit-adjusted", label_smoothing="0"),
    ),
    TrainingRemedy(
        "batch-norm",
        "Batch normalisation",
        "training",
        "Ioffe and Szegedy (2015), arXiv:1502.03167",
        "Each convolution's output is brought to one scale: higher learning rates do "
        "not kill units, and training is faster.",
        cost="a little longer than the training before",
        change=_set(batch_norm="true"),
    ),
    TrainingRemedy(
        "augmentation",
        "Augmentation by the eight symmetries",
        "training",
        "Dieleman et al. (2016), arXiv:1602.02660",
        "Images come turned and mirrored: less is learned by heart. Brightness stays, "
        "as bright and dark dunes differ by it.",
        change=_turned,
    ),
    TrainingRemedy(
        "label-smoothing",
        "Label smoothing",
        "training",
        "Szegedy et al. (2016), arXiv:1512.00567",
        "A tenth of each label is spread over all classes: confidence is lower and "
        "closer to the truth. It does not raise rare classes.",
        change=_smoothed,
    ),
    TrainingRemedy(
        "early-stopping",
        "Early stopping by macro-F1",
        "training",
        "Prechelt (1998), Early Stopping: But When?",
        f"Training stops after {PATIENCE} epochs without a better macro-F1 on val, "
        "and the best epoch is kept.",
        cost="as long as the training before, or less",
        change=_stopped,
    ),
    TrainingRemedy(
        "select-by-macro-f1",
        "Best epoch by macro-F1",
        "training",
        "Opitz and Burst (2019), arXiv:1911.03347",
        "The epoch with the best macro-F1 on val is kept: by accuracy a collapsed one "
        "can win.",
        change=_set(select_by="macro_f1"),
    ),
    TrainingRemedy(
        "more-epochs",
        "More epochs",
        "training",
        "Hoffer et al. (2017), arXiv:1705.08741",
        "Three times the epochs: helps where the loss was still falling, and "
        "overfits where it was not.",
        cost="three times as long",
        change=_longer,
    ),
    TrainingRemedy(
        "split-by-group",
        "Split by observation or landmark",
        "labelling",
        "Kapoor and Narayanan (2022), arXiv:2207.07048",
        "Copies and neighbours of training images leave the test: the score comes "
        "down to what new images would give. It cures the measure, not the network.",
        data="split",
    ),
    TrainingRemedy(
        "repaired-labels",
        "Repaired labels",
        "labelling",
        "Northcutt et al. (2021), arXiv:2103.14749",
        "Labels that do not belong to their images are replaced by the catalog's: "
        "there is something to learn again.",
        data="labels",
    ),
    TrainingRemedy(
        "leave-class-out",
        "A class left out",
        "labelling",
        "Challenges With Classifying Martian Images (2024), its experiment",
        "Without the largest class the others must be told apart; its images are no "
        "longer answered for.",
        cost="less than the training before",
        data="classes",
    ),
    TrainingRemedy(
        "transfer",
        "Transfer from a trained backbone",
        "training",
        "Yosinski et al. (2014), arXiv:1411.1792",
        "A network that was trained on many photographs gives the features, and only "
        "a small head is learned: rare classes need fewer images.",
        cost="minutes",
        base="probe",
    ),
    TrainingRemedy(
        "fine-tuning",
        "Fine-tuning of a trained backbone",
        "training",
        "Kornblith et al. (2019), arXiv:1805.08974",
        "As transfer, and then the whole network learns on with a low rate: the best "
        "scores, at the highest cost.",
        cost="much longer than a small network",
        base="finetune",
    ),
)

TRAINING_KEYS = tuple(remedy.key for remedy in TRAINING_REMEDIES)

_WEIGHTS = ("class-weights", "class-weights-sqrt", "effective-number")
_RAISING = (*_WEIGHTS, "balanced-batches", "logit-adjusted-loss")
_BACKBONES = ("transfer", "fine-tuning")
_OF_NETWORK = ("batch-norm", "lower-learning-rate", "warm-up", "output-bias")


def training_remedy(key: str) -> TrainingRemedy:
    """The training remedy called `key`.

    Raises
    ------
    InputError
        There is none.
    """
    for remedy in TRAINING_REMEDIES:
        if remedy.key == key:
            return remedy
    hint = nearest(key, TRAINING_KEYS)
    raise InputError(f"{shown(key)!r} is no remedy that trains again.{hint}")


def check_training_pairs(keys: Sequence[str], later: Sequence[str] = ()) -> None:
    """Refuse training remedies that fight each other, or what comes after them.

    Parameters
    ----------
    keys : sequence of str
        Of training remedies.
    later : sequence of str
        Of remedies without training, applied to the new run.
    """
    for first, second in combinations(keys, 2):
        reason = "once is enough" if first == second else _why_not({first, second})
        if reason:
            raise InputError(f"{first} with {second} makes no sense: {reason}.")
    raising = [key for key in keys if key in _RAISING]
    if raising and "prior-shift" in later:
        raise InputError(
            f"{raising[0]} with prior-shift makes no sense: the network no longer "
            "follows the class shares of training, which prior-shift divides by."
        )


def _why_not(pair: set[str]) -> str:
    if pair <= set(_RAISING):
        return "both raise the rare classes, the second on top of the first"
    if pair == {"focal-loss", "logit-adjusted-loss"}:
        return "a training has one loss"
    if pair == {"output-bias", "balanced-batches"}:
        return "in balanced batches all classes are equally frequent"
    if pair == {"output-bias", "logit-adjusted-loss"}:
        return "the loss adds the logarithm of the shares itself"
    if pair == {"label-smoothing", "logit-adjusted-loss"}:
        return "the loss would lift the smoothed shares of rare classes once more"
    if pair == {"early-stopping", "select-by-macro-f1"}:
        return "early stopping keeps the best epoch by macro-F1 already"
    if pair == set(_BACKBONES):
        return "fine-tuning begins with what transfer does"
    if pair & set(_BACKBONES) and pair & set(_OF_NETWORK):
        return "another network with settings of its own takes the place of this one"
    return ""


def changed_recipe(
    recipe: Recipe,
    remedies: Sequence[TrainingRemedy],
    extra: Mapping[str, str] | None = None,
) -> Recipe:
    """`recipe` after the remedies, then `extra` settings.

    Raises
    ------
    InputError
        A remedy that changes nothing, or settings that do not go together.
    """
    for remedy in sorted(remedies, key=lambda one: not one.base):
        base = recipe_named(remedy.base) if remedy.base else recipe
        changed = with_settings(base, remedy.change(base))
        if not remedy.data and to_dict(changed) == to_dict(recipe):
            raise InputError(
                f"{remedy.key} changes nothing: the run was trained so already. Choose "
                "another remedy."
            )
        recipe = changed
    return with_settings(recipe, extra or {})


def changes_between(before: Recipe, after: Recipe) -> dict[str, str]:
    """Settings that differ, each as "from to", by name."""
    one, two = to_dict(before), to_dict(after)
    return {k: f"{_text(one[k])} → {_text(two[k])}" for k in one if one[k] != two[k]}


def _text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
