"""The page Runs by keyboard and by its address, in a real browser."""

from __future__ import annotations

from contextlib import suppress

import pytest
from browser_parts import settled
from playwright.sync_api import TimeoutError, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def site(serve_runs):
    return serve_runs("collapsed", "healthy")


def open_list(page, box):
    """Open the list of a select box by keyboard, again where it was drawn anew."""
    options = page.get_by_role("option")
    for _ in range(30):
        box.focus()
        page.keyboard.press("ArrowDown")
        with suppress(TimeoutError):
            options.first.wait_for(timeout=4_000)
            return
    raise AssertionError("the list did not open")


def baseline(page):
    return page.get_by_role("combobox", name="Baseline")


def test_the_baseline_is_chosen_and_taken_back_by_keyboard(site, page):
    address, ids = site
    page.goto(f"{address}/runs?run={ids['healthy']}")
    box = baseline(page)
    box.wait_for()
    open_list(page, box)
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Cured")).to_be_visible()
    page.wait_for_url(f"**baseline={ids['collapsed']}*")
    page.reload()
    expect(page.get_by_role("heading", name="Cured")).to_be_visible()
    box.focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Backspace")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Choose the run to compare with.")).to_be_visible()
    page.wait_for_function("!location.search.includes('baseline')")


def test_the_address_forgets_a_baseline_that_is_now_the_run(site, page):
    address, ids = site
    query = f"run={ids['healthy']}&baseline={ids['collapsed']}"
    page.goto(f"{address}/runs?{query}")
    expect(page.get_by_role("heading", name="Cured")).to_be_visible()
    run = page.get_by_test_id("stSidebar").get_by_role("combobox", name="Run")
    open_list(page, run)
    page.get_by_role("option", name="blog-final").click()
    expect(page.get_by_text("Choose the run to compare with.")).to_be_visible()
    page.wait_for_url(f"**run={ids['collapsed']}*")
    page.wait_for_function("!location.search.includes('baseline')")
    page.reload()
    expect(page.get_by_text("Choose the run to compare with.")).to_be_visible()
    expect(baseline(page)).to_have_value("")


def test_the_goal_is_in_the_address(site, page):
    address, ids = site
    page.goto(f"{address}/runs?run={ids['healthy']}&goal=0.95")
    expect(page.get_by_label("Goal", exact=True)).to_have_value("0.95")
    expect(page.get_by_text("goal 95.0%").first).to_be_visible()


def test_two_ticked_runs_are_compared_and_one_is_opened(site, page):
    address, ids = site
    page.goto(f"{address}/runs?run={ids['collapsed']}")
    settled(page)
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    # The heading and each row are 35 pixels high; the boxes stand on the left.
    page.mouse.click(box["x"] + 18, box["y"] + 35 * 1.5)
    page.wait_for_url(f"**run={ids['healthy']}*")
    expect(page.get_by_role("heading", name="Learning curves of the")).to_be_visible()
    page.mouse.click(box["x"] + 18, box["y"] + 35 * 2.5)
    expect(page.get_by_role("heading", name="Cured")).to_be_visible()
    expect(page.get_by_role("heading", name="Settings of the ticked")).to_be_visible()
    page.wait_for_url(f"**baseline={ids['collapsed']}*")
    page.get_by_role("button", name="Untick 2").click()
    expect(page.get_by_role("heading", name="Learning curves of")).to_have_count(0)
