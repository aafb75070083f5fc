"""What the golden tests share: a folder with all inputs, and the comparison."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from golden_cases import (
    EXAMPLES,
    Case,
    copy_held_runs,
    expected_path,
    outcome,
)
from golden_inputs import write_inputs
from golden_parts import differences

Stays = Callable[..., None]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("golden")
    write_inputs(folder)
    copy_held_runs(folder)
    return folder


@pytest.fixture
def in_inputs(inputs: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test runs beside the inputs, so that no path of this machine is printed."""
    monkeypatch.chdir(inputs)
    monkeypatch.setenv("HIRISE_EXAMPLES", str(EXAMPLES))
    return inputs


@pytest.fixture
def stays(in_inputs: Path) -> Stays:
    """`stays(group, case)` compares numbers, with `text=True` what people read."""

    def stays(group: str, case: Case, *, text: bool = False) -> None:
        path = expected_path(group, case, text=text)
        expected = json.loads(path.read_text(encoding="utf-8"))
        assert list(differences(expected, outcome(case)[text])) == []

    return stays
