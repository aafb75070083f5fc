"""The recipes that come with hirise.

Times and scores were measured on 6,004 images of v3, split by observation, on two CPU
cores; macro-F1 is that of the test images.
"""

from __future__ import annotations

from hirise.errors import entry_named
from hirise.recipes.recipe import Recipe

BACKBONE = "EfficientNetB0"
"""What `probe` starts from, if nothing else is given; Keras downloads its weights."""

MEASURED_IMAGES = 6_004
"""Images in the folder on which `minutes` was measured."""


def recipe_named(name: str) -> Recipe:
    """The recipe called `name`.

    Raises
    ------
    InputError
        If there is none; the message offers the nearest name.

    Examples
    --------
    >>> recipe_named("blog-final").learning_rate
    0.01
    """
    recipes = {recipe.name: recipe for recipe in RECIPES}
    return entry_named(recipes, name, unknown="No recipe")


def estimated_minutes(recipe: Recipe, n_images: int) -> float | None:
    """About how long a training will take on two CPU cores; None if never measured.

    The minutes measured for the recipe of that name, scaled by images, by epochs and
    by pixels per image. Other changed settings are not accounted for, and a training
    that stops early takes less.

    Examples
    --------
    >>> round(estimated_minutes(recipe_named("blog-final"), n_images=3_002), 1)
    0.7
    """
    measured = next((known for known in RECIPES if known.name == recipe.name), None)
    if measured is None or measured.minutes is None:
        return None
    images = n_images / MEASURED_IMAGES
    pixels = (recipe.image_size / measured.image_size) ** 2
    return measured.minutes * images * pixels * recipe.epochs / measured.epochs


RECIPES = (
    Recipe(
        name="blog",
        summary="The blog post's first network, trained on the correct labels.",
        command="hirise train --data DIR --recipe blog --split observation",
        minutes=3.7,
        expect="accuracy .838 (majority class .857), balanced .148, macro-F1 .152",
    ),
    Recipe(
        name="blog-final",
        dense=(256, 256, 256),
        dropout=0.2,
        batch_size=75,
        epochs=3,
        learning_rate=0.01,
        summary="The blog post's tuned network; it dies and always predicts other.",
        command="hirise train --data DIR --recipe blog-final --split observation",
        minutes=1.4,
        expect="collapsed, constant: accuracy .857 = majority class, macro-F1 .115",
    ),
    Recipe(
        name="small-cnn",
        network="strided",
        image_size=96,
        filters=(16, 32, 64, 128, 256),
        depth=2,
        dense=(),
        dropout=0.3,
        batch_norm=True,
        augment="symmetries-shift-contrast",
        batch_size=64,
        epochs=60,
        learning_rate=2e-3,
        schedule="cosine",
        weight_decay=0.3,
        label_smoothing=0.1,
        summary="A small network from scratch, with random flips and brightness.",
        command="hirise train --data DIR --recipe small-cnn --split observation",
        minutes=8.4,
        expect="accuracy .901 (majority class .857), balanced .438, macro-F1 .490",
    ),
    Recipe(
        name="probe",
        network="backbone",
        backbone=BACKBONE,
        trainable="head",
        image_size=192,
        dense=(),
        dropout=0.8,
        batch_size=64,
        epochs=40,
        learning_rate=3e-3,
        schedule="cosine",
        weight_decay=0.5,
        label_smoothing=0.1,
        class_weights="inverse-sqrt",
        summary="A frozen backbone trained on photographs, and a trained head.",
        command="hirise train --data DIR --recipe probe --set backbone=FILE.keras",
        minutes=2.3,
        expect="accuracy .894 (majority class .857), balanced .684, macro-F1 .620",
    ),
    Recipe(
        name="finetune",
        network="backbone",
        backbone=BACKBONE,
        image_size=160,
        dense=(),
        dropout=0.3,
        augment="symmetries",
        batch_size=64,
        epochs=6,
        learning_rate=5e-4,
        schedule="cosine",
        weight_decay=0.05,
        class_weights="inverse-sqrt",
        summary="A backbone trained on photographs, fine-tuned as a whole.",
        command="hirise train --data DIR --recipe finetune --set backbone=FILE.keras",
        minutes=21.0,
        expect="accuracy .943 (majority class .857), balanced .676, macro-F1 .678",
    ),
)

SIMULATED_SETTINGS: dict[str, dict[str, str]] = {"small-cnn": {"epochs": "12"}}
"""What a recipe should change on simulated Mars of the default size, by its name."""

SIMULATED_SPLIT = "published"
"""The split that a training on simulated Mars uses."""
