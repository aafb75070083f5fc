"""Every page, light on a wide screen and dark on a phone, by the rules of axe-core."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from hirise.__main__ import run as hirise
from hirise.runs import list_runs

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATHS = (
    "",
    "learning_curves",
    "confusion_matrix",
    "classes",
    "predicted_labels",
    "confidence",
    "images",
    "data",
    "runs",
    "train",
    "load",
    "cure",
    "the_story",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory, make_runs, serve):
    artifacts = tmp_path_factory.mktemp("runs") / "artifacts"
    kinds = ("collapsed", "thresholded", "healthy")
    run, hidden, good = (make_runs[kind](artifacts) for kind in kinds)
    remedy = ["--remedy", "logit-adjustment", "--artifacts", str(artifacts)]
    assert hirise(["cure", hidden, *remedy]) == 0
    # A cured run has a before and after to show, on Cure and on Runs.
    cured = list_runs(artifacts).runs[0].info.id
    places = [f"{path}?run={run}" for path in PATHS]
    places += [f"cure?run={hidden}", f"runs?run={cured}&baseline={hidden}&split=test"]
    places += [f"predicted_labels?run={hidden}", f"confidence?run={good}"]
    return serve(artifacts), places


@pytest.mark.parametrize(
    ("scheme", "width", "height"),
    [("light", 1440, 900), ("dark", 390, 844)],
    ids=["wide", "phone"],
)
def test_no_page_breaks_a_rule_of_accessibility(site, browser, scheme, width, height):
    address, places = site
    screen = {"width": width, "height": height}
    context = browser.new_context(
        viewport=screen, color_scheme=scheme, reduced_motion="reduce"
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    found = []
    for path in places:
        page.goto(f"{address}/{path}")
        page.wait_for_selector("h1")
        app = page.locator("[data-testid=stApp]")
        expect(app).to_have_attribute("data-test-script-state", "notRunning")
        # The code of the links loads by itself; before it the sidebar holds none.
        links = page.locator("[data-testid=stSidebar] [data-testid=stPageLink-NavLink]")
        links.last.wait_for(state="attached")
        page.wait_for_function("document.getAnimations().length === 0")
        found += [(path, *finding) for finding in broken(page)]
    context.close()
    assert found == []


def broken(page):
    """Rule and first place of each finding, whatever its impact."""
    results = Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in results]
