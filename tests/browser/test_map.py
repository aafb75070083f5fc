"""From points on the map to their images, in a real browser."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from browser_parts import settled
from PIL import Image
from playwright.sync_api import expect

from hirise.predictions import read_predictions
from hirise.runs import find_run
from hirise.runs.embeddings import EmbeddingMap, write_embeddings, write_map
from hirise.runs.writer import RunWriter

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCREEN = {"width": 1440, "height": 1200}
ACROSS = 25
PLACES = """([x, y]) => {
    const {xaxis, yaxis} = document.querySelector('.js-plotly-plot')._fullLayout;
    const plot = document.querySelector('.nsewdrag').getBoundingClientRect();
    return [plot.x + xaxis.d2p(x), plot.y + yaxis.d2p(y)];
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory, make_runs, serve):
    """A run of 400 images whose map is a grid of 25 by 16 points."""
    artifacts = tmp_path_factory.mktemp("runs") / "artifacts"
    run = find_run(artifacts, make_runs["healthy"](artifacts))
    found = read_predictions(run.predictions_path("val"))
    rows, writer = np.arange(len(found)), RunWriter(run.folder)
    table = {"image": found.image, "split": "val", "class_name": "other"}
    table["path"] = found.image
    writer.write_table("catalog.parquet", pd.DataFrame(table))
    # Without pictures the page shows a table instead of the gallery.
    for name in found.image:
        path = artifacts.parent / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), 128).save(path)
    writer.update(dataset={"path": "images", "layout": "folder-per-class"})
    rng = np.random.default_rng(0)
    write_embeddings(writer, "val", rng.normal(size=(len(found), 8)))
    places = {"x": rows % ACROSS * 1.0, "y": rows // ACROSS * 1.0}
    points = pd.DataFrame({"image": found.image, **places})
    about = {"perplexity": 30.0, "divergence": 1.0}
    write_map(run, "val", EmbeddingMap(points, "tsne", 0, about))
    view = "view=Map+and+gallery&layout=t-SNE"
    return f"{serve(artifacts)}/images?run={run.info.id}&{view}", points, found


@pytest.fixture
def open_map(browser, site):
    contexts = []

    def make(address=site[0]):
        contexts.append(browser.new_context(viewport=SCREEN))
        contexts[-1].set_default_timeout(60_000)
        page = contexts[-1].new_page()
        page.goto(address)
        # The first chart of a browser brings plotly.js with it.
        plot = page.locator(".js-plotly-plot .nsewdrag")
        expect(plot).to_be_visible(timeout=180_000)
        settled(page)
        return page

    yield make
    for context in contexts:
        context.close()


def drag(page, corners):
    """Press at the first of these places of the map, and draw along the others."""
    first, *others = (page.evaluate(PLACES, list(corner)) for corner in corners)
    page.mouse.move(*first)
    page.mouse.down()
    for place in others:
        page.mouse.move(*place, steps=6)
    page.mouse.up()
    expect(page).to_have_url(re.compile("region="))


def heading(page, n):
    """That of `n` images, once the gallery below it shows as many."""
    expect(page.locator(".gallery").last.locator(".tile")).to_have_count(n)
    many = "1 image" if n == 1 else f"{n} images"
    return page.locator("h3").filter(has_text=re.compile(f"^{many} of 400$"))


def tiles(page):
    found = page.locator(".gallery").last.locator(".tile")
    return found.evaluate_all("all => all.map(one => one.dataset.id)")


def test_a_lasso_leads_to_exactly_the_images_inside(site, open_map):
    _, points, _ = site
    page = open_map()
    # A triangle whose long side runs half way between the points.
    drag(page, [(2.5, 1.5), (9.5, 1.5), (2.5, 8.5), (2.5, 1.5)])
    x, y = points["x"], points["y"]
    inside = points["image"][(x > 2.5) & (y > 1.5) & (x + y < 11)]
    on_the_side = points["image"][(x + y == 11) & (x > 2.5) & (y > 1.5)]
    expect(page.get_by_role("button", name="on the map")).to_be_visible()
    settled(page)
    # The gallery follows its heading.
    expect(page.locator("h3").filter(has_text="images of 400")).to_be_visible()
    expect(page.locator(".gallery").last.locator(".tile")).not_to_have_count(60)
    found = set(tiles(page))
    assert set(inside) <= found <= set(inside) | set(on_the_side)
    expect(heading(page, len(found))).to_be_visible()
    fresh = open_map(page.url)
    expect(heading(fresh, len(found))).to_be_visible()
    assert set(tiles(fresh)) == found


def test_a_box_with_another_filter_and_its_chip(site, open_map):
    _, points, found = site
    page = open_map()
    page.locator("[data-attr=dragmode][data-val=select]").click()
    drag(page, [(4.5, 3.5), (10.5, 9.5)])
    expect(heading(page, 36)).to_be_visible()
    x, y = points["x"], points["y"]
    inside = x.between(5, 10) & y.between(4, 9)
    assert set(tiles(page)) == set(points["image"][inside])
    page.get_by_text("incorrect", exact=True).first.click()
    wrong = int((inside & (found.y_true != found.y_pred)).sum())
    expect(heading(page, wrong)).to_be_visible()
    page.get_by_role("button", name="36 images on the map").click()
    all_wrong = int((found.y_true != found.y_pred).sum())
    expect(heading(page, all_wrong)).to_be_visible()
    expect(page).not_to_have_url(re.compile("region=pca|region=tsne"))


def test_a_colour_keeps_the_region(open_map):
    page = open_map()
    drag(page, [(2.5, 1.5), (9.5, 1.5), (9.5, 4.5), (2.5, 4.5), (2.5, 1.5)])
    expect(heading(page, 21)).to_be_visible()
    settled(page)  # until then the buttons are there twice: the chip moves them
    group = page.get_by_role("radiogroup", name="Colour")
    group.get_by_text("correctness", exact=True).click()
    expect(page).to_have_url(re.compile("colour=correctness"))
    settled(page)
    expect(heading(page, 21)).to_be_visible()
