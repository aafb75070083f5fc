"""Text that people wrote, errors and times, as pages show them."""

from __future__ import annotations

import re
from datetime import datetime

from hirise.errors import InputError, Refusal, worded

JOINER = "\u2060"
"""Word joiner: no width, and enough to keep two characters from being read as one."""

OPTIMISTIC = "It was chosen on these very images, so these numbers are optimistic."
"""Where val is shown, on which parameters are chosen."""

LABELS = {
    "channels": "Order of the colours",
    "class_order": "Order of the model's outputs",
    "class_shares": "Expected class frequencies",
    "confidence": "Least confidence for an answer",
    "data": "Folder of images",
    "epoch": "Epoch",
    "fractions": "Fractions of train, val and test",
    "interpolation": "Interpolation",
    "label_column": "Label column",
    "landmarks": "Landmarks",
    "leave_out": "Classes to leave out",
    "logits": "The scores are logits",
    "resize": "Images are resized by",
    "scale": "Pixels are given as",
    "seed": "Seed",
    "split": "Split",
    "target_shares": "Expected class frequencies",
    "tau": "τ of logit adjustment",
    "title": "Title",
}
"""Parameters of actions, and the labels of their controls on the pages."""

OF_COMMANDS = {
    "artifacts": "hirise dashboard --artifacts",
    "model": "hirise saliency --model",
}
"""Parameters that no page has a control for."""

_PUNCTUATION = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~$^=&])")
_AFTER_PARSING = re.compile(r"(:(?=\S)|@(?=\S)|\bwww(?=\.)|[<~>-](?=[->=]))")


def on_pages(name: str, value: str = "") -> str:
    """A parameter of an action by the label of its control, else in plain words.

    `settings` and `remedies` name their control in the value: `backbone=FILE`.
    """
    key, _, _ = value.partition("=")
    if name == "remedies" and key:
        return key.replace("-", " ")
    if name == "settings" and key:
        return f"“{setting_label(key)}”"
    label = LABELS.get(name) or OF_COMMANDS.get(name)
    return f"“{label}”" if label else name.replace("_", " ")


def setting_label(key: str) -> str:
    """The label of the field of a recipe's setting."""
    return key.replace("_", " ").capitalize()


def page_text(text: object) -> str:
    """An error, a refusal or any text in one line, parameters named as on pages."""
    if isinstance(text, InputError | Refusal):
        text = text.worded(on_pages)
    return " ".join(worded(str(text), on_pages).split())


def literal(text: object) -> str:
    """`page_text` for places that read Markdown: names hold `*`, `$`, `[x]`, `:smile:`.

    A backslash is enough for most of it. Emoji, icons, arrows and bare links are
    replaced after parsing, when the backslash is gone, hence the word joiner.
    """
    joined = _AFTER_PARSING.sub(rf"\1{JOINER}", page_text(text))
    return _PUNCTUATION.sub(r"\\\1", joined)


def count_of(n: int, thing: str) -> str:
    """Such as "1 image" or "1,249 images"."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def when(created: str) -> str:
    """An ISO 8601 time as people write it; any other text as it is."""
    try:
        return f"{datetime.fromisoformat(created):%d %b %Y, %H:%M}"
    except ValueError:
        return created


def day(created: str) -> str:
    """The day of an ISO 8601 time; any other text as it is."""
    try:
        return f"{datetime.fromisoformat(created):%d %b %Y}"
    except ValueError:
        return created


def duration(seconds: float) -> str:
    """An estimated time in words."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


class Lacking(InputError):
    """Nothing is wrong yet; a field is empty that must not stay so."""
