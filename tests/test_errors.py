from __future__ import annotations

import pytest

from hirise.cli import in_command
from hirise.errors import InputError, Refusal, nearest, parameter, worded

ERROR = InputError(
    "there are no splits.", where="p.csv", how=f"Leave {parameter('split')} out."
)


def test_nearest_offers_the_known_name():
    assert nearest("Small-CNN", ["blog", "small-cnn"]) == " Did you mean 'small-cnn'?"
    assert nearest("smal-cn", ["blog", "small-cnn"]) == " Did you mean 'small-cnn'?"
    assert nearest("zzz", ["blog", "small-cnn"]) == ""
    assert nearest("zzz", []) == ""


def test_each_surface_names_a_parameter_in_its_own_way():
    assert str(ERROR) == "p.csv: there are no splits. Leave `split` out."
    assert ERROR.worded(in_command).endswith("Leave --split out.")
    labels = {"split": "Split"}
    assert ERROR.worded(lambda name, value: f"*{labels[name]}*").endswith(
        "Leave *Split* out."
    )


@pytest.mark.parametrize(
    ("name", "value", "option"),
    [
        ("class_names", "", "--class-names"),
        ("settings", "backbone=FILE.keras", "--set backbone=FILE.keras"),
        ("remedies", "warm-up", "--remedy warm-up"),
        ("columns", "y_true=true label", "--columns 'y_true=true label'"),
    ],
)
def test_the_command_names_its_options(name, value, option):
    assert worded(parameter(name, value), in_command) == option


def test_an_error_names_its_file_once():
    error = InputError("is broken.").at("a.csv")
    assert str(error.at("b.csv")) == "a.csv: is broken."


def test_an_error_mentions_its_parameters():
    assert ERROR.refusal.mentions("split")
    assert not ERROR.refusal.mentions("logits")
    assert str(Refusal("x").error()) == "x"
