"""The real server on made-up runs, and a real Chromium."""

from __future__ import annotations

import os
import runpy
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_parts import SCREEN, chromium
from playwright.sync_api import Browser, BrowserContext, Page, expect

from hirise.jobs import poll, stop

EXAMPLES = Path(__file__).parents[1] / "dashboard" / "example_runs.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Walk once more where a walk failed, and say so in the summary: `RERUN`."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


# Playwright's 5 s are too few where other work fills the processors.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium; skips where there is none."""
    with chromium() as started:
        if started is None:
            pytest.skip("no Chromium here: `chromium` is not on the path")
        yield started


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """`new_context(color_scheme="dark")`: one that shares nothing with the others."""
    contexts: list[BrowserContext] = []

    def start(**options: Any) -> BrowserContext:
        contexts.append(browser.new_context(**{"viewport": SCREEN, **options}))
        contexts[-1].set_default_timeout(60_000)
        return contexts[-1]

    yield start
    for context in contexts:
        context.close()


@pytest.fixture
def context(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    return new_context()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def artifacts(tmp_path: Path) -> Iterator[Path]:
    """A folder of runs; what still runs in it after the test is stopped."""
    folder = tmp_path / "artifacts"
    yield folder
    running = poll(folder).running
    if running is not None:
        stop(folder, running.id)


@pytest.fixture(scope="session")
def make_runs() -> dict[str, Callable[[Path], str]]:
    """Writers of example runs, by kind."""
    makers: dict[str, Callable[[Path], str]] = runpy.run_path(str(EXAMPLES))["MAKERS"]
    return makers


@pytest.fixture(scope="session")
def server_logs() -> dict[str, Path]:
    """What each server printed, by its address."""
    return {}


@pytest.fixture(scope="module")
def serve(
    tmp_path_factory: pytest.TempPathFactory, server_logs: dict[str, Path]
) -> Iterator[Callable[[Path], str]]:
    """`serve(artifacts)`: the address of a server that `hirise dashboard` started."""
    servers: list[subprocess.Popen[bytes]] = []

    def start(artifacts: Path) -> str:
        port = free_port()
        command = [sys.executable, "-m", "hirise", "dashboard"]
        options = ["--artifacts", str(artifacts), "--port", str(port)]
        address = f"http://127.0.0.1:{port}"
        server_logs[address] = tmp_path_factory.mktemp("server") / "log.txt"
        with server_logs[address].open("wb") as log:
            servers.append(
                subprocess.Popen(
                    [*command, *options],
                    cwd=tmp_path_factory.mktemp("elsewhere"),
                    env={**os.environ, "STREAMLIT_SERVER_HEADLESS": "true"},
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )
        wait_for(port, servers[-1])
        return address

    yield start
    for server in servers:
        server.terminate()
        server.wait(60)


@pytest.fixture(scope="module")
def serve_runs(
    tmp_path_factory: pytest.TempPathFactory,
    make_runs: dict[str, Callable[[Path], str]],
    serve: Callable[[Path], str],
) -> Callable[..., tuple[str, dict[str, str]]]:
    """`serve_runs("collapsed", "healthy")`: an address, and the runs' ids by kind."""

    def start(*kinds: str) -> tuple[str, dict[str, str]]:
        artifacts = tmp_path_factory.mktemp("runs") / "artifacts"
        ids = {kind: make_runs[kind](artifacts) for kind in kinds}
        return serve(artifacts), ids

    return start


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Until the port answers; fails when the server ends or three minutes are over."""
    end = time.monotonic() + 180
    while time.monotonic() < end and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"the server did not answer (status {server.poll()})")
