"""Acceptable answers by kind of fault: (causes, findings), from the definitions."""

from __future__ import annotations

Answers = tuple[tuple[str, ...], tuple[str, ...]]

ONE_UNIT: Answers = (
    ("head-too-narrow", "loss-and-last-layer", "wrong-last-activation"),
    ("HR504:loss", "HR504:width"),
)
"""A softmax over one unit."""
NARROW: Answers = (("head-too-narrow",), ("HR504:width",))
MISMATCH: Answers = (
    ("loss-and-last-layer", "wrong-last-activation"),
    ("HR504:loss", "HR504:pair", "HR504:activation"),
)
"""Activation of the last layer and loss do not belong together."""
NUMBERS: Answers = (("loss-for-numbers",), ("HR504:loss", "HR504:numbers"))
UNSCALED: Answers = (("input-badly-scaled",), ("HR503",))
HIGH: Answers = (
    ("network-dead", "gradients-explode", "diverged-late"),
    ("HR506:rate",),
)
LOW: Answers = (("rate-too-low",), ("HR506:rate",))
SHORT: Answers = (("too-few-epochs",), ())
LINEAR: Answers = ((), ("HR506:activation",))
"""Hidden layers without an activation: no cause of the catalogue."""
DROPOUT: Answers = (("dropout-too-strong",), ("HR506:dropout",))
EQUAL: Answers = (("zero-initial-weights",), ("HR506:weights",))
"""Initial weights that are all equal."""
VANISHING: Answers = (("gradients-vanish",), ())
EXPLODING: Answers = (("gradients-explode", "network-dead"), ("HR405",))
DYING: Answers = (("network-dead", "gradients-vanish"), ("HR501", "HR502"))
OSCILLATING: Answers = (("network-dead", "diverged-late"), ("HR405", "HR506:rate"))
LABELS: Answers = (
    ("training-labels-scrambled", "class-absent-from-training", "class-mislabelled"),
    ("HR506:labels", "HR104", "HR110"),
)
"""The labels of training are not those of the classes."""
LEAK: Answers = (("split-leaks",), ("HR102", "HR103"))


def answers(*kinds: Answers) -> dict[str, tuple[str, ...]]:
    """`causes` and `findings` of a program with these faults."""
    causes = [cause for kind in kinds for cause in kind[0]]
    findings = [finding for kind in kinds for finding in kind[1]]
    return {
        "causes": tuple(dict.fromkeys(causes)),
        "findings": tuple(dict.fromkeys(findings)),
    }
