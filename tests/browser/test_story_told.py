"""The story that ships, told in a real browser by keyboard, and by the rules of axe."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHIPPED = Path(__file__).resolve().parents[2] / "artifacts" / "examples"
GRAVE = ("serious", "critical")
ANSWERS = {
    "What is the cause?": "are correct, not",
    "What happened?": "Proven for the training",
    "Has it reached the goal?": "test images are predicted as",
    "Which exercise made the best network?": "Three habits",
}
"""What each question ends with, and what its answer says."""


@pytest.fixture(scope="module")
def address(tmp_path_factory, serve):
    artifacts = tmp_path_factory.mktemp("told") / "artifacts"
    shutil.copytree(SHIPPED, artifacts / "examples")
    return serve(artifacts)


@pytest.mark.parametrize(
    ("scheme", "width", "height"),
    [("light", 1440, 900), ("dark", 390, 844)],
    ids=["wide", "phone"],
)
def test_each_question_is_answered_by_keyboard(address, browser, scheme, width, height):
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(f"{address}/the_story")
    app = page.locator("[data-testid=stApp]")
    for question, said in ANSWERS.items():
        # What is inserted above moves the question, and takes the focus from it.
        expect(app).to_have_attribute("data-test-script-state", "notRunning")
        group = page.get_by_role("radiogroup", name=question)
        group.get_by_role("radio").last.focus()
        page.keyboard.press("Space")
        expect(page.get_by_text(said).first).to_be_visible()
    expect(app).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_text("Choose an answer to continue.")).to_have_count(0)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    page.wait_for_function("document.getAnimations().length === 0")
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in GRAVE] == []
    page.get_by_role("button", name="Open Exercise 4b").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert "exercise-4b" in page.url
    context.close()
