"""Signs in what the network gets: range, spread, channels, blank images."""

from __future__ import annotations

import math

import numpy as np

from hirise.diagnosis.causes.known import Known
from hirise.diagnosis.causes.sign import Seen, Sign, check_sign
from hirise.diagnosis.wording import Phrase, Rate

SPREAD = 0.1
"""Of the range, below which the numbers of the input hardly differ."""
NARROW, WIDE = 0.05, 20.0
"""Range of the input."""
WIDE_SPREAD = 10.0
"""Standard deviation from which it is wide: a few values far out do no harm."""
BLANK = 0.05


def input_without_spread(known: Known) -> Seen:
    """Nearly all numbers that the network gets are the same."""
    stats = known.input_of("train") or known.input_of("val")
    low, high, std = (stats.get(key) for key in ("min", "max", "std"))
    if low is None or high is None or std is None:
        return None
    spread = std / (high - low) if high > low else 0.0
    if spread >= SPREAD:
        return False
    return Phrase(
        "The input ranges from {low:.3g} to {high:.3g}, but its standard deviation is "
        "{std:.2g}: nearly all of it is one value.",
        {"low": low, "high": high, "std": std},
    )


def input_narrow(known: Known) -> Seen:
    """The numbers that the network gets differ by very little."""
    return _input_range(known, below=NARROW)


def input_wide(known: Known) -> Seen:
    """The numbers that the network gets are large, and nothing normalises them."""
    activations = known.evidence.activations
    taken = None if activations is None else activations.input
    if taken is not None and taken.normalised:
        return False
    stats = known.input_of("train") or known.input_of("val")
    if stats.get("std", WIDE_SPREAD) < WIDE_SPREAD:
        return False
    return _input_range(known, above=WIDE)


def _input_range(known: Known, *, below: float = 0.0, above: float = math.inf) -> Seen:
    stats = known.input_of("train") or known.input_of("val")
    taken = known.evidence.activations
    low, high = stats.get("min"), stats.get("max")
    if (low is None or high is None) and taken is not None and taken.input is not None:
        low, high = taken.input.low, taken.input.high
    if low is None or high is None:
        return None
    if not (high - low < below or high - low > above):
        return False
    return Phrase(
        "The input of the first layer ranges from {low:.3g} to {high:.3g}.",
        {"low": float(low), "high": float(high)},
    )


def input_differs(known: Known) -> Seen:
    """Validation images reach the network with other numbers than training images."""
    train, val = known.input_of("train"), known.input_of("val")
    keys = ("mean", "std")
    if not all(stats.get(key) is not None for stats in (train, val) for key in keys):
        return None
    if input_without_spread(known):
        return False  # what is nearly one value has no scale to compare
    std = max(train["std"], 1e-12)
    apart = abs(train["mean"] - val["mean"]) > std
    if not (apart or val["std"] > 2 * std or val["std"] < 0.5 * std):
        return False
    return Phrase(
        "The input has mean {mean:.3g} and standard deviation {std:.3g} on training "
        "images, {other:.3g} and {spread:.3g} on validation images.",
        {
            "mean": train["mean"],
            "std": train["std"],
            "other": val["mean"],
            "spread": val["std"],
        },
    )


def channels_swapped(known: Known) -> Seen:
    """Validation images have the channels of training images in reverse order."""
    train = known.input_of("train").get("channel_means")
    val = known.input_of("val").get("channel_means")
    if train is None or val is None:
        return None
    first, second = np.array(train), np.array(val)
    as_is = float(np.abs(first - second).sum())
    reversed_ = float(np.abs(first - second[::-1]).sum())
    spread = float(known.input_of("train").get("std") or 0.0)
    if not (reversed_ < 0.5 * as_is and as_is > 0.15 * spread):
        return False
    return Phrase(
        "The channel means are {train} on training images and {val} on validation "
        "images, in reverse order.",
        {
            "train": ", ".join(f"{x:.3g}" for x in train),
            "val": ", ".join(f"{x:.3g}" for x in val),
        },
    )


def blank_images(known: Known) -> Seen:
    """Images of one value everywhere, as unreadable files give."""
    rates = [known.input_of(split).get("constant_images") for split in ("train", "val")]
    known_rates = [rate for rate in rates if rate is not None]
    if not known_rates:
        return None
    if max(known_rates) < BLANK or min(known_rates) > 1 - BLANK:
        return False
    return Phrase(
        "{rate} of the images that the network gets have one value everywhere.",
        {"rate": Rate(max(known_rates))},
    )


def detail_lost(known: Known) -> Seen:
    """Training images reach the network with other detail than validation images."""
    details = []
    for split in ("train", "val"):
        stats = known.input_of(split)
        if not stats.get("detail") or not stats.get("std"):
            return None
        # Relative to their spread, so that another scale does not count.
        details.append(stats["detail"] / stats["std"])
    ratio = details[0] / details[1]
    if 0.6 <= ratio <= 1.6:
        return False
    return Phrase(
        "Neighbouring pixels differ {ratio:.2f} times as much in training images, as "
        "the network gets them, as in validation images.",
        {"ratio": ratio},
    )


SIGNS: tuple[Sign, ...] = (
    check_sign("HR503", "input", "the input is badly scaled"),
    Sign("input-narrow", "input", "the input hardly varies", input_narrow, ("HR503",)),
    Sign("input-wide", "input", "the input is large", input_wide, ("HR503",)),
    Sign(
        "input-without-spread",
        "input",
        "the input is nearly all one value",
        input_without_spread,
        ("HR503",),
    ),
    Sign(
        "input-differs",
        "validation input",
        "validation images are scaled otherwise",
        input_differs,
    ),
    Sign(
        "channels-swapped",
        "validation input",
        "validation images have another colour order",
        channels_swapped,
    ),
    Sign("blank-images", "blank", "images are blank", blank_images),
    Sign("detail-lost", "detail", "training images have other detail", detail_lost),
)
