from collections.abc import Iterator
from pathlib import Path

import pytest

from hirise.jobs import poll, stop


@pytest.fixture
def artifacts(tmp_path: Path) -> Iterator[Path]:
    """A folder of runs; what runs there is stopped in the end."""
    folder = tmp_path / "artifacts"
    yield folder
    for job in reversed(poll(folder).jobs):
        if not job.has_ended and job.host != "elsewhere":
            stop(folder, job.id, patience=2)
