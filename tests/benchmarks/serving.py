"""What the benchmarks of the pages share: servers, a browser and a cold disk cache."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[1] / "parts"))

import browser_parts

DROP_CACHES = Path("/proc/sys/vm/drop_caches")
LONGEST = 120


@contextmanager
def chromium() -> Iterator[Browser]:
    with browser_parts.chromium() as browser:
        if browser is None:
            sys.exit("There is no Chromium: `chromium` is not on the path.")
        yield browser


@contextmanager
def fresh_page(browser: Browser) -> Iterator[Page]:
    """A page of a context of its own: nothing is cached, no cookie is known."""
    context = browser.new_context(viewport=browser_parts.SCREEN)
    context.set_default_timeout(LONGEST * 1000)
    yield context.new_page()
    context.close()


@contextmanager
def started(
    command: list[str], port: int, **environment: str
) -> Iterator[psutil.Process]:
    """A server, from its start on; ended with all that it started."""
    process = psutil.Popen(
        command,
        env={**os.environ, "STREAMLIT_SERVER_HEADLESS": "true", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process)
        yield process
    finally:
        family = [*process.children(recursive=True), process]
        for member in family:
            member.terminate()
        psutil.wait_procs(family, timeout=10)


def dashboard_command(artifacts: Path, port: int) -> list[str]:
    options = ["--artifacts", str(artifacts), "--port", str(port)]
    return [sys.executable, "-m", "hirise", "dashboard", *options]


def wait_for(port: int, process: psutil.Process) -> None:
    end = time.monotonic() + LONGEST
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    sys.exit(f"The server did not answer (status {process.poll()}).")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def forget_files() -> bool:
    """Empty the system's cache of files, if it may be done; whether it was."""
    os.sync()
    try:
        DROP_CACHES.write_text("3")
    except OSError:
        return False
    return True


def resident(process: psutil.Process) -> float:
    """Resident memory of a process and its children, in MB."""
    family = [process, *process.children(recursive=True)]
    return sum(member.memory_info().rss for member in family) / 1e6


def machine() -> str:
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    version = sys.version.partition(" ")[0]
    return f"Python {version}, {os.cpu_count()} CPUs{load}"
