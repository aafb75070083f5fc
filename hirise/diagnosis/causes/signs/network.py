"""Signs in the network: its layers, loss, gradients and settings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from hirise.diagnosis.causes.known import Known
from hirise.diagnosis.causes.sign import Seen, Sign, check_sign
from hirise.diagnosis.causes.signs import inputs
from hirise.diagnosis.causes.signs.predictions import poor
from hirise.diagnosis.usual import RECTIFIERS, is_for_numbers, usual_rates
from hirise.diagnosis.wording import Phrase, Rate

DYING = 0.90
SLOW, FAST = 5e-5, 0.1
"""Median ratio of an update to the weights."""
VANISHED, EXPLODED = 1e-3, 1e3
FEW_LAYERS = 4
DROPOUT = 0.8
TRAINABLE = 0.5
SHRUNK = 0.2
HIGH_START = 3.0


def rate_high(known: Known) -> Seen:
    """The learning rate is above the usual range of the optimiser, or below 0."""
    if known.rate < 0:
        template = "The learning rate is {rate:g}: each step makes the loss larger."
        return Phrase(template, {"rate": known.rate})
    usual = usual_rates(known.evidence.settings)
    return _rate(known, is_it=known.rate >= usual.high)


def rate_low(known: Known) -> Seen:
    """The learning rate is below the usual range of the optimiser."""
    usual = usual_rates(known.evidence.settings)
    return _rate(known, is_it=0 <= known.rate <= usual.low)


def _rate(known: Known, *, is_it: bool) -> Seen:
    if math.isnan(known.rate):
        return None
    if not is_it:
        return False
    usual = usual_rates(known.evidence.settings)
    return Phrase(
        "The learning rate is {rate:g}; from {low:g} to {high:g} is usual{optimiser}.",
        {
            "rate": known.rate,
            "low": usual.low,
            "high": usual.high,
            "optimiser": f" for {known.optimiser}" if known.optimiser else "",
        },
    )


def updates_small(known: Known) -> Seen:
    """Steps change the weights by next to nothing."""
    return _updates(known, below=SLOW)


def few_updates(known: Known) -> Seen:
    """All steps together cannot change the weights by as much as their size.

    A step changes them by a fraction, and not all steps go in one direction. Where the
    training loss fell by half, the steps were enough.
    """
    steps, stats = known.setting("steps"), known.evidence.layer_stats
    if not isinstance(steps, int) or "update_median" not in stats:
        return None
    loss = known.curve("loss", logged=True)
    if len(loss) > 1 and loss[-1] < loss[0] / 2:
        return False
    ratio = float(stats.groupby("epoch")["update_median"].median().mean())
    n_steps = steps * len(known.evidence.history)
    if math.isnan(ratio):
        return None
    if not 0 < ratio * n_steps < 1:
        return False
    return Phrase(
        "A step changes the weights by {ratio:.1g} of their size. All {n_steps:,} "
        "steps together change them by less than their size.",
        {"ratio": ratio, "n_steps": n_steps},
    )


def updates_large(known: Known) -> Seen:
    """Steps change the weights by much of their size."""
    return _updates(known, above=FAST)


def _updates(known: Known, *, below: float = -1.0, above: float = math.inf) -> Seen:
    ratios = known.last_of_layers("update_median")
    if ratios.empty:
        return None
    ratio = float(ratios.median())
    if not (ratio < below or ratio > above):
        return False
    return Phrase(
        "A step changes the weights by {ratio:.1g} of their size (median over layers; "
        "from {low:g} to {high:g} is usual).",
        {"ratio": ratio, "low": SLOW, "high": FAST},
    )


def gradients_vanish(known: Known) -> Seen:
    """Gradients are far smaller in the first layer than in the last."""
    norms = _gradients(known)
    if len(norms) < FEW_LAYERS:
        return None if norms.empty else False
    first, last = float(norms.iloc[0]), float(norms.iloc[-1])
    if not 0 < first < VANISHED * last:
        return False
    return Phrase(
        "The gradient of the first layer is {ratio:.1g} of that of the last one.",
        {"ratio": first / last},
    )


def gradients_zero(known: Known) -> Seen:
    """No gradient arrives at the layers before the last one."""
    norms = _gradients(known)
    if len(norms) < 2:
        return None
    if norms.iloc[:-1].max() > 1e-9:
        return False
    return Phrase("The gradients of all layers before the last one are 0.")


def gradients_explode(known: Known) -> Seen:
    """Gradients are enormous, or no numbers."""
    stats = known.evidence.layer_stats
    if stats.empty or "gradient_max" not in stats:
        return None
    most = stats["gradient_max"].dropna()
    if most.empty:
        return None
    if np.isfinite(most).all() and most.max() < EXPLODED:
        return False
    return Phrase("The norm of a gradient reached {most:.3g}.", {"most": most.max()})


def _gradients(known: Known) -> pd.Series[Any]:
    return known.last_of_layers("gradient_median")


def zero_weights(known: Known) -> Seen:
    """Weights that start all equal, or are all 0 after the first epoch."""
    equal = known.setting("equal_weights")
    if equal:
        return Phrase(
            "All weights of layer '{layer}' start with one value, so that its units "
            "learn the same.",
            {"layer": str(equal[0])},
        )
    stats = known.evidence.layer_stats
    if stats.empty or "weight_norm" not in stats:
        return None
    first = stats[stats["epoch"] == stats["epoch"].min()].dropna(subset=["weight_norm"])
    if first.empty:
        return None
    zero = first[first["weight_norm"] == 0]
    if zero.empty:
        return False
    template = "All weights of layer '{layer}' are 0 after the first epoch."
    return Phrase(template, {"layer": str(zero["layer"].iloc[0])})


def weights_shrink(known: Known) -> Seen:
    """The weights become small while the network is trained."""
    stats = known.evidence.layer_stats
    if stats.empty or "weight_norm" not in stats:
        return None
    norms = stats.dropna(subset=["weight_norm"]).pivot_table(
        index="epoch", columns="layer", values="weight_norm"
    )
    if len(norms) < 2:
        return None
    kept = (norms.iloc[-1] / norms.iloc[0]).replace([np.inf, -np.inf], np.nan).min()
    if not kept < SHRUNK:
        return False
    return Phrase(
        "The weights of a layer shrink to {kept:.1%} of their first norm.",
        {"kept": float(kept)},
    )


def penalty_high(known: Known) -> Seen:
    """The penalty on the weights is above the loss of the data, or set very high."""
    penalty = known.curve("regularisation_loss")
    loss = known.curve("loss", logged=True)
    decay = known.setting("weight_decay")
    if not len(penalty) and decay is None:
        return None
    if isinstance(decay, int | float) and decay >= 1:
        return Phrase("The weight decay is {decay:g}.", {"decay": float(decay)})
    if len(penalty) and len(loss) and penalty[0] > loss[0] > 0:
        return Phrase(
            "After the first epoch the penalty on the weights is {penalty:.2f}, the "
            "loss {loss:.2f}.",
            {"penalty": float(penalty[0]), "loss": float(loss[0])},
        )
    return False


def frozen_weights(known: Known) -> Seen:
    """Most weights are not trained."""
    trainable = known.setting("trainable")
    if not isinstance(trainable, int | float):
        return None
    if trainable >= TRAINABLE:
        return False
    return Phrase(
        "Only {rate} of the weights are trained.", {"rate": Rate(float(trainable))}
    )


def dropout_strong(known: Known) -> Seen:
    """Dropout leaves few units."""
    dropout = known.setting("dropout")
    if not isinstance(dropout, int | float):
        return None
    if dropout < DROPOUT:
        return False
    return Phrase("The dropout is {dropout:g}.", {"dropout": float(dropout)})


def class_weights_wrong(known: Known) -> Seen:
    """Weights of the classes do not rise as their frequencies fall."""
    weights, frequencies = known.setting("class_weights"), known.frequencies
    if "optimizer" not in known.evidence.settings and weights is None:
        return None
    if not isinstance(weights, list | tuple) or frequencies is None:
        return False
    if len(weights) != len(frequencies) or len(weights) < 2:
        return False
    logs = np.log(np.maximum(np.array(weights, dtype=float), 1e-9))
    rarity = -np.log(np.maximum(frequencies.to_numpy(dtype=float), 1e-9))
    if np.ptp(logs) < 0.2 or np.ptp(rarity) < 0.2:
        return False
    if np.corrcoef(logs, rarity)[0, 1] >= 0.5:
        return False
    heaviest = str(frequencies.index[int(logs.argmax())])
    return Phrase(
        "The class weights do not follow the inverse class frequencies: '{name}' "
        "({rate} of the training images) has the largest.",
        {"name": heaviest, "rate": Rate(float(frequencies[heaviest]))},
    )


def last_rectified(known: Known) -> Seen:
    """The last layer cuts off negative outputs."""
    if known.setting("unread_labels"):
        return None  # of a regression it may be what is wanted
    activation = known.setting("last_activation")
    if activation is None and known.evidence.activations is not None:
        activation = known.evidence.activations.activation
    if not activation:
        return None
    if activation not in RECTIFIERS:
        return False
    template = "The activation of the last layer is {activation}."
    return Phrase(template, {"activation": str(activation)})


def loss_for_numbers(known: Known) -> Seen:
    """The loss is one for numbers, not for classes."""
    if known.setting("unread_labels"):
        return None  # the labels may be numbers
    activations = known.evidence.activations
    loss = known.setting("loss") or (activations.loss if activations else "")
    if not loss:
        return None
    if not is_for_numbers(loss):
        return False
    return Phrase("The loss is {loss}.", {"loss": str(loss)})


def start_high(known: Known) -> Seen:
    """The first loss is far above that of a network that gives each class the same."""
    start = known.setting("initial_loss")
    n = 0 if known.frequencies is None else len(known.frequencies)
    if not isinstance(start, int | float) or n < 2:
        return None
    if start <= HIGH_START * math.log(n):
        return False
    return Phrase(
        "The loss of the first batch is {start:.2f}, and guessing among {n} classes "
        "gives {guess:.2f}.",
        {"start": float(start), "n": n, "guess": math.log(n)},
    )


def normalisation_weak(known: Known) -> Seen:
    """Batch normalisation with tiny batches or moving averages that hardly move."""
    layers = known.setting("batch_normalisation")
    if layers is None:
        return None
    size = known.setting("batch_size")
    if not layers or not isinstance(size, int) or size > 4:
        return False
    return Phrase(
        "{layers} layers of batch normalisation are trained with batches of {size}.",
        {"layers": layers, "size": size},
    )


def without_normalisation(known: Known) -> Seen:
    """No layer of the network keeps moving averages."""
    activations = known.evidence.activations
    layers = known.setting("batch_normalisation")
    if layers is None and activations is not None:
        layers = activations.batch_normalisation
    if layers is None:
        return None
    return False if layers else Phrase("The network has no batch normalisation.", {})


def layer_dead(known: Known) -> Seen:
    """Nearly all units of a layer of rectifiers are dead."""
    return _dead(known, rectified=True)


def layer_faded(known: Known) -> Seen:
    """Nearly all units of a layer without rectifiers are constant."""
    return _dead(known, rectified=False)


def _dead(known: Known, *, rectified: bool) -> Seen:
    activations = known.evidence.activations
    if activations is None or activations.layers.empty:
        return None
    kind = activations.layers["activation"].isin(RECTIFIERS)
    layers = activations.layers[kind if rectified else ~kind]
    if layers.empty:
        return False
    worst = layers.iloc[int(layers["dead_share"].argmax())]
    if worst["dead_share"] < DYING:
        return False
    return Phrase(
        "{rate} of the {activation} units of layer '{layer}' are dead.",
        {
            "rate": Rate(float(worst["dead_share"])),
            "layer": str(worst["name"]),
            "activation": str(worst["activation"]),
        },
    )


def nothing_explains(known: Known) -> Seen:
    """Little was learned, though network, input, loss and settings are as usual."""
    agrees = poor(known)
    states = [sign.seen(known) for sign in UNUSUAL]
    n_known = sum(state is not None for state in states)
    if agrees is None or n_known < ENOUGH:
        return None
    if any(states) or not agrees:
        return False
    return Phrase(
        "Input, loss, learning rate, gradients and settings are as usual ({n} signs "
        "were looked for), yet {agreement}",
        {"n": n_known, "agreement": agrees},
    )


UNUSUAL: tuple[Sign, ...] = (
    *inputs.SIGNS,
    check_sign("HR504", "last layer", "the last layer has too few outputs", "width"),
    check_sign("HR504", "loss", "loss and last layer disagree", "loss"),
    Sign(
        "last-rectified",
        "last layer",
        "the last layer cuts off negative outputs",
        last_rectified,
    ),
    Sign("loss-for-numbers", "loss", "the loss is one for numbers", loss_for_numbers),
    Sign("rate-high", "rate", "the learning rate is high", rate_high),
    Sign("rate-low", "rate", "the learning rate is low", rate_low),
    Sign("updates-small", "updates", "steps hardly change the weights", updates_small),
    Sign("few-updates", "steps", "all steps change the weights little", few_updates),
    Sign("updates-large", "updates", "steps change the weights a lot", updates_large),
    Sign("gradients-vanish", "gradients", "gradients vanish", gradients_vanish),
    Sign("gradients-zero", "gradients", "gradients are 0", gradients_zero),
    Sign("gradients-explode", "gradients", "gradients explode", gradients_explode),
    Sign("zero-weights", "zero", "weights start equal", zero_weights),
    Sign("weights-shrink", "penalty", "the weights shrink", weights_shrink),
    Sign("penalty-high", "penalty", "the penalty on the weights is high", penalty_high),
    Sign("frozen-weights", "frozen", "most weights are not trained", frozen_weights),
    Sign("dropout-strong", "dropout", "dropout is strong", dropout_strong),
    Sign(
        "class-weights-wrong",
        "class weights",
        "class weights do not fit the frequencies",
        class_weights_wrong,
    ),
    Sign("start-high", "start", "the first loss is far too high", start_high),
    Sign(
        "normalisation-weak",
        "normalisation",
        "batch normalisation has tiny batches",
        normalisation_weak,
    ),
)

ENOUGH = 12
"""Signs of those that must be known to say that all is as usual."""

SIGNS: tuple[Sign, ...] = (
    *UNUSUAL,
    Sign(
        "without-normalisation",
        "normalisation",
        "the network has no batch normalisation",
        without_normalisation,
    ),
    Sign("layer-dead", "layers", "a layer is dead", layer_dead, ("HR501",)),
    Sign("layer-faded", "layers", "a layer has faded", layer_faded, ("HR501",)),
    Sign(
        "nothing-explains",
        "usual",
        "little was learned with a usual network, input and settings",
        nothing_explains,
    ),
)
