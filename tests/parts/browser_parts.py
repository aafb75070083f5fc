"""What browser tests wait for."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def settled(page: Page) -> Page:
    """`page`, once its script has run to its end and no exception is on it."""
    page.wait_for_selector("h1")
    app = page.locator("[data-testid=stApp]")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    return page
