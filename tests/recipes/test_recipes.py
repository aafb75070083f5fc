import subprocess
import sys
from dataclasses import replace

import pytest

from hirise.errors import InputError
from hirise.recipes import (
    RECIPES,
    SETTINGS,
    Recipe,
    estimated_minutes,
    from_dict,
    recipe_named,
    to_dict,
    with_settings,
)

BLOG = recipe_named("blog")


def test_the_blogs_recipes_are_as_the_blog_had_them():
    assert (BLOG.image_size, BLOG.filters, BLOG.dense) == (227, (16, 32, 64), (128,))
    assert (BLOG.dropout, BLOG.learning_rate, BLOG.batch_size) == (0.5, 1e-3, 32)
    final = recipe_named("blog-final")
    assert (final.dropout, final.dense) == (0.2, (256, 256, 256))
    assert (final.learning_rate, final.batch_size) == (0.01, 75)
    assert final.image_size == 227


def test_small_cnn_is_turned_and_keeps_its_last_epoch():
    small = recipe_named("small-cnn")
    assert small.batch_norm
    assert small.augment.startswith("symmetries")
    assert (small.select_by, small.patience, small.schedule) == ("last", 0, "cosine")


def test_every_field_is_a_setting_or_a_text():
    texts = {"name", "summary", "command", "minutes", "expect"}
    assert set(Recipe.__dataclass_fields__) == texts | set(SETTINGS)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_recipes_keep_their_own_rules_and_tell_what_to_expect(recipe):
    assert to_dict(from_dict(to_dict(recipe))) == to_dict(recipe)
    assert f"--recipe {recipe.name}" in recipe.command
    assert recipe.summary
    assert recipe.minutes > 0
    assert "macro-F1" in recipe.expect


def test_settings_are_read_by_their_kind():
    changed = with_settings(
        BLOG,
        {
            "epochs": "7",
            "learning_rate": "1e-4",
            "filters": "8, 16",
            "dense": "",
            "batch_norm": "Yes",
            "select_by": "accuracy",
        },
    )
    assert changed.epochs == 7
    assert changed.learning_rate == 1e-4
    assert changed.filters == (8, 16)
    assert changed.dense == ()
    assert changed.batch_norm is True
    assert changed.select_by == "accuracy"
    assert changed.dropout == BLOG.dropout


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("epoch", "3", "No setting 'epoch' in a recipe. Did you mean 'epochs'?"),
        ("epochs", "three", "a whole number from 1 to 10000, got 'three'"),
        ("epochs", "0", "a whole number from 1 to 10000, got '0'"),
        ("epochs", "2.5", "a whole number"),
        ("learning_rate", "nan", "a number from 1e-08 to 10, got 'nan'"),
        ("dropout", "1", "a number from 0 to 0.95"),
        ("filters", "16,x", "each a whole number from 1 to 1024, got '16,x'"),
        ("filters", "", "1 to 7 numbers separated by commas"),
        ("batch_norm", "maybe", "true or false, got 'maybe'"),
        ("select_by", "luck", "one of last, accuracy, macro_f1, got 'luck'"),
    ],
)
def test_bad_settings_are_one_line(key, text, message):
    with pytest.raises(InputError) as caught:
        with_settings(BLOG, {key: text})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_settings_must_go_together():
    with pytest.raises(InputError, match="to 128 or more"):
        with_settings(BLOG, {"image_size": "64", "filters": "1,1,1,1,1,1,1"})
    with pytest.raises(InputError, match="'patience' needs a score to watch"):
        with_settings(BLOG, {"patience": "3"})


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"balanced_batches": "yes", "class_weights": "inverse"}, "a second time"),
        ({"balanced_batches": "yes", "output_bias": "log-shares"}, "at zero"),
        ({"balanced_batches": "yes", "loss": "logit-adjusted"}, "have already removed"),
        ({"class_weights": "inverse", "loss": "logit-adjusted"}, "on top of"),
        ({"output_bias": "log-shares", "loss": "logit-adjusted"}, "count it twice"),
        ({"label_smoothing": "0.1", "loss": "logit-adjusted"}, "Set label_smoothing=0"),
    ],
)
def test_remedies_that_undo_each_other_are_refused(settings, reason):
    with pytest.raises(InputError, match=reason) as caught:
        with_settings(BLOG, settings)
    assert "\n" not in str(caught.value)
    for key, text in settings.items():
        assert key in str(caught.value)
        with_settings(BLOG, {key: text})


def test_remedies_that_go_together_are_taken():
    together = {"class_weights": "inverse-sqrt", "loss": "focal", "schedule": "warmup"}
    changed = with_settings(BLOG, together | {"output_bias": "log-shares"})
    assert from_dict(to_dict(changed)) == replace_texts(changed)
    with_settings(BLOG, {"balanced_batches": "true", "loss": "focal"})


def replace_texts(recipe):
    return replace(recipe, summary="", command="", minutes=None, expect="")


def test_an_unknown_recipe_offers_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'small-cnn'"):
        recipe_named("smal-cnn")


def test_a_kept_recipe_is_checked_and_may_lack_settings():
    assert from_dict({"name": "old", "epochs": 2}).epochs == 2
    assert from_dict({"name": "old", "later": 1}).name == "old"
    with pytest.raises(InputError, match="'epochs' must be a whole number"):
        from_dict({"name": "old", "epochs": "2"})
    with pytest.raises(InputError, match="'filters' must be"):
        from_dict({"name": "old", "filters": 16})
    for value in (float("nan"), 10**400, True, None, "1", [[[1]]]):
        with pytest.raises(InputError, match="'learning_rate' must be a number"):
            from_dict({"name": "old", "learning_rate": value})


def test_recipes_and_plans_need_no_tensorflow():
    code = (
        "import sys, hirise.recipes, hirise.training.plan, hirise.training.session\n"
        "sys.exit(any(name in sys.modules for name in ('tensorflow', 'keras')))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_time_grows_with_images_epochs_and_pixels():
    # Measured: 1.4 minutes for 3 epochs of 6,004 images of 227 pixels.
    recipe = recipe_named("blog-final")
    assert estimated_minutes(recipe, 6_004) == pytest.approx(1.4)
    assert estimated_minutes(recipe, 3_002) == pytest.approx(0.7)
    longer = with_settings(recipe, {"epochs": "6", "image_size": "454"})
    assert estimated_minutes(longer, 6_004) == pytest.approx(1.4 * 2 * 4)
    assert estimated_minutes(Recipe(name="own"), 6_004) is None


def test_each_rule_says_what_it_expects():
    said = {key: rule.expected for key, rule in SETTINGS.items()}
    assert said["epochs"] == "a whole number from 1 to 10000"
    assert said["filters"].startswith("1 to 7 numbers separated by commas, each a ")
    assert said["schedule"] == "one of constant, cosine, warmup"
    assert said["batch_norm"] == "true or false"
