"""From a number to its images, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from hirise.predictions import read_predictions
from hirise.runs import find_run

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCREEN = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def site(tmp_path_factory, make_runs, serve):
    artifacts = tmp_path_factory.mktemp("runs") / "artifacts"
    run = make_runs["healthy"](artifacts)
    found = find_run(artifacts, run)
    return serve(artifacts), run, read_predictions(found.predictions_path("val"))


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport=SCREEN)
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def settled(page):
    page.wait_for_selector("h1")
    app = page.locator("[data-testid=stApp]")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def tiles(page):
    return page.locator(".gallery").last.locator(".tile")


def test_every_cell_of_the_matrix_leads_to_exactly_its_images(site, page):
    address, run, predictions = site
    names = predictions.class_names
    for true, name in enumerate(names):
        for called, other in enumerate(names):
            wanted = (predictions.y_true == true) & (predictions.y_pred == called)
            n, whole = int(wanted.sum()), len(predictions)
            page.goto(f"{address}/images?run={run}&true-class={name}&named={other}")
            many = "1 image" if n == 1 else f"{n:,} images"
            title = re.compile(f"^{many} of {whole:,}$")
            expect(page.locator("h3").filter(has_text=title)).to_be_visible()
            if n:
                expect(tiles(page)).to_have_count(min(n, 60))


def test_a_click_in_the_matrix_leads_to_the_images(site, page):
    address, run, predictions = site
    wrong = predictions.y_true != predictions.y_pred
    true, called = predictions.y_true[wrong][0], predictions.y_pred[wrong][0]
    names = predictions.class_names
    cell = f"true={names[true]}&predicted={names[called]}"
    page.goto(f"{address}/confusion_matrix?run={run}&{cell}")
    settled(page)
    n = int(((predictions.y_true == true) & (predictions.y_pred == called)).sum())
    page.get_by_role("link", name="All of them").click()
    expect(page.locator("h1")).to_have_text("Images")
    expect(page.locator("h3").filter(has_text=f"{n} image")).to_be_visible()
    expect(tiles(page)).to_have_count(n)
    assert "true-class=" in page.url
    page.get_by_role("button", name=f"true: {names[true]}").click()
    named = int((predictions.y_pred == called).sum())
    expect(page.locator("h3").filter(has_text=f"{named:,} images of")).to_be_visible()


def test_the_address_restores_everything_in_a_fresh_browser(site, browser, page):
    address, run, predictions = site
    wrong = (predictions.y_true == 0) & (predictions.y_pred != 0)
    page.goto(f"{address}/images?run={run}")
    settled(page)
    page.get_by_role("combobox", name=re.compile("True class")).fill("other")
    page.keyboard.press("Enter")
    settled(page)
    page.get_by_text("wrong", exact=True).click()
    title = page.locator("h3").filter(has_text=f"{int(wrong.sum()):,} images of")
    expect(title).to_be_visible()
    page.get_by_role("combobox", name=re.compile("First come")).fill("name")
    page.keyboard.press("Enter")
    settled(page)
    first = tiles(page).first
    expect(first).to_have_attribute(
        "data-id", min(name for name in predictions.image[wrong])
    )
    first.click()
    expect(page.get_by_text("All probabilities")).to_be_visible()
    context = browser.new_context(viewport=SCREEN)
    context.set_default_timeout(60_000)
    fresh = context.new_page()
    fresh.goto(page.url)
    settled(fresh)
    expect(
        fresh.locator("h3").filter(has_text=f"{int(wrong.sum()):,} images of")
    ).to_be_visible()
    expect(fresh.get_by_text("All probabilities")).to_be_visible()
    expect(fresh.get_by_role("button", name="true: other")).to_be_visible()
    expect(tiles(fresh).first).to_have_attribute("aria-pressed", "true")
    context.close()


def test_by_keyboard_alone(site, page):
    address, run, _ = site
    page.goto(f"{address}/images?run={run}&sort=name")
    settled(page)
    tiles(page).first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text("All probabilities")).to_be_visible()
    assert "image=image-0002.jpg" in page.url
    page.get_by_role("button", name="Next image").press("Enter")
    expect(page).to_have_url(re.compile(r"image=image-0003\.jpg"))
