"""The remedies that train again, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hirise.recipes import SETTINGS, Recipe
from hirise.remedies.training.remedy import TrainingRemedy

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
    most = getattr(SETTINGS["epochs"], "high", recipe.epochs * LONGER)
    return {"epochs": str(min(recipe.epochs * LONGER, int(most)))}


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
