"""The command and the pages call actions, and nothing below them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import hirise
from hirise.actions import ACTIONS

ROOT = Path(__file__).resolve().parents[1]

ABOVE = (
    "hirise.actions",
    "hirise.cli",
    "hirise.diagnosis.configuration",
    "hirise.diagnosis.wording",
    "hirise.errors",
    "hirise.figures",
    "hirise.jobs",
    "hirise.progress",
)
"""Packages whose functions the command and the pages may call."""

BELOW = {
    "hirise.data.simulated:parse_simulated": "control",
    "hirise.data.splits:parse_fractions": "control",
    "hirise.diagnosis.checks:codes_of": "wording",
    "hirise.diagnosis.checks.labels:alignment_table": "table",
    "hirise.diagnosis.checks.labels:shuffle_statement": "wording",
    "hirise.diagnosis.leakage:sample_pairs": "picture",
    "hirise.evaluation:confidence_histogram": "table",
    "hirise.evaluation:metrics_table": "table",
    "hirise.evaluation:precision_recall_curves": "table",
    "hirise.evaluation:threshold_table": "table",
    "hirise.files:human_size": "wording",
    "hirise.mars.names:first_of_landmarks": "picture",
    "hirise.predictions.options:parse_class_frequencies": "control",
    "hirise.predictions.options:parse_class_names": "control",
    "hirise.predictions.options:parse_columns": "control",
    "hirise.runs:change_settings": "control",
    "hirise.runs:read_settings": "control",
    "hirise.runs.embeddings:read_map": "picture",
    "hirise.runs.images:images_folder": "picture",
    "hirise.runs.images:run_images": "picture",
    "hirise.runs.images:thumbnails": "picture",
    "hirise.runs.replays:largest_class": "table",
    "hirise.runs.replays:paired_labels": "table",
    "hirise.runs.saliency:read_saliency": "picture",
    "hirise.runs.saliency:unpack_map": "picture",
}
"""Functions below, and why: they only show what an action gave or a run keeps.

`wording`, the `table` that a figure or a list shows, a stored `picture` (an image, a
map), or what a `control` says, and offers the next time.
"""


def imported_functions() -> Iterator[str]:
    """Each function of `hirise` that a module of the pages or the command imports."""
    for place in ("dashboard", "hirise/cli"):
        for path in (ROOT / place).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    names = [(alias.name, "") for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    names = [(str(node.module), alias.name) for alias in node.names]
                else:
                    continue
                for module, name in names:
                    is_function = not name or name[0].islower()
                    if module.startswith("hirise.") and is_function:
                        yield f"{module}:{name}"


def test_the_command_and_the_pages_call_actions_alone():
    below = {
        name
        for name in imported_functions()
        if not name.startswith(tuple(f"{home}{end}" for home in ABOVE for end in ".:"))
    }
    assert below == set(BELOW)


def test_few_functions_are_reached_below_the_actions():
    assert len(BELOW) <= 25
    assert set(BELOW.values()) == {"control", "picture", "table", "wording"}


def test_each_action_is_a_function_of_hirise_and_in_the_documents():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    listed = text.partition("## Actions")[2].partition("\n## ")[0]
    for name in ACTIONS:
        assert callable(getattr(hirise, name))
        assert f"`{name}`" in listed, name
