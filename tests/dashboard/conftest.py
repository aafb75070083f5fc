"""Pages run in AppTest, on run folders in a folder of their own."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

import dashboard
from hirise.jobs import TrainRequest, drop, look, start, stop

STAYS = (sys.executable, "-S", "-c", "import time; print('here'); time.sleep(600)")
APP = Path(dashboard.__file__).with_name("app.py")
MAKERS = runpy.run_path(str(Path(__file__).with_name("example_runs.py")))["MAKERS"]


@pytest.fixture(scope="session", autouse=True)
def scanned_once() -> Iterator[None]:
    """Each `AppTest` reads what every installed package says of itself: 0.13 s."""
    found = manifest_scanner.scan_component_manifests()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(manifest_scanner, "scan_component_manifests", lambda: found)
        yield


@pytest.fixture(scope="session")
def example_folders() -> dict[str, Path]:
    """Where the examples are that were made so far, by kind."""
    return {}


@pytest.fixture(scope="session")
def example(tmp_path_factory, example_folders) -> Callable[[str], Path]:
    """`example("collapsed")`: an artifacts folder with that run alone, made once."""

    def make(kind: str) -> Path:
        if kind not in example_folders:
            folder = tmp_path_factory.mktemp(kind) / "artifacts"
            MAKERS[kind](folder)
            example_folders[kind] = folder
        return example_folders[kind]

    return make


@pytest.fixture
def open_page(monkeypatch, example_folders) -> Callable[..., AppTest]:
    """`open_page(artifacts, "runs", order="recall")`: the page, after its first run.

    What was measured of an example stays: it is the same for each test.
    """

    def make(artifacts: Path, page: str = "overview", **query: str) -> AppTest:
        monkeypatch.setenv("HIRISE_ARTIFACTS", str(artifacts))
        if artifacts not in example_folders.values():
            st.cache_data.clear()
            st.cache_resource.clear()
        app = AppTest.from_file(str(APP), default_timeout=120)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if page != "overview":
            app.switch_page(f"app_pages/{page}/page.py").run()
        return app

    return make


@pytest.fixture
def make_run() -> Callable[[str, Path], str]:
    """`make_run("healthy", artifacts)`: a new run of that kind; its id."""
    return lambda kind, artifacts: MAKERS[kind](artifacts)


@pytest.fixture
def stand_in(monkeypatch):
    """What the Train page starts instead of a training."""
    monkeypatch.setattr("hirise.jobs.queue.PROGRAM", STAYS)


@pytest.fixture
def artifacts(tmp_path):
    """A folder of runs; what trains there is stopped in the end."""
    folder = tmp_path / "artifacts"
    yield folder
    jobs = look(folder)
    if jobs.running is not None:
        if jobs.waiting is not None:
            drop(folder, jobs.waiting.id)
        stop(folder, jobs.running.id, patience=2)


@pytest.fixture
def begin(artifacts, monkeypatch, make_run):
    """`begin("training")`: a job that runs, and the example run that it makes."""

    def make(kind=None, *, seed=0, program=STAYS, data="/mars"):
        request = TrainRequest(data=data, recipe="blog-final", seed=seed)
        job = start(artifacts, request, program=program)
        if kind is None:
            return job, None
        monkeypatch.setenv("HIRISE_JOB", job.id)
        run = make_run(kind, artifacts)
        monkeypatch.delenv("HIRISE_JOB")
        return job, run

    return make


@pytest.fixture
def load(artifacts, open_page):
    """`load(path)`: the page Load with that path given."""

    def make(path, **query):
        query |= {"from": "Path on this machine", "file": str(path)}
        app = open_page(artifacts, "load", **query)
        assert not app.exception, [e.value for e in app.exception]
        return app

    return make


@pytest.fixture
def write(tmp_path):
    """`write(content)`: the path of a new file."""

    def make(content, name="p.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make
