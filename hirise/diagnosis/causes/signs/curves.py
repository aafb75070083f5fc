"""Signs in the curves of a training."""

from __future__ import annotations

import math

import numpy as np

from hirise.diagnosis.causes.known import Known
from hirise.diagnosis.causes.sign import Seen, Sign, check_sign
from hirise.diagnosis.checks.training import BELOW_CHANCE, LATE
from hirise.diagnosis.collapse_kind import KIND_RULES
from hirise.diagnosis.wording import Phrase, Rate

GAINED = 0.40
"""Of what training accuracy can gain above the baseline, from which it has learned."""
STUCK = 0.10
GAP = 0.20
"""Accuracy on training above that on validation images."""
MODES_APART = 0.15
"""Accuracy between training mode and inference mode on training images."""
FALLING = 0.03
"""Of the training loss, that the last third of the epochs must remove per epoch."""
FLAT = 0.02
"""Of the first training loss, within which it is flat."""
TIMES = 3.0
"""Of the entropy of the class frequencies, above which a loss tells of a fault."""
WAS_BETTER = 0.15
FEW_STEPS, FEW_EPOCHS = 300, 3
"""Updates of the weights and epochs, up to which hardly any network has learned."""
LATE_START, ENOUGH_EPOCHS = 0.4, 6
"""Share of the epochs after which half of what training gains is still missing, and how
many epochs can tell."""
CERTAIN = 0.98


def training_learned(known: Known) -> Seen:
    """Training accuracy is far above the majority-class baseline."""
    kappa = known.evidence.epoch_kappa("train")
    gain = known.training_gain
    if not math.isnan(kappa):
        if kappa < KIND_RULES.training_kappa:
            return False
        return Phrase(
            "On training images Cohen's kappa reaches {kappa:.2f}.", {"kappa": kappa}
        )
    if math.isnan(gain):
        return None
    if gain < GAINED:
        return False
    return Phrase(
        "Training accuracy reaches {accuracy}.",
        {"accuracy": Rate(float(known.curve("accuracy")[-1]))},
    )


def training_stuck(known: Known) -> Seen:
    """Training accuracy is hardly above the majority-class baseline."""
    gain, kappa = known.training_gain, known.evidence.epoch_kappa("train")
    level = kappa if not math.isnan(kappa) else gain
    if math.isnan(level):
        return None
    if level > STUCK:
        return False
    return Phrase(
        "Training accuracy ends at {accuracy}, hardly above the majority-class "
        "baseline.",
        {"accuracy": Rate(float(known.curve("accuracy")[-1]))},
    )


def loss_at_entropy(known: Known) -> Seen:
    """The training loss settles at the entropy of the class frequencies."""
    loss, entropy = known.curve("loss", logged=True), known.entropy
    if len(loss) < 2 or math.isnan(entropy) or not np.isfinite(loss[-1]):
        return None
    if np.abs(loss[-2:] - entropy).max() > max(0.02, 0.02 * entropy):
        return False
    return Phrase(
        "Training loss stays at {loss:.3f}, and the entropy of the class frequencies "
        "is {entropy:.3f}.",
        {"loss": float(loss[-1]), "entropy": entropy},
    )


def validation_never_learned(known: Known) -> Seen:
    """Validation loss never falls below that of a network that knows frequencies."""
    losses, entropy = known.curve("val_loss"), known.entropy
    if not len(losses) or math.isnan(entropy):
        return None
    finite = losses[np.isfinite(losses)]
    if len(finite) and finite.min() < 0.95 * entropy:
        return False
    lowest = float(finite.min()) if len(finite) else math.nan
    return Phrase(
        "Validation loss is never below {lowest:.3f}, and the entropy of the class "
        "frequencies is {entropy:.3f}.",
        {"lowest": lowest, "entropy": entropy},
    )


