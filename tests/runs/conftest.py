"""Run folders for the tests of runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hirise.runs import RunWriter, create_run
from hirise.runs.info import Status


@pytest.fixture
def artifacts(tmp_path: Path) -> Path:
    return tmp_path / "artifacts"


@pytest.fixture
def make_run() -> Callable[..., RunWriter]:
    """`make_run(artifacts, title, status, …)`: the writer of a new run."""

    def make_run(
        artifacts: Path,
        title: str = "First try",
        status: Status = "finished",
        **values: Any,
    ) -> RunWriter:
        writer = create_run(artifacts, title=title, class_names=["a", "b"], **values)
        if status != "training":
            writer.finish(status)
        return writer

    return make_run
