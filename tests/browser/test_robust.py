"""Two browsers on one server, and run folders that vanish or break under a page."""

from __future__ import annotations

import re
import shutil

import pytest
from browser_parts import settled
from playwright.sync_api import expect

from hirise.runs import list_runs

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = (
    *("Learning curves", "Confusion matrix", "Classes", "Predicted labels"),
    *("Confidence", "Runs", "Train", "Load", "Overview"),
)


@pytest.fixture
def open_browser(new_context):
    """`open_browser()`: a page of a browser that shares nothing with the others."""
    return lambda: new_context().new_page()


@pytest.fixture
def site(artifacts, serve, server_logs):
    """A server on `artifacts` that prints no traceback, whatever a test does to it."""
    address = serve(artifacts)
    yield address
    assert "Traceback" not in server_logs[address].read_text(errors="replace")


def follow(page, title):
    page.locator("h1").hover()  # away from a link, whose tooltip hides the next one
    page.get_by_role("link", name=title, exact=True).click()


def open_page(page, title):
    follow(page, title)
    expect(page.locator("h1")).to_have_text(title)
    return settled(page)


def expect_run(page, title):
    """The browser's title names the run, on pages that show one."""
    named = rf" · {re.escape(title)}$|^(Train|Load) · Classifier doctor$"
    expect(page).to_have_title(re.compile(named))


def test_two_browsers_show_two_runs_on_different_pages(
    artifacts, make_runs, site, open_browser
):
    runs = {make: make_runs[make](artifacts) for make in ("collapsed", "healthy")}
    one, other = open_browser(), open_browser()
    one.goto(f"{site}/?run={runs['collapsed']}")
    other.goto(f"{site}/classes?run={runs['healthy']}&split=test")
    # A link that is followed before the sidebar is drawn leaves its selectors behind.
    expect_run(one, "blog-final")
    expect_run(other, "small-cnn")
    for title, elsewhere in zip(PAGES, reversed(PAGES), strict=True):
        settled(one), settled(other)
        follow(one, title)
        follow(other, elsewhere)
        for page, shown, run, name in (
            (one, title, "collapsed", "blog-final"),
            (other, elsewhere, "healthy", "small-cnn"),
        ):
            expect(page.locator("h1")).to_have_text(shown)
            settled(page)
            expect_run(page, name)
            # The page writes its address a moment after its script has ended.
            expect(page).to_have_url(re.compile(runs[run]))
    assert "split=test" in other.url
    assert "split=test" not in one.url
    expect(one.get_by_role("alert")).to_contain_text("All 400 val images")


def test_a_run_is_renamed_and_deleted_while_another_browser_shows_it(
    artifacts, make_runs, site, open_browser
):
    run = make_runs["collapsed"](artifacts)
    make_runs["healthy"](artifacts)
    looking, acting = open_browser(), open_browser()
    looking.goto(f"{site}/?run={run}")
    acting.goto(f"{site}/runs?run={run}")
    expect(settled(looking).get_by_role("alert")).to_contain_text("Collapsed")
    settled(acting).get_by_role("button", name="Rename").click()
    acting.get_by_label("Title").fill("another name")
    acting.get_by_label("Title").press("Tab")
    acting.get_by_role("button", name="Save the title").click()
    expect_run(acting, "another name")
    open_page(looking, "Classes")
    expect_run(looking, "another name")
    acting.get_by_role("button", name="Delete", exact=True).click()
    acting.get_by_role("button", name="Delete it").click()
    expect_run(acting, "small-cnn")
    follow(looking, "Learning curves")
    expect(looking.get_by_text(f"There is no run {run}.")).to_be_visible()
    expect_run(settled(looking), "small-cnn")
    (left,) = list_runs(artifacts).runs
    assert left.info.title == "small-cnn"
    assert run not in looking.url


def test_the_folder_of_the_runs_is_gone_for_a_while(
    artifacts, make_runs, site, open_browser
):
    run = make_runs["collapsed"](artifacts)
    page = open_browser()
    page.goto(f"{site}/?run={run}")
    expect(settled(page).get_by_role("alert")).to_contain_text("Collapsed")
    kept = shutil.copytree(artifacts, artifacts.with_name("kept"))
    shutil.rmtree(artifacts)
    for title in PAGES:
        open_page(page, title)
    expect(page.get_by_text("No runs yet")).to_be_visible()
    shutil.copytree(kept, artifacts)
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_role("alert")).to_contain_text("All 400 val images")
    for title in PAGES:
        open_page(page, title)
        expect_run(page, "blog-final")
    assert len(list_runs(artifacts).runs[0].history()) == 3


def test_files_of_a_run_are_cut_short_while_its_pages_are_open(
    artifacts, make_runs, site, open_browser
):
    other = make_runs["healthy"](artifacts)
    page = open_browser()
    for broken in (
        *("predictions/val.parquet", "run.json", "history.csv"),
        "predictions",
    ):
        run = make_runs["collapsed"](artifacts)
        page.goto(f"{site}/?run={run}")
        expect(settled(page).get_by_role("alert")).to_contain_text("Collapsed")
        path = artifacts / run / broken
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        for title in PAGES:
            open_page(page, title)
        page.goto(f"{site}/?run={other}")
        expect_run(settled(page), "small-cnn")
