"""Run folders for the tests of runs."""

import pytest

from hirise.runs import create_run


@pytest.fixture
def artifacts(tmp_path):
    return tmp_path / "artifacts"


@pytest.fixture
def make_run():
    """`make_run(artifacts, title, status, …)`: the writer of a new run."""

    def make_run(artifacts, title="First try", status="finished", **values):
        writer = create_run(artifacts, title=title, class_names=["a", "b"], **values)
        if status != "training":
            writer.finish(status)
        return writer

    return make_run
