"""What a person sees: a real server, a real browser."""

from __future__ import annotations

import pytest
from browser_parts import SCREEN, settled
from playwright.sync_api import expect

from hirise.runs.tables import HISTORY_COLUMNS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = (
    "Learning curves",
    "Confusion matrix",
    "Classes",
    "Predicted labels",
    "Confidence",
    "Data",
    "Runs",
    "Overview",
)


@pytest.fixture(scope="module")
def site(serve_runs):
    return serve_runs("collapsed", "odd_names")


@pytest.fixture(params=["light", "dark"])
def page(request, new_context):
    return new_context(color_scheme=request.param).new_page()


@pytest.fixture
def light_page(context):
    return context.new_page()


def bottom(locator):
    box = locator.bounding_box()
    return box["y"] + box["height"]


def test_the_verdict_is_in_the_first_screen_and_every_page_works(site, light_page):
    address, ids = site
    asked: list[str] = []
    light_page.on("request", lambda request: asked.append(request.url))
    light_page.goto(f"{address}/?run={ids['collapsed']}")
    expect_verdict(light_page)
    for title in PAGES:
        light_page.get_by_role("link", name=title, exact=True).click()
        expect(light_page.locator("h1")).to_have_text(title)
        settled(light_page)
        if title == "Confidence":
            expect(light_page.get_by_text("would mislead").first).to_be_visible()
        else:
            chart = light_page.locator(".js-plotly-plot .main-svg").first
            expect(chart).to_be_visible()
        assert ids["collapsed"] in light_page.url
    elsewhere = [
        url for url in asked if not url.startswith((address, "data:", "blob:"))
    ]
    assert elsewhere == [], "nothing is fetched from other machines"


def expect_verdict(page):
    settled(page)
    verdict = page.get_by_role("alert")
    expect(verdict).to_contain_text("Collapsed")
    expect(verdict).to_contain_text("All 400 val images are predicted as 'other'.")
    charts = page.locator("[data-testid=stPlotlyChart]")
    expect(charts).to_have_count(2)
    assert bottom(verdict) < bottom(charts.nth(0)) <= SCREEN["height"]
    assert bottom(charts.nth(1)) <= SCREEN["height"]


def test_a_link_into_the_app_works_on_a_server_that_has_shown_nothing(
    tmp_path, make_runs, serve, light_page
):
    artifacts = tmp_path / "artifacts"
    make_runs["healthy"](artifacts)
    run = make_runs["collapsed"](artifacts)
    light_page.goto(f"{serve(artifacts)}/classes?run={run}&split=test")
    settled(light_page)
    expect(light_page.locator("h1")).to_have_text("Classes")
    expect(light_page.get_by_role("heading", name="blog-final")).to_be_visible()


def test_odd_names_break_no_page_in_the_dark(site, new_context):
    address, ids = site
    page = new_context(color_scheme="dark").new_page()
    page.goto(f"{address}/?run={ids['odd_names']}")
    for title in PAGES:
        settled(page)
        page.get_by_role("link", name=title, exact=True).click()
        expect(page.locator("h1")).to_have_text(title)
    settled(page)


def test_a_chosen_row_opens_its_run(site, light_page):
    address, ids = site
    light_page.goto(f"{address}/runs?run={ids['odd_names']}")
    settled(light_page)
    table = light_page.locator("[data-testid=stDataFrame]").first.bounding_box()
    # The newest run is in the first row, `collapsed` in the second; 35 pixels each.
    light_page.mouse.click(table["x"] + 17, table["y"] + 35 * 2.5)
    light_page.get_by_role("link", name="Open blog-final").click()
    expect(light_page.locator("h1")).to_have_text("Overview")
    light_page.wait_for_url(f"**run={ids['collapsed']}*")
    expect(light_page.get_by_role("alert")).to_contain_text("Collapsed")


def test_names_are_shown_as_they_are(site, light_page):
    address, ids = site
    cell = "predicted=%3Cb%3Ebold%3C%2Fb%3E%20*star*%20%24x%5E2%24"
    light_page.goto(f"{address}/confusion_matrix?run={ids['odd_names']}&{cell}")
    settled(light_page)
    name = "<b>bold</b> *star* $x^2$ :material/bug_report: [a](http://b.c) & co"
    heading = light_page.get_by_role("heading").filter(has_text="predicted as").first
    assert name in heading.inner_text().replace("\u2060", "")


def test_a_click_on_a_cell_chooses_it(site, light_page):
    address, ids = site
    light_page.goto(f"{address}/confusion_matrix?run={ids['collapsed']}")
    settled(light_page)
    heading = light_page.get_by_role("heading").filter(has_text="predicted as other")
    expect(heading).to_have_text("crater predicted as other: 23 images")
    plot = light_page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    # Eight classes: the middle of column 1, row 3.
    light_page.mouse.click(
        plot["x"] + plot["width"] / 16, plot["y"] + plot["height"] * 5 / 16
    )
    expect(heading).to_have_text("dark dune predicted as other: 12 images")
    light_page.wait_for_url("**true=dark*dune*")


def test_a_training_run_refreshes_by_itself(tmp_path, make_runs, serve, light_page):
    artifacts = tmp_path / "artifacts"
    run = make_runs["before_first_epoch"](artifacts)
    light_page.goto(f"{serve(artifacts)}/learning_curves?run={run}")
    settled(light_page)
    expect(light_page.get_by_text("The first epoch is still running")).to_be_visible()
    row = "1,0.8,0.8,0.1,0.1,0.8,0.8,0.1,0.1,0.001,5"
    text = f"{','.join(HISTORY_COLUMNS)}\n{row}\n"
    (artifacts / run / "history.csv").write_text(text)
    curve = light_page.get_by_role("heading", name="Macro-F1")
    expect(curve).to_be_visible()
    expect(light_page.get_by_text("Epoch 2 of 3")).to_be_visible()


@pytest.mark.parametrize(("width", "covers"), [(390, True), (1440, False)])
def test_a_followed_link_closes_the_sidebar_where_it_covers(
    site, new_context, width, covers
):
    address, ids = site
    page = new_context(viewport={"width": width, "height": 844}).new_page()
    page.goto(f"{address}/?run={ids['collapsed']}")
    settled(page)
    sidebar = page.locator("[data-testid=stSidebar]")
    for title in ("Classes", "Runs", "Overview"):
        if covers:
            expect(sidebar).to_have_attribute("data-collapsed", "true")
            page.locator("[data-testid=stExpandSidebarButton]").click()
        expect(sidebar).to_have_attribute("data-collapsed", "false")
        links = sidebar.locator("[data-testid=stPageLink-NavLink]", has_text=title)
        links.locator("visible=true").click()
        expect(page.locator("h1")).to_have_text(title)
        settled(page)
        closed = "true" if covers else "false"
        expect(sidebar).to_have_attribute("data-collapsed", closed)
