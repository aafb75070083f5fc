"""A click among 120 classes: the pair is chosen, and its images come into view."""

import pytest
from browser_parts import settled
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(serve_runs):
    return serve_runs("many_classes", "healthy")


def is_in_view(page):
    return page.evaluate(
        """() => {
            const at = document.querySelector(".st-key-cell-images");
            const {top} = at.getBoundingClientRect();
            return top >= 0 && top < window.innerHeight;
        }"""
    )


def test_a_click_on_a_pair_shows_its_images_and_keeps_the_run(site, page):
    address, ids = site
    page.goto(f"{address}/confusion_matrix?run={ids['many_classes']}&split=test")
    settled(page)
    before = page.url
    table = page.locator("[data-testid=stDataFrame]").first.bounding_box()
    page.mouse.click(table["x"] + 60, table["y"] + 35 * 4.5)  # the fourth pair
    page.wait_for_url(lambda url: url != before and "predicted=" in url)
    settled(page)
    assert ids["many_classes"] in page.url
    assert "split=test" in page.url
    page.wait_for_function(
        "document.querySelector('[data-testid=stMain]').scrollTop > 0"
    )
    assert is_in_view(page)


def test_the_page_stays_small(site, page):
    address, ids = site
    received = []
    cdp = page.context.new_cdp_session(page)
    cdp.send("Network.enable")
    cdp.on(
        "Network.webSocketFrameReceived",
        lambda frame: received.append(len(frame["response"]["payloadData"])),
    )
    page.goto(f"{address}/confusion_matrix?run={ids['many_classes']}")
    settled(page)
    assert sum(received) < 2_000_000
    assert page.evaluate("document.querySelectorAll('*').length") < 5000


def test_a_narrow_window_is_noticed(site, new_context):
    address, ids = site
    page = new_context(viewport={"width": 390, "height": 844}).new_page()
    page.goto(f"{address}/confusion_matrix?run={ids['healthy']}")
    title = page.locator(".js-plotly-plot").get_by_text("rows true, columns predicted")
    expect(title).to_be_visible()
