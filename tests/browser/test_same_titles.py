"""Of two runs with one title, the one that is chosen is shown, and acted on."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_chosen_one_of_two_equal_titles_stays(artifacts, make_runs, serve, context):
    ids = [make_runs["healthy"](artifacts) for _ in range(2)]
    page = context.new_page()
    for run in ids:
        page.goto(f"{serve(artifacts)}/?run={run}")
        expect(page.locator("h1")).to_have_text("Overview")
        page.get_by_role("link", name="Confidence").click()
        expect(page.locator("h1")).to_have_text("Confidence")
        page.get_by_role("link", name="Cure").click()
        expect(page.locator("h1")).to_have_text("Cure")
        page.wait_for_url(f"**run={run}*")
    chooser = page.get_by_role("combobox", name="Run")
    chooser.click()
    options = page.get_by_role("option")
    expect(options).to_have_count(2)
    older = options.nth(1)
    label = older.inner_text()
    older.click()
    page.wait_for_url(f"**run={ids[0]}*")
    expect(chooser).to_have_value(label)


def test_a_cell_of_the_matrix_is_in_the_link(artifacts, make_runs, serve, context):
    run = make_runs["collapsed"](artifacts)
    page = context.new_page()
    page.goto(f"{serve(artifacts)}/confusion_matrix?run={run}")
    expect(page.locator("h1")).to_have_text("Confusion matrix")
    chooser = page.get_by_role("combobox", name="True class")
    # A list that opens while the page scrolls is closed by it.
    chooser.focus()
    chooser.press("ArrowDown")
    other = page.get_by_role("option").last
    name = other.inner_text()
    other.click()
    expect(page.get_by_text(f"{name} predicted as").first).to_be_visible()
    page.get_by_role("button", name="Copy link").click()
    link = page.get_by_test_id("stCode").first
    expect(link).to_contain_text(f"true={name}")
