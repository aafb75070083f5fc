"""What browser tests wait for."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Page, expect


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
