"""The browser of tests and benchmarks, and what tests of pages wait for."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import (
    Browser,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

SCREEN: ViewportSize = {"width": 1440, "height": 900}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
)


@contextmanager
def chromium() -> Iterator[Browser | None]:
    """A headless Chromium, or None where none is on the path."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        yield None
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


def settled(page: Page) -> Page:
    """`page`, once its script has run to its end and no exception is on it."""
    page.wait_for_selector("h1")
    app = page.locator("[data-testid=stApp]")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    return page


def wait_until(is_so: Callable[[], bool], *, seconds: float = 120) -> None:
    """Return once `is_so()`; fails when that takes longer than `seconds`."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.1)