def validation_loss_huge(known: Known) -> Seen:
    """Validation loss is far above ignorance while training loss is not."""
    loss, other, entropy = (
        known.curve("loss"),
        known.curve("val_loss"),
        known.entropy,
    )
    if not len(loss) or not len(other) or math.isnan(entropy):
        return None
    if not (other[-1] > TIMES * entropy and loss[-1] < entropy):
        return False
    return Phrase(
        "Validation loss ends at {val_loss:.2f}, training loss at {loss:.3f}.",
        {"val_loss": float(other[-1]), "loss": float(loss[-1])},
    )


def validation_at_baseline(known: Known) -> Seen:
    """Training goes well, and validation is no better than without looking.

    A network that memorised its training images stays above a baseline that knows the
    class frequencies alone, if only by a little. Scrambled labels do not.
    """
    val, finding = known.curve("val_accuracy"), known.finding("HR404")
    trained = training_learned(known)
    if not len(val) or (trained is None and not known.was_made("HR404")):
        return None
    if finding is not None and finding.subject == BELOW_CHANCE:
        return False
    if math.isnan(known.majority):
        is_it = finding is not None and known.evidence.epoch_kappa("val") <= 0
        return finding if is_it else None
    if not (finding or trained) or val[-1] > known.majority:
        return False
    return finding or Phrase(
        "{trained} Validation accuracy ends at {value}, not above the majority-class "
        "baseline {majority}.",
        {
            "trained": trained,
            "value": Rate(float(val[-1])),
            "majority": Rate(known.majority),
        },
    )


def gap(known: Known) -> Seen:
    """Accuracy on training images is far above that on validation images."""
    train, val = known.curve("accuracy"), known.curve("val_accuracy")
    if not len(train) or not len(val):
        return None
    if not train[-1] - val[-1] >= GAP:
        return False
    return Phrase(
        "Accuracy ends at {train} on training images and at {val} on validation "
        "images.",
        {"train": Rate(float(train[-1])), "val": Rate(float(val[-1]))},
    )


def memorised(known: Known) -> Seen:
    """Training is far better than validation, whose loss rises again."""
    apart, rise = gap(known), known.finding("HR401")
    if not known.was_made("HR401"):
        return None
    if apart is None:
        apart = _losses_apart(known)
    if apart is None:
        return None
    if rise is None or not isinstance(apart, Phrase):
        return False
    return Phrase("{rise} {gap}", {"rise": rise, "gap": apart})


def _losses_apart(known: Known) -> Seen:
    """Training loss is far below that of the class frequencies, validation's above."""
    loss, val = known.curve("loss"), known.curve("val_loss")
    if not len(loss) or not len(val) or math.isnan(known.entropy):
        return None
    if not (loss[-1] < GAP * known.entropy and val[-1] > known.entropy):
        return False
    return Phrase(
        "Training loss ends at {loss:.3f}, validation loss at {val:.3f}.",
        {"loss": float(loss[-1]), "val": float(val[-1])},
    )


def modes_differ(known: Known) -> Seen:
    """What was logged in training mode is far better than inference mode is.

    A running mean, dropout and augmentation only make the logged accuracy lower.
    """
    logged, measured = _modes(known)
    if known.finding("HR408") is None or math.isnan(logged - measured):
        return False if known.was_made("HR408") else None
    template = (
        "In the last epoch the framework logged accuracy {logged} in training mode, "
        "and inference mode gives {measured} on training images."
    )
    activations = known.evidence.activations
    layers = None if activations is None else activations.batch_normalisation
    if layers:
        template += (
            " {layers} layers of batch normalisation use the statistics of the batch "
            "in training, and moving averages in inference."
        )
    return Phrase(
        template,
        {"logged": Rate(logged), "measured": Rate(measured), "layers": layers},
    )


def inference_better(known: Known) -> Seen:
    """Inference mode is far better than what was logged in training mode."""
    logged, measured = _modes(known)
    if math.isnan(logged - measured):
        return None
    if not measured - logged >= MODES_APART:
        return False
    return Phrase(
        "Training mode reaches accuracy {logged}, inference mode {measured} on "
        "training images.",
        {"logged": Rate(logged), "measured": Rate(measured)},
    )


