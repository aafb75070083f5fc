"""Remedies that retrain: each changes the recipe or the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from hirise.errors import InputError
from hirise.recipes import SETTINGS, Recipe, recipe_named, to_dict, with_settings
from hirise.remedies.remedy import RemedyInfo, Requirement

Data = Literal["", "split", "labels", "class labels", "classes"]
Change = Callable[[Recipe], Mapping[str, str]]
"""A recipe -> the settings that change, as `with_settings` takes them."""

SLOWER = FASTER = 10
LONGER = 3
PATIENCE = 5
SMOOTHING = 0.1
_LOWEST_RATE, _HIGHEST_RATE = 1e-8, 1.0
_USUAL_DROPOUT = 0.2

_CUI = "Cui et al. (2019), arXiv:1901.05555"
_LIN = "Lin et al. (2017), arXiv:1708.02002"


def _set(**settings: str) -> Change:
    return lambda recipe: settings


def _change_nothing(recipe: Recipe) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, kw_only=True)
class TrainingRemedy(RemedyInfo):
    """A remedy that needs a training.

    Attributes
    ----------
    change : function
        What changes of the recipe.
    base : str
        The recipe that takes the place of the run's own; "" for none.
    data : {"", "split", "labels", "class labels", "classes"}
        What is changed of the data.
    """

    requires: Requirement = "training"
    cost: str = "as long as the training before"
    change: Change = _change_nothing
    base: str = ""
    data: Data = ""


def _lower_rate(recipe: Recipe) -> Mapping[str, str]:
    rate = max(recipe.learning_rate / SLOWER, _LOWEST_RATE)
    return {"learning_rate": f"{rate:.6g}"}


def _higher_rate(recipe: Recipe) -> Mapping[str, str]:
    rate = min(recipe.learning_rate * FASTER, _HIGHEST_RATE)
    return {"learning_rate": f"{rate:.6g}"}


def _less_dropout(recipe: Recipe) -> Mapping[str, str]:
    return {"dropout": f"{min(recipe.dropout, _USUAL_DROPOUT)}"}


def _warm_up(recipe: Recipe) -> Mapping[str, str]:
    # `cosine` begins with a warm-up of one epoch already.
    return {"schedule": "warmup"} if recipe.schedule == "constant" else {}


def _augment(recipe: Recipe) -> Mapping[str, str]:
    return {"augment": "symmetries"} if recipe.augment == "none" else {}


def _smooth_labels(recipe: Recipe) -> Mapping[str, str]:
    return {} if recipe.label_smoothing else {"label_smoothing": f"{SMOOTHING}"}


def _stop_early(recipe: Recipe) -> Mapping[str, str]:
    patience = min(recipe.patience or PATIENCE, PATIENCE)
    return {"patience": str(patience), "select_by": "macro_f1"}


def _train_longer(recipe: Recipe) -> Mapping[str, str]:
    most = int(SETTINGS["epochs"].largest)
    return {"epochs": str(min(recipe.epochs * LONGER, most))}


TRAINING_REMEDIES = (
    TrainingRemedy(
        key="lower-learning-rate",
        title="Lower learning rate",
        source="Bengio (2012), arXiv:1206.5533",
        effect="With a tenth of the learning rate, units that too large steps had "
        "killed stay alive, and a network that predicted the same for every "
        "image begins to learn.",
        change=_lower_rate,
    ),
    TrainingRemedy(
        key="higher-learning-rate",
        title="Higher learning rate",
        source="Bengio (2012), arXiv:1206.5533",
        effect="With ten times the learning rate, weights that hardly moved begin to "
        "learn. Where the rate was not too low, the training can diverge.",
        change=_higher_rate,
    ),
    TrainingRemedy(
        key="less-dropout",
        title="Less dropout",
        source="Srivastava et al. (2014), JMLR 15",
        effect=f"At most {_USUAL_DROPOUT} of the units are left out of a training "
        "step, so that enough are left to learn from.",
        change=_less_dropout,
    ),
    TrainingRemedy(
        key="less-regularisation",
        title="No penalty on the weights",
        source="Krogh and Hertz (1991), NIPS 4",
        effect="Without weight decay, weights that the penalty had kept near 0 can "
        "grow. More may be memorised.",
        change=_set(weight_decay="0"),
    ),
    TrainingRemedy(
        key="without-augmentation",
        title="No augmentation",
        source="Shorten and Khoshgoftaar (2019), J. Big Data 6:60",
        effect="Images are trained as they are, so that what shows the class stays. "
        "More may be memorised.",
        change=_set(augment="none"),
    ),
    TrainingRemedy(
        key="warm-up",
        title="Warm-up",
        source="Goyal et al. (2017), arXiv:1706.02677",
        effect="The learning rate rises during the first epoch, so that the first "
        "steps, which are the least stable, kill fewer units.",
        change=_warm_up,
    ),
    TrainingRemedy(
        key="output-bias",
        title="Output bias from class frequencies",
        source=f"{_LIN}, section 4.1",
        effect="The bias of the last layer starts from the class frequencies and need "
        "not learn them first, so there are fewer unstable steps at the start. "
        "It does not raise rare classes.",
        change=_set(output_bias="log-shares"),
    ),
    TrainingRemedy(
        key="class-weights",
        title="Class weights",
        source=f"{_CUI}, its baseline",
        effect="Each error is weighted by 1 / landmarks of the class: rare classes are "
        "predicted much more often. Balanced accuracy rises, but accuracy often "
        "falls.",
        change=_set(class_weights="inverse"),
    ),
    TrainingRemedy(
        key="class-weights-sqrt",
        title="Class weights by the square root",
        source="Mahajan et al. (2018), arXiv:1805.00932",
        effect="Each error is weighted by 1 / √landmarks of the class: the effect lies "
        "between plain training and full weights, at less cost in accuracy.",
        change=_set(class_weights="inverse-sqrt"),
    ),
    TrainingRemedy(
        key="effective-number",
        title="Effective number of landmarks",
        source=_CUI,
        effect="Each error is weighted by the effective number of landmarks of the "
        "class: rare classes get full weights, while frequent classes stop "
        "losing weight.",
        change=_set(class_weights="effective-number"),
    ),
    TrainingRemedy(
        key="balanced-batches",
        title="Balanced batches",
        source="Kang et al. (2020), arXiv:1910.09217",
        effect="Each class is shown equally often: rare classes are predicted more "
        "often, and their few images can be memorised.",
        change=_set(balanced_batches="true"),
    ),
    TrainingRemedy(
        key="focal-loss",
        title="Focal loss",
        source=_LIN,
        effect="Images that are classified correctly count little, so that the many "
        "easy images of the largest class do not outweigh the rest. Confidence "
        "falls.",
        change=_set(loss="focal"),
    ),
    TrainingRemedy(
        key="logit-adjusted-loss",
        title="Logit-adjusted loss",
        source="Menon et al. (2021), arXiv:2007.07314",
        effect="The network must raise rare classes against their frequency: balanced "
        "accuracy rises, but accuracy often falls.",
        # The loss would raise smoothed frequencies of rare classes once more.
        change=_set(loss="logit-adjusted", label_smoothing="0"),
    ),
    TrainingRemedy(
        key="batch-norm",
        title="Batch normalisation",
        source="Ioffe and Szegedy (2015), arXiv:1502.03167",
        effect="The output of each convolution is brought to one scale: higher "
        "learning rates do not kill units, and training is faster.",
        cost="a little longer than the training before",
        change=_set(batch_norm="true"),
    ),
    TrainingRemedy(
        key="augmentation",
        title="Augmentation by the eight symmetries",
        source="Dieleman et al. (2016), arXiv:1602.02660",
        effect="Images are rotated and mirrored: less is memorised. Brightness is not "
        "changed, as it separates bright from dark dunes.",
        change=_augment,
    ),
    TrainingRemedy(
        key="label-smoothing",
        title="Label smoothing",
        source="Szegedy et al. (2016), arXiv:1512.00567",
        effect="A tenth of each label is spread over all classes: confidence is "
        "lower and closer to accuracy. It does not raise rare classes.",
        change=_smooth_labels,
    ),
    TrainingRemedy(
        key="early-stopping",
        title="Early stopping by macro-F1",
        source="Prechelt (1998), Early Stopping: But When?",
        effect=f"Training stops after {PATIENCE} epochs without a better macro-F1 on "
        "val, and the best epoch is kept.",
        cost="as long as the training before, or less",
        change=_stop_early,
    ),
    TrainingRemedy(
        key="select-by-macro-f1",
        title="Best epoch by macro-F1",
        source="Opitz and Burst (2019), arXiv:1911.03347",
        effect="The epoch with the best macro-F1 on val is kept: accuracy can prefer a "
        "collapsed epoch.",
        change=_set(select_by="macro_f1"),
    ),
    TrainingRemedy(
        key="more-epochs",
        title="More epochs",
        source="Hoffer et al. (2017), arXiv:1705.08741",
        effect="Three times as many epochs help if the loss was still falling, and "
        "overfit if it was not.",
        cost="three times as long",
        change=_train_longer,
    ),
    TrainingRemedy(
        key="split-by-group",
        title="Split by observation or landmark",
        requires="labelling",
        source="Kapoor and Narayanan (2022), arXiv:2207.07048",
        effect="Copies and neighbours of training images leave the test split: the "
        "score falls to that of new images. It corrects the measurement, not the "
        "network.",
        data="split",
    ),
    TrainingRemedy(
        key="repaired-labels",
        title="Repaired labels",
        requires="labelling",
        source="Northcutt et al. (2021), arXiv:2103.14749",
        effect="Labels that do not belong to their images are replaced by those of "
        "the catalog, so that the network can learn again.",
        data="labels",
    ),
    TrainingRemedy(
        key="relabel-class",
        title="A class relabelled",
        requires="labelling",
        source="Northcutt et al. (2021), arXiv:1911.00068, here for one pair of "
        "classes",
        effect="Training images that carry the label of another class get their own "
        "again: a probe that is fitted on val tells the two classes apart. The class "
        "is predicted again.",
        data="class labels",
    ),
    TrainingRemedy(
        key="leave-class-out",
        title="A class left out",
        requires="labelling",
        source="Challenges With Classifying Martian Images (2024), its experiment",
        effect="Without the largest class the network must separate the others. "
        "Images of that class are no longer classified.",
        cost="less than the training before",
        data="classes",
    ),
    TrainingRemedy(
        key="transfer",
        title="Transfer from a trained backbone",
        source="Yosinski et al. (2014), arXiv:1411.1792",
        effect="A network trained on many photographs gives the features, and only a "
        "small head is trained: rare classes need fewer images.",
        cost="minutes",
        base="probe",
    ),
    TrainingRemedy(
        key="fine-tuning",
        title="Fine-tuning of a trained backbone",
        source="Kornblith et al. (2019), arXiv:1805.08974",
        effect="It begins as transfer does, then trains the whole network further with "
        "a low learning rate: the best scores, at the highest cost.",
        cost="much longer than a small network",
        base="finetune",
    ),
)


def changed_recipe(
    recipe: Recipe,
    remedies: Sequence[TrainingRemedy],
    settings: Mapping[str, str] | None = None,
) -> Recipe:
    """`recipe` after the remedies, then with further `settings`.

    Raises
    ------
    InputError
        A remedy that changes nothing, or settings that do not go together.

    Examples
    --------
    >>> (longer,) = [r for r in TRAINING_REMEDIES if r.key == "more-epochs"]
    >>> blog = recipe_named("blog")
    >>> blog.epochs, changed_recipe(blog, [longer]).epochs
    (5, 15)
    """
    # Those that bring a recipe of their own come first, as the others change it.
    for remedy in sorted(remedies, key=lambda remedy: not remedy.base):
        base = recipe_named(remedy.base) if remedy.base else recipe
        changed = with_settings(base, remedy.change(base))
        if not remedy.data and to_dict(changed) == to_dict(recipe):
            raise InputError(
                f"{remedy.key} changes nothing: the run was already trained that way.",
                how="Choose another remedy.",
            )
        recipe = changed
    return with_settings(recipe, settings or {})


def changes_between(before: Recipe, after: Recipe) -> dict[str, str]:
    """Settings that differ, each as "before → after", by name.

    Examples
    --------
    >>> from dataclasses import replace
    >>> blog = recipe_named("blog")
    >>> changes_between(blog, replace(blog, epochs=7))
    {'epochs': '5 → 7'}
    """
    old, new = to_dict(before), to_dict(after)
    return {
        name: f"{_as_text(old[name])} → {_as_text(new[name])}"
        for name in old
        if old[name] != new[name]
    }


def _as_text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value)) or "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
