"""What a training or a cure would be, as lines of text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from hirise.actions.plan import CurePlan, TrainingPlan
from hirise.actions.suggest import Suggested
from hirise.cli.render.text import WIDTH
from hirise.diagnosis.wording import images, took


def plan_lines(plan: TrainingPlan, n_images: int | None = None) -> Iterator[str]:
    """Each setting of a training, and about how long it takes."""
    yield f"Recipe: {plan.recipe.name}"
    for name, change in plan.changes.items():
        yield f"Changed: {name} {change}"
    for name, value in plan.settings.items():
        if name == "name":
            continue
        yield f"  {name:<22}{_value(value)}"
    if plan.downloads:
        yield f"Keras downloads the weights of {plan.recipe.backbone} first."
    if n_images is None:
        return
    minutes = plan.minutes(n_images)
    if minutes is None:
        yield f"The training time for {images(n_images)} is unknown."
    else:
        yield (
            f"Training takes about {took(60 * minutes)} for {images(n_images)} on two "
            "CPU cores."
        )


def cure_plan_lines(plan: CurePlan) -> Iterator[str]:
    """The remedies in their order, and the training that belongs to them."""
    yield f"Remedies in order: {', '.join(plan.remedies)}"
    if plan.training is None:
        yield "No network is trained."
    else:
        yield from plan_lines(plan.training)


def suggested_lines(suggested: Suggested) -> Iterator[str]:
    """The recommended remedies with their reasons, then what each would do."""
    yield "Recommended"
    for one in suggested.recommended:
        yield from _wrapped(f"{one.key}: {', '.join(one.because)}")
    if not suggested.recommended:
        yield "  none: no finding recommends a remedy"
    yield ""
    yield f"Effect of each remedy on {suggested.split}"
    for key, preview in suggested.previews.items():
        if preview.refusal is not None:
            yield from _wrapped(f"{key}: not possible. {preview.refusal}")
            continue
        download = (
            " Keras downloads weights first." if key in suggested.downloads else ""
        )
        effect = preview.effect or "possible; applying it shows its effect."
        yield from _wrapped(f"{key}: {effect}{download}")


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="      ")


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value) if value != "" else "none"
