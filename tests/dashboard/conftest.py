"""Pages run in AppTest, on run folders in a folder of their own."""

from __future__ import annotations

import os
import runpy
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from job_parts import STAYS
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner import script_runner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest, app_test, local_script_runner
from streamlit.testing.v1.local_script_runner import LocalScriptRunner
from streamlit.util import calc_hash

import dashboard
from hirise.actions.train import TrainRequest
from hirise.jobs import Job, poll, start, stop

OpenPage = Callable[..., AppTest]
MakeRun = Callable[[str, Path], str]

APP = Path(dashboard.__file__).with_name("app.py")
EXAMPLES = Path(__file__).parents[2] / "artifacts" / "examples"
ADDRESSES = {"story": "the_story"}
LIVE = ("before_first_epoch", "training")
MAKERS: dict[str, Callable[[Path], str]] = runpy.run_path(
    str(Path(__file__).with_name("example_runs.py"))
)["MAKERS"]


@pytest.fixture(scope="session", autouse=True)
def scanned_once() -> Iterator[None]:
    """Each `AppTest` reads what every installed package says of itself: 0.13 s."""
    found = manifest_scanner.scan_component_manifests()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(manifest_scanner, "scan_component_manifests", lambda: found)
        yield


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Each run of an `AppTest` compiles the entry file and its page again.

    The server keeps one cache for all sessions, and so do the tests.
    """
    cache = ScriptCache()
    with pytest.MonkeyPatch.context() as patched:
        for module in (app_test, local_script_runner):
            patched.setattr(module, "ScriptCache", lambda: cache)
        yield


@pytest.fixture(scope="session", autouse=True)
def waited_for() -> Iterator[None]:
    """An `AppTest` interrupts the page a thousand times a second: has it run yet?"""
    give_up = local_script_runner.require_widgets_deltas

    def wait(runner: LocalScriptRunner, timeout: float = 3) -> None:
        assert runner._script_thread is not None
        runner._script_thread.join(timeout)
        if runner._script_thread.is_alive():
            give_up(runner, 0)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(local_script_runner, "require_widgets_deltas", wait)
        yield


@pytest.fixture(scope="session", autouse=True)
def keras_is_left_alone() -> Iterator[None]:
    """Streamlit clears Keras' session after each run of a page, if there is Keras.

    The server never imports it. Here other tests did, and what they left makes the
    garbage collection that goes with it take a second.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(script_runner, "_clean_problem_modules", lambda: None)
        yield


@pytest.fixture(scope="session")
def example_folders() -> dict[str, Path]:
    """Where the examples are that were made so far, by kind."""
    return {}


@pytest.fixture(scope="session")
def example(
    tmp_path_factory: pytest.TempPathFactory, example_folders: dict[str, Path]
) -> Callable[[str], Path]:
    """`example("collapsed")`: an artifacts folder with that run alone, made once."""

    def make(kind: str) -> Path:
        if kind not in example_folders:
            folder: Path = tmp_path_factory.mktemp(kind) / "artifacts"
            MAKERS[kind](folder)
            example_folders[kind] = folder
        return example_folders[kind]

    return make


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the runs that ship; not to be changed."""
    artifacts: Path = tmp_path_factory.mktemp("shipped") / "artifacts"
    shutil.copytree(EXAMPLES, artifacts / "examples")
    return artifacts


def run_page(page: str, query: Mapping[str, str]) -> AppTest:
    """The page after its first run.

    It is opened as its address would open it: before the first run, `switch_page` knows
    no pages. What was measured stays, as in the server: caches go by a run's stamp.
    """
    app = AppTest.from_file(str(APP), default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    if page != "overview":
        app._page_hash = calc_hash(ADDRESSES.get(page, page))
    return app.run()


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """`open_page(artifacts, "runs", order="recall")`: the page, after its first run."""

    def make(artifacts: Path, page: str = "overview", **query: str) -> AppTest:
        monkeypatch.setenv("HIRISE_ARTIFACTS", str(artifacts))
        return run_page(page, query)

    return make


@pytest.fixture(scope="session")
def read_page() -> OpenPage:
    """As `open_page`, once for all tests of a folder that stays: only to be read.

    A test that clicks, or that patches what the page calls, opens a page of its own.
    """
    opened: dict[tuple[Path, str, frozenset[tuple[str, str]]], AppTest] = {}

    def make(artifacts: Path, page: str = "overview", **query: str) -> AppTest:
        key = artifacts, page, frozenset(query.items())
        if key not in opened:
            with pytest.MonkeyPatch.context() as patched:
                patched.setenv("HIRISE_ARTIFACTS", str(artifacts))
                opened[key] = run_page(page, query)
        return opened[key]

    return make


@pytest.fixture
def make_run(example: Callable[[str], Path]) -> MakeRun:
    """`make_run("healthy", artifacts)`: a run of that kind, newer than others; its id.

    A copy of the example where that is newer, with the same times of its files: what
    was measured of an earlier copy in the same place is not measured again.
    """

    def make(kind: str, artifacts: Path) -> str:
        (made,) = [path.parent for path in example(kind).glob("*/run.json")]
        newest = max((path.name for path in artifacts.glob("*")), default="")
        if kind in LIVE or "HIRISE_JOB" in os.environ or newest >= made.name:
            return MAKERS[kind](artifacts)
        shutil.copytree(made, artifacts / made.name)
        return made.name

    return make


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the Train page starts instead of a training."""
    monkeypatch.setattr("hirise.jobs.control.PROGRAM", STAYS)


@pytest.fixture(scope="session")
def same_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all tests use, one after the other."""
    place: Path = tmp_path_factory.mktemp("same")
    return place


@pytest.fixture
def artifacts(same_place: Path) -> Iterator[Path]:
    """A folder of runs, empty; what trains there is stopped in the end."""
    folder = same_place / "artifacts"
    shutil.rmtree(folder, ignore_errors=True)
    yield folder
    for job in reversed(poll(folder).jobs):
        stop(folder, job.id, patience=2)


@pytest.fixture
def begin(
    artifacts: Path, monkeypatch: pytest.MonkeyPatch, make_run: MakeRun
) -> Callable[..., tuple[Job, str | None]]:
    """`begin("training")`: a job that runs, and the example run that it makes."""

    def make(
        kind: str | None = None,
        *,
        seed: int = 0,
        program: Sequence[str] = STAYS,
        data: str = "/mars",
    ) -> tuple[Job, str | None]:
        request = TrainRequest(data=data, recipe="blog-final", seed=seed)
        job = start(artifacts, "train", request, title="blog-final", program=program)
        if kind is None:
            return job, None
        monkeypatch.setenv("HIRISE_JOB", job.id)
        run = make_run(kind, artifacts)
        monkeypatch.delenv("HIRISE_JOB")
        return job, run

    return make


@pytest.fixture
def load(artifacts: Path, open_page: OpenPage) -> OpenPage:
    """`load(path)`: the page Load with that path given."""

    def make(path: Path | str, **query: str) -> AppTest:
        query |= {"from": "Path on this machine", "file": str(path)}
        app = open_page(artifacts, "load", **query)
        assert not app.exception, [e.value for e in app.exception]
        return app

    return make


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """`write(content)`: the path of a new file."""

    def make(content: bytes | str, name: str = "p.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make
