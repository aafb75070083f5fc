"""Training remedies: what each changes of a recipe, and what is refused together."""

import subprocess
import sys
from dataclasses import replace

import pytest

from hirise.errors import InputError
from hirise.recipes import RECIPES, recipe_named, to_dict, with_settings
from hirise.remedies import TRAINING_KEYS, remedy_named, select_remedies
from hirise.remedies.training_remedies import (
    TRAINING_REMEDIES,
    changed_recipe,
    changes_between,
)

BLOG = recipe_named("blog")
FINAL = recipe_named("blog-final")


def changes(recipe, *keys):
    after = changed_recipe(recipe, [remedy_named(key) for key in keys])
    before, after = to_dict(recipe), to_dict(after)
    return {key: after[key] for key in before if before[key] != after[key]}


def test_keys_are_those_that_were_promised():
    assert set(TRAINING_KEYS) == {
        "lower-learning-rate",
        "higher-learning-rate",
        "less-dropout",
        "less-regularisation",
        "without-augmentation",
        "warm-up",
        "output-bias",
        "class-weights",
        "class-weights-sqrt",
        "effective-number",
        "balanced-batches",
        "focal-loss",
        "logit-adjusted-loss",
        "batch-norm",
        "augmentation",
        "label-smoothing",
        "early-stopping",
        "select-by-macro-f1",
        "more-epochs",
        "split-by-group",
        "repaired-labels",
        "relabel-class",
        "leave-class-out",
        "transfer",
        "fine-tuning",
    }


@pytest.mark.parametrize("remedy", TRAINING_REMEDIES, ids=lambda one: one.key)
def test_each_tells_its_source_effect_and_cost(remedy):
    assert remedy.requires in ("training", "labelling")
    assert remedy.title[0].isupper()
    assert remedy.source
    assert remedy.effect.endswith(".")
    assert remedy.cost


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("lower-learning-rate", {"learning_rate": 0.001}),
        ("higher-learning-rate", {"learning_rate": 0.1}),
        ("warm-up", {"schedule": "warmup"}),
        ("output-bias", {"output_bias": "log-shares"}),
        ("class-weights", {"class_weights": "inverse"}),
        ("class-weights-sqrt", {"class_weights": "inverse-sqrt"}),
        ("effective-number", {"class_weights": "effective-number"}),
        ("balanced-batches", {"balanced_batches": True}),
        ("focal-loss", {"loss": "focal"}),
        ("logit-adjusted-loss", {"loss": "logit-adjusted"}),
        ("batch-norm", {"batch_norm": True}),
        ("augmentation", {"augment": "symmetries"}),
        ("label-smoothing", {"label_smoothing": 0.1}),
        ("early-stopping", {"patience": 5, "select_by": "macro_f1"}),
        ("select-by-macro-f1", {"select_by": "macro_f1"}),
        ("more-epochs", {"epochs": 9}),
        ("split-by-group", {}),
        ("repaired-labels", {}),
        ("leave-class-out", {}),
    ],
)
def test_what_each_changes_of_the_blogs_final_recipe(key, expected):
    assert changes(FINAL, key) == expected


@pytest.mark.parametrize(
    ("key", "setting", "before", "after"),
    [
        ("less-dropout", "dropout", 0.95, 0.2),
        ("less-regularisation", "weight_decay", 1.0, 0.0),
        ("without-augmentation", "augment", "symmetries", "none"),
        ("higher-learning-rate", "learning_rate", 0.5, 1.0),  # the highest
    ],
)
def test_what_was_too_strong_is_taken_back(key, setting, before, after):
    recipe = replace(recipe_named("small-cnn"), **{setting: before})
    assert changes(recipe, key) == {setting: after}
    with pytest.raises(InputError, match="changes nothing"):
        changes(replace(recipe, **{setting: after}), key)


def test_transfer_takes_another_recipe():
    names = [recipe.name for recipe in RECIPES]
    for key, base in (("transfer", "probe"), ("fine-tuning", "finetune")):
        if base in names:
            assert changed_recipe(BLOG, [remedy_named(key)]).name == base
        else:
            with pytest.raises(InputError, match=f"No recipe '{base}'"):
                changed_recipe(BLOG, [remedy_named(key)])


def test_the_adjusted_loss_goes_without_smoothing():
    small = changed_recipe(
        recipe_named("small-cnn"), [remedy_named("logit-adjusted-loss")]
    )
    assert (small.loss, small.label_smoothing) == ("logit-adjusted", 0)


def test_several_compose():
    found = changes(FINAL, "lower-learning-rate", "class-weights-sqrt", "batch-norm")
    assert found == {
        "learning_rate": 0.001,
        "class_weights": "inverse-sqrt",
        "batch_norm": True,
    }


def test_extra_settings_come_last():
    after = changed_recipe(FINAL, [remedy_named("more-epochs")], {"epochs": "4"})
    assert after.epochs == 4
    assert changes_between(FINAL, after) == {"epochs": "3 → 4"}


@pytest.mark.parametrize(
    "key", ["warm-up", "batch-norm", "augmentation", "label-smoothing"]
)
def test_what_a_run_has_already_is_refused(key):
    with pytest.raises(InputError, match=f"{key} changes nothing"):
        changes(recipe_named("small-cnn"), key)


@pytest.mark.parametrize(
    ("one", "two", "reason"),
    [
        ("balanced-batches", "class-weights", "on top of the first"),
        ("class-weights", "class-weights-sqrt", "on top of the first"),
        ("logit-adjusted-loss", "effective-number", "on top of the first"),
        ("focal-loss", "logit-adjusted-loss", "one loss"),
        ("label-smoothing", "logit-adjusted-loss", "once more"),
        ("output-bias", "balanced-batches", "equally frequent"),
        ("output-bias", "logit-adjusted-loss", "adds the logarithm"),
        ("early-stopping", "select-by-macro-f1", "already"),
        ("transfer", "fine-tuning", "begins with"),
        ("transfer", "batch-norm", "takes the place"),
        ("warm-up", "warm-up", "once is enough"),
    ],
)
def test_what_fights_is_refused_in_either_order(one, two, reason):
    for keys in ((one, two), (two, one)):
        with pytest.raises(InputError, match=reason) as caught:
            select_remedies(keys)
        assert "\n" not in str(caught.value)


def test_prior_shift_needs_a_network_that_follows_class_frequencies():
    select_remedies(["batch-norm", "prior-shift"])
    select_remedies(["class-weights", "thresholds"])
    with pytest.raises(
        InputError, match="class-weights cannot be combined with prior-shift"
    ):
        select_remedies(["class-weights", "prior-shift"])


def test_what_the_run_has_and_the_remedy_brings_must_go_together():
    weighted = with_settings(BLOG, {"class_weights": "inverse"})
    with pytest.raises(InputError, match="cannot be combined"):
        changes(weighted, "balanced-batches")


def test_the_registry_needs_no_tensorflow():
    code = (
        "import sys, hirise.remedies.retraining\n"
        "sys.exit(any(name in sys.modules for name in ('tensorflow', 'keras')))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
