"""A training started, watched and judged from the browser alone."""

from __future__ import annotations

import numpy as np
import pytest
from browser_parts import settled, wait_until
from PIL import Image
from playwright.sync_api import expect

from hirise.diagnosis import diagnose, gather
from hirise.runs import list_runs

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SMALL = {"image_size": "32", "filters": "4,8,8", "batch_size": "16", "patience": "0"}
TIME = 300_000


@pytest.fixture
def images(tmp_path):
    """Two classes in folders of their own, told apart by their brightness."""
    rng = np.random.default_rng(0)
    for number in range(480):
        folder = tmp_path / "images" / ("bright" if number % 4 == 0 else "dark")
        folder.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 100, (32, 32), dtype=np.uint8)
        pixels += np.uint8(140 * (number % 4 == 0))
        Image.fromarray(pixels).save(folder / f"{number:03d}.png")
    return tmp_path / "images"


def epochs_of(artifacts):
    """How many epochs the one run there has finished."""
    runs = list_runs(artifacts).runs
    return len(runs[0].history()) if runs else 0


def address_of(server, images, epochs):
    settings = {**SMALL, "epochs": epochs}
    query = "&".join(f"small-cnn-{key}={value}" for key, value in settings.items())
    return f"{server}/train?data={images}&{query}"


def expect_no_exception(page):
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def test_one_epoch_is_started_watched_and_diagnosed(
    artifacts, images, serve, context, make_runs
):
    other = make_runs["healthy"](artifacts)
    server = serve(artifacts)
    page = context.new_page()
    page.goto(address_of(server, images, 1))
    expect(page.get_by_text("a folder per class")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Start training").click()
    # A fast machine may be through before it is looked at.
    shown = page.get_by_role("progressbar").or_(
        page.get_by_role("button", name="Open its Overview")
    )
    expect(shown.first).to_be_visible()
    page.reload()
    expect(shown.first).to_be_visible()
    second = context.new_page()
    second.goto(f"{server}/train?run={other}")
    for tab in (page, second):
        tab.get_by_role("button", name="Open its Overview").wait_for(timeout=TIME)
    run = list_runs(artifacts).runs[0]
    headline = diagnose(gather(run)).verdict.title
    for tab in (page, second):
        expect(tab.get_by_role("heading", name=headline)).to_be_visible()
        expect_no_exception(tab)
    assert (run.info.status, len(run.history())) == ("finished", 1)
    second.get_by_role("button", name="Open its Overview").click()
    expect(second.locator("h1")).to_have_text("Overview")
    second.wait_for_url(f"**run={run.info.id}*")
    assert other not in second.url
    expect_no_exception(second)


def test_a_long_training_shows_epochs_and_is_stopped(artifacts, images, serve, context):
    page = context.new_page()
    page.goto(address_of(serve(artifacts), images, 5000))
    page.get_by_role("button", name="Start training").click()
    labels = page.get_by_role("heading", name="Predicted labels")
    expect(labels).to_be_visible(timeout=TIME)
    wait_until(lambda: epochs_of(artifacts) >= 2)
    page.get_by_test_id("stMain").get_by_role("button", name="Stop", exact=True).click()
    # The page is drawn again with each epoch, and must leave the question open.
    epochs = epochs_of(artifacts)
    wait_until(lambda: epochs_of(artifacts) >= epochs + 3)
    page.get_by_role("button", name="Stop it").click()
    expect(
        page.get_by_text("Everything that it wrote until then is kept.")
    ).to_be_visible()
    expect_no_exception(page)
    (run,) = list_runs(artifacts).runs
    assert run.info.status == "interrupted"
    assert len(run.history()) >= 1
    page.get_by_role("button", name="Open its Learning curves").click()
    expect(page.locator("h1")).to_have_text("Learning curves")
    expect_no_exception(page)