def _modes(known: Known) -> tuple[float, float]:
    history = known.evidence.history
    if history.empty or not {"accuracy", "logged_accuracy"} <= set(history):
        return math.nan, math.nan
    last = history.iloc[-1]
    return float(last["logged_accuracy"]), float(last["accuracy"])


def still_improving(known: Known) -> Seen:
    """Training and validation were still getting better in the last epochs."""
    loss = known.curve("loss", logged=True)
    if len(loss) < 2 or not np.isfinite(loss).all():
        return None
    n = max(1, len(loss) // 3)
    before, last = float(loss[-n - 1]), float(loss[-1])
    val = known.curve("val_loss")
    worse = len(val) > n and val[-1] >= val[-n - 1]
    if last > before * (1 - FALLING * n) or last <= 0 or worse:
        return False
    return Phrase(
        "The training loss was still falling in the last of {n_epochs} epochs, from "
        "{before:.3f} to {last:.3f}.",
        {"n_epochs": len(loss), "before": before, "last": last},
    )


def few_steps(known: Known) -> Seen:
    """Training has few epochs of few batches."""
    n_epochs, each = len(known.evidence.history), known.steps_per_epoch
    if not n_epochs or each is None:
        return None
    steps = n_epochs * each
    if n_epochs > FEW_EPOCHS or steps > FEW_STEPS:
        return False
    return Phrase(
        "Training has {epochs} epochs with about {steps} updates of the weights.",
        {"epochs": n_epochs, "steps": steps},
    )


def learned_late(known: Known) -> Seen:
    """Training gains most in its later epochs, as when images are memorised.

    What shows the class is learned soon; wrong labels only one image after the other.
    """
    accuracy, trained = known.curve("accuracy"), training_learned(known)
    if len(accuracy) < ENOUGH_EPOCHS or trained is None or math.isnan(known.majority):
        return None
    if trained is False or accuracy[-1] <= known.majority:
        return False
    half = known.majority + (accuracy[-1] - known.majority) / 2
    begun = int(np.argmax(accuracy >= half)) + 1
    if begun <= LATE_START * len(accuracy):
        return False
    return Phrase(
        "Training accuracy is below {half} until epoch {begun} of {n_epochs}, and ends "
        "at {last}.",
        {
            "half": Rate(half),
            "begun": begun,
            "n_epochs": len(accuracy),
            "last": Rate(float(accuracy[-1])),
        },
    )


def loss_flat(known: Known) -> Seen:
    """The training loss does not move from the first epoch to the last."""
    loss = known.curve("loss", logged=True)
    if len(loss) < 3 or not np.isfinite(loss).all() or loss[0] <= 0:
        return None
    if np.abs(loss - loss[0]).max() > FLAT * loss[0]:
        return False
    return Phrase(
        "The training loss stays between {low:.3f} and {high:.3f}.",
        {"low": float(loss.min()), "high": float(loss.max())},
    )


def was_better(known: Known) -> Seen:
    """An earlier epoch was far more accurate than the last, in training too.

    It must have been above the majority-class baseline: it had learned something.
    """
    train, val = known.curve("accuracy"), known.curve("val_accuracy")
    curves = [curve for curve in (train, val) if len(curve) > 1]
    if not curves or not all(np.isfinite(curve).all() for curve in curves):
        return None
    lost = [float(curve[:-1].max() - curve[-1]) for curve in curves]
    majority = 0.0 if math.isnan(known.majority) else known.majority
    best = min(float(curve[:-1].max()) for curve in curves)
    if not min(lost) >= WAS_BETTER or best < majority + STUCK * (1 - majority):
        return False
    last = curves[-1]
    return Phrase(
        "Accuracy fell from {best} in epoch {epoch} to {last} at the end.",
        {
            "best": Rate(float(last.max())),
            "epoch": int(last.argmax()) + 1,
            "last": Rate(float(last[-1])),
        },
    )


def loss_not_finite(known: Known) -> Seen:
    """A loss is no longer a number."""
    loss = known.curve("loss", logged=True)
    if not len(loss):
        return None
    if np.isfinite(loss).all():
        return False
    return Phrase("The training loss is not finite.")


def loss_spiked(known: Known) -> Seen:
    """The training loss was once far above any sensible start."""
    loss, entropy = known.curve("loss", logged=True), known.entropy
    loss = loss[np.isfinite(loss)]
    if not len(loss):
        return None
    limit = TIMES * (entropy if not math.isnan(entropy) else float(loss[-1]))
    if not loss.max() > limit:
        return False
    template = "The training loss was up to {most:.2f}."
    return Phrase(template, {"most": float(loss.max())})


def validation_frozen(known: Known) -> Seen:
    """Validation accuracy repeats to the last digit whatever the loss does."""
    accuracy = known.curve("val_accuracy")
    if len(accuracy) < 3:
        return None
    if np.ptp(accuracy[-3:]) > 0 or accuracy[-1] >= CERTAIN:
        return False
    return Phrase(
        "Validation accuracy is {accuracy:.4f} in each of the last three epochs.",
        {"accuracy": float(accuracy[-1])},
    )


SIGNS: tuple[Sign, ...] = (
    Sign(
        "training-learned",
        "training",
        "training images are learned",
        training_learned,
    ),
    Sign(
        "training-stuck",
        "training",
        "training images are not learned",
        training_stuck,
        ("HR402",),
    ),
    Sign(
        "loss-at-entropy",
        "training",
        "the loss is that of the class frequencies",
        loss_at_entropy,
        ("HR403",),
    ),
    check_sign("HR404", "validation", "validation is at chance, training is not"),
    check_sign("HR404", "validation", "validation is below chance", BELOW_CHANCE),
    Sign(
        "validation-at-baseline",
        "baseline",
        "validation is no better than without looking, training is",
        validation_at_baseline,
        ("HR404",),
    ),
    Sign(
        "validation-never-learned",
        "validation",
        "validation loss never falls below that of the class frequencies",
        validation_never_learned,
    ),
    Sign(
        "validation-loss-huge",
        "validation loss",
        "validation loss is far above training loss",
        validation_loss_huge,
    ),
    Sign("gap", "gap", "training is far better than validation", gap),
    Sign(
        "memorised",
        "memory",
        "training images were memorised",
        memorised,
        ("HR401",),
    ),
    check_sign("HR401", "overfitting", "validation loss rises again"),
    check_sign("HR406", "overfitting", "the best epoch is long ago"),
    check_sign("HR405", "divergence", "the training diverged"),
    check_sign("HR405", "late divergence", "the training diverged late", LATE),
    Sign(
        "was-better", "late divergence", "an earlier epoch was far better", was_better
    ),
    Sign(
        "loss-not-finite",
        "divergence",
        "the loss is not finite",
        loss_not_finite,
        ("HR405",),
    ),
    Sign("loss-spiked", "divergence", "the loss was far too high", loss_spiked),
    Sign(
        "modes-differ",
        "modes",
        "training mode is better than inference mode",
        modes_differ,
        ("HR408",),
    ),
    Sign(
        "inference-better",
        "modes",
        "inference mode is better than training mode",
        inference_better,
    ),
    Sign(
        "still-improving",
        "end",
        "the training was still improving",
        still_improving,
    ),
    Sign("few-steps", "steps", "the training was short", few_steps),
    Sign("learned-late", "late", "training gained most in late epochs", learned_late),
    Sign("loss-flat", "end", "the training loss does not move", loss_flat),
    Sign(
        "validation-frozen",
        "frozen",
        "validation accuracy repeats to the last digit",
        validation_frozen,
        ("HR403",),
    ),
)
