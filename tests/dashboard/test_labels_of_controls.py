"""Errors on pages name parameters by the labels of their controls."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import dashboard
from dashboard.app_pages.load.model_form import CHOICES
from dashboard.shared.text import LABELS, literal, page_text
from hirise.errors import InputError, parameter

WIDGETS = {
    *("checkbox", "number_input", "radio", "selectbox", "slider", "text_area"),
    *("multiselect", "text_input", "toggle"),
}


def labels_of_widgets() -> set[str]:
    """The literal first arguments of all widgets of the pages."""
    found = set()
    for path in Path(dashboard.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in WIDGETS
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(node.args[0].value)
    return found


@pytest.mark.parametrize("name", LABELS)
def test_every_label_is_that_of_a_control(name):
    # The form of a model draws one control per choice, labelled from LABELS.
    assert name in CHOICES or LABELS[name] in labels_of_widgets()


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("split", "", "Choose “Split”."),
        ("settings", "backbone=FILE.keras", "Choose “Backbone”."),
        ("settings", "learning_rate", "Choose “Learning rate”."),
        ("remedies", "logit-adjustment", "Choose logit adjustment."),
        ("memory_limit", "4", "Choose memory limit."),
    ],
)
def test_a_parameter_is_named_by_its_control(name, value, text):
    error = InputError("No such split.", how=f"Choose {parameter(name, value)}.")
    assert page_text(error) == f"No such split. {text}"
    assert "`" not in literal(error).replace("\\`", "")


def test_names_in_an_error_are_escaped():
    error = InputError("Not found.", where="a*b.csv")
    assert literal(error) == r"a\*b\.csv: Not found\."
