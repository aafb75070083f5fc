"""The report in a real browser: without a network, drawn, on screen and on paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from hirise.reporting import write_report

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHIPPED = sorted((Path(__file__).parents[2] / "artifacts" / "examples").glob("2*"))
SCREENS = {
    "wide": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1024, "height": 800}, "color_scheme": "dark"},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
    },
}
DRAWN = """
[...document.querySelectorAll(".plot")].map((plot) => ({
  id: plot.id,
  marks: plot.querySelectorAll(".trace, .heatmaplayer image, .point").length,
  width: plot.querySelector("svg.main-svg").getBoundingClientRect().width,
  room: plot.getBoundingClientRect().width,
}))
"""


@pytest.fixture
def open_alone(browser):
    """`open_alone(path, "wide")`: the page, and what it asked for or said."""
    contexts = []

    def start(path, screen):
        context = browser.new_context(offline=True, **SCREENS[screen])
        contexts.append(context)
        page, heard = context.new_page(), []
        page.on("request", lambda request: heard.append(f"asked {request.url[:100]}"))
        page.on("console", lambda message: heard.append(f"said {message.text}"))
        page.on("pageerror", lambda error: heard.append(f"failed {error}"))
        page.on("dialog", lambda dialog: (heard.append("dialog"), dialog.dismiss()))
        page.goto(path.as_uri())
        expect(page.locator(".plot:not([data-drawn])")).to_have_count(0)
        return page, heard

    yield start
    for context in contexts:
        context.close()


def alone(heard, path):
    """What was heard, less the file itself and what it carries inside."""
    own = (f"asked {path.as_uri()}"[:106], "asked data:")
    return [one for one in heard if not one.startswith(own)]


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name[16:])
def test_every_chart_is_drawn_without_a_request(folder, screen, open_alone, tmp_path):
    path = write_report(folder, tmp_path / "report.html")
    page, heard = open_alone(path, screen)
    drawn = page.evaluate(DRAWN)
    assert len(drawn) == 13
    for one in drawn:
        assert one["marks"] > 0, one
        assert 0.9 * one["room"] < one["width"] <= one["room"] + 1, one
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    broken = "[...document.images].filter((one) => !one.naturalWidth).length"
    assert page.evaluate(broken) == 0
    assert alone(heard, path) == []


def test_a_chart_answers_the_mouse(open_alone, tmp_path):
    path = write_report(SHIPPED[0], tmp_path / "report.html")
    page, heard = open_alone(path, "wide")
    plot = page.locator("#plot-confusion")
    plot.scroll_into_view_if_needed()
    box = plot.locator(".nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 16, box["y"] + box["height"] / 16)
    expect(plot.locator(".hovertext")).to_contain_text("true other")
    assert alone(heard, path) == []


def test_hostile_class_names_run_no_script(make_runs, open_alone, tmp_path):
    run = make_runs["odd_names"](tmp_path / "artifacts")
    path = write_report(run, tmp_path / "r.html", artifacts=tmp_path / "artifacts")
    page, heard = open_alone(path, "wide")
    assert page.locator("svg a").count() == 0
    assert page.locator("main a").count() == 0
    expect(page.locator("#plot-label-shares .ytick text").first).to_contain_text("<b>")
    assert alone(heard, path) == []


def test_the_button_on_the_overview_saves_it(
    make_runs, serve, page, open_alone, tmp_path
):
    run = make_runs["healthy"](tmp_path / "artifacts")
    address = serve(tmp_path / "artifacts")
    page.goto(f"{address}/?run={run}&split=test")
    with page.expect_download() as download:
        page.get_by_role("button", name="Report").click()
    assert download.value.suggested_filename == f"{run}-test.html"
    path = tmp_path / "saved.html"
    download.value.save_as(path)
    saved, heard = open_alone(path, "wide")
    expect(saved.locator("h1")).to_have_text("No collapse found")
    assert alone(heard, path) == []


def test_on_paper_charts_fit_and_the_screen_comes_back(open_alone, tmp_path):
    path = write_report(SHIPPED[0], tmp_path / "report.html")
    page, heard = open_alone(path, "dark")
    before = page.evaluate(DRAWN)
    n_open = page.locator("details[open]").count()  # the deciding experiment
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    for one in page.evaluate(DRAWN):
        assert one["width"] <= 680
    assert page.locator("details:not([open])").count() == 0
    paper = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(paper) == "rgb(255, 255, 255)"
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == n_open == 1
    assert [one["width"] for one in page.evaluate(DRAWN)] == [
        one["width"] for one in before
    ]
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    assert alone(heard, path) == []


def test_a_report_meets_the_rules_of_accessibility(open_alone, tmp_path):
    from axe_playwright_python.sync_playwright import Axe

    path = write_report(SHIPPED[0], tmp_path / "report.html")
    page, _ = open_alone(path, "wide")
    found = Axe().run(page)
    serious = [
        (one["id"], [node["html"][:120] for node in one["nodes"]][:3])
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []
