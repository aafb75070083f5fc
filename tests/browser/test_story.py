"""The whole story from the browser, with neither data nor network.

See the collapsed example, train a network on simulated Mars, compare the two.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from hirise.runs import list_runs

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOWHERE = "http://127.0.0.1:9"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy")

Step = Callable[[str, Page], object]


def block_network(context: BrowserContext) -> list[str]:
    """Refuse what leaves this machine; the addresses asked for come into the list."""
    asked: list[str] = []

    def judge(route):
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    context.route("**/*", judge)
    return asked


def go_to(page: Page, name: str) -> None:
    if narrow(page):
        page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.locator("h1")).to_have_text(name)
    sidebar = page.get_by_test_id("stSidebar")
    if narrow(page) and sidebar.get_attribute("data-collapsed") == "false":
        page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()


def narrow(page: Page) -> bool:
    """Whether the sidebar lies over the page, as on a phone."""
    size = page.viewport_size
    return size is not None and size["width"] < 768


def fill(page: Page, label: str, text: str) -> None:
    field = page.get_by_label(label, exact=True)
    field.fill(text)
    field.press("Enter")


def walk(
    page: Page,
    address: str,
    step: Step,
    *,
    landmarks: int | None = None,
    epochs: int | None = None,
    patience: float,
) -> None:
    """The story; `step` is told when each part of it is done."""
    page.goto(address)
    expect(page.get_by_role("heading", name="Collapsed")).to_be_visible()
    step("collapsed example read", page)
    go_to(page, "Train")
    start = page.get_by_role("button", name="Start training")
    expect(start).to_be_enabled()
    if landmarks is not None:
        fill(page, "Landmarks", str(landmarks))
    if epochs is not None:
        fill(page, "Epochs", str(epochs))
    step("training ready to be started", page)
    start.click()
    # Each state is passed at the machine's own speed: one further on will do.
    verdict = page.get_by_role("button", name="Open its Overview")
    labels = page.get_by_role("heading", name="Predicted labels").or_(verdict)
    training = page.get_by_text("Epoch 1 of").or_(labels)
    reading = page.get_by_text("Starting: reading the images").or_(training)
    simulating = page.get_by_text("Simulating:").or_(reading)
    for state, name in (
        (simulating, "simulation seen"),
        (reading, "simulated"),
        (labels, "first epoch seen"),
    ):
        expect(state.first).to_be_visible(timeout=patience)
        step(name, page)
    verdict.wait_for(timeout=patience)
    step("trained", page)
    verdict.click()
    expect(page.locator("h1")).to_have_text("Overview")
    expect(page.get_by_text("Accuracy").first).to_be_visible()
    step("its verdict read", page)
    go_to(page, "Runs")
    expect(page.get_by_role("heading", name="Accuracy of each run")).to_be_visible()
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    step("runs compared", page)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def test_with_neither_data_nor_network(artifacts, serve, context, monkeypatch):
    monkeypatch.delenv("HIRISE_EXAMPLES")
    for name in PROXIES:
        monkeypatch.setenv(name, NOWHERE)
    asked = block_network(context)
    said = []
    walk(
        context.new_page(),
        serve(artifacts),
        lambda name, page: said.append(name),
        landmarks=100,
        epochs=2,
        patience=300_000,
    )
    assert asked == []
    assert said[-1] == "runs compared"
    own = [run for run in list_runs(artifacts).runs if not run.is_example]
    assert [(run.info.status, len(run.history())) for run in own] == [("finished", 2)]
    assert own[0].info.dataset["layout"] == "simulated"
