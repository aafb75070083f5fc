"""From a number to its images, in a real browser."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from browser_parts import settled
from PIL import Image
from playwright.sync_api import expect

from hirise.predictions import read_predictions
from hirise.runs import find_run, read_tags
from hirise.runs.corrected import CORRECTED, read_corrected
from hirise.runs.folder import OWN_IMAGES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ARTIFACTS = {}


@pytest.fixture(scope="module")
def site(tmp_path_factory, make_runs, serve):
    artifacts = tmp_path_factory.mktemp("runs") / "artifacts"
    run = make_runs["healthy"](artifacts)
    found = find_run(artifacts, run)
    (found.folder / OWN_IMAGES).mkdir()
    for split in found.splits():
        for name in read_predictions(found.predictions_path(split)).image:
            Image.new("RGB", (8, 8), (200, 60, 40)).save(
                found.folder / OWN_IMAGES / name
            )
    address = serve(artifacts)
    ARTIFACTS[address] = artifacts
    return address, run, read_predictions(found.predictions_path("val"))


def run_folder(site):
    address, run, _ = site
    return find_run(ARTIFACTS[address], run)


def parameters(page):
    return sorted(parse_qsl(urlsplit(page.url).query))


def tiles(page):
    return page.locator(".gallery").last.locator(".tile")


def test_each_cell_of_a_row_of_the_matrix_leads_to_exactly_its_images(site, page):
    """More than a page of them, a few, and none; `tests/dashboard` has all cells."""
    address, run, predictions = site
    names, whole = predictions.class_names, len(predictions)
    for predicted, name in enumerate(names):
        wanted = (predictions.y_true == 0) & (predictions.y_pred == predicted)
        n = int(wanted.sum())
        page.goto(f"{address}/images?run={run}&true-class={names[0]}&named={name}")
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


def test_the_address_restores_everything_in_a_fresh_browser(site, new_context, page):
    address, run, predictions = site
    wrong = (predictions.y_true == 0) & (predictions.y_pred != 0)
    page.goto(f"{address}/images?run={run}")
    settled(page)
    page.get_by_role("combobox", name=re.compile("True class")).fill("other")
    page.keyboard.press("Enter")
    settled(page)
    page.get_by_text("incorrect", exact=True).click()
    title = page.locator("h3").filter(has_text=f"{int(wrong.sum()):,} images of")
    expect(title).to_be_visible()
    page.get_by_role("combobox", name=re.compile("Sort by")).fill("name")
    page.keyboard.press("Enter")
    settled(page)
    first = tiles(page).first
    expect(first).to_have_attribute(
        "data-id", min(name for name in predictions.image[wrong])
    )
    first.click()
    expect(page.get_by_text("All probabilities")).to_be_visible()
    fresh = new_context().new_page()
    fresh.goto(page.url)
    settled(fresh)
    expect(
        fresh.locator("h3").filter(has_text=f"{int(wrong.sum()):,} images of")
    ).to_be_visible()
    expect(fresh.get_by_text("All probabilities")).to_be_visible()
    expect(fresh.get_by_role("button", name="true: other")).to_be_visible()
    expect(tiles(fresh).first).to_have_attribute("aria-pressed", "true")


def test_the_address_restores_split_cell_filters_order_page_and_image(
    site, new_context, page
):
    """In one address, opened where nothing of it was seen before."""
    address, run, _ = site
    predictions = read_predictions(run_folder(site).predictions_path("test"))
    sure = predictions.proba.max(axis=1)
    wanted = (predictions.y_true == 0) & (predictions.y_pred == 0) & (sure >= 0.72)
    names = sorted(predictions.image[wanted])
    assert len(names) > 120, "three pages, so that the second is full"
    filters = "true-class=other&named=other&answer=correct&sure=0.72&sure=1&sort=name"
    page.goto(f"{address}/images?run={run}&split=test&{filters}")
    settled(page)
    title = f"{len(names):,} images of {len(predictions):,}"
    expect(page.locator("h3").filter(has_text=title)).to_be_visible()
    page.get_by_test_id("stPagination").get_by_text("2", exact=True).click()
    expect(tiles(page).first).to_have_attribute("data-id", names[60])
    tiles(page).nth(3).click()
    expect(page).to_have_url(re.compile(f"image={names[63]}"))
    settled(page)
    for part in (f"run={run}", "split=test", "images-page=2", "sort=name"):
        assert part in page.url
    fresh = new_context().new_page()
    fresh.goto(page.url)
    settled(fresh)
    expect(fresh.locator("h1")).to_have_text("Images")
    expect(fresh.locator("h3").filter(has_text=title)).to_be_visible()
    expect(tiles(fresh).first).to_have_attribute("data-id", names[60])
    expect(tiles(fresh).nth(3)).to_have_attribute("aria-pressed", "true")
    expect(fresh.get_by_text("All probabilities")).to_be_visible()
    for chip in ("true: other", "predicted: other", "correct", "confidence 0.72–1.00"):
        expect(fresh.get_by_role("button", name=chip, exact=True)).to_be_visible()
    assert parameters(fresh) == parameters(page)


def test_arrow_keys_step_over_the_end_of_a_page(site, page):
    address, run, predictions = site
    names = sorted(predictions.image)
    page.goto(f"{address}/images?run={run}&sort=name&image={names[59]}")
    settled(page)
    expect(page.get_by_role("button", name="Next image")).to_be_enabled()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(f"image={names[60]}"))
    expect(tiles(page).first).to_have_attribute("data-id", names[60])
    expect(page).to_have_url(re.compile("images-page=2"))
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(f"image={names[59]}"))
    expect(tiles(page).first).to_have_attribute("data-id", names[0])


def test_a_click_on_a_bar_leads_to_exactly_its_images(site, page):
    """Each time anew: no filter of the visit before is left."""
    address, run, predictions = site
    whole = len(predictions)
    # The first two classes by share come first; the series are true, then predicted.
    for title, bars, labels in (("Overview", 16, 1), ("Predicted labels", 24, 1)):
        for series, known in enumerate((predictions.y_true, predictions.y_pred)):
            page.goto(f"{address}/images?run={run}&true-class=spider&answer=incorrect")
            settled(page)
            page.get_by_role("link", name=title, exact=True).click()
            expect(page.locator("h1")).to_have_text(title)
            settled(page)
            drawn = page.locator(".js-plotly-plot").first.locator(".point path")
            expect(drawn).to_have_count(bars)
            box = drawn.nth(series * 8 + labels).bounding_box()
            page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            expect(page.locator("h1")).to_have_text("Images")
            n = int((known == 1).sum())
            counted = page.locator("h3").filter(has_text=f"{n:,} images of {whole:,}")
            expect(counted).to_be_visible()
            expect(page).to_have_url(re.compile(f"run={run}"))
            assert ("named=crater" if series else "true-class=crater") in page.url


def test_a_click_on_a_sum_of_the_matrix_shows_its_row_or_column(site, page):
    address, run, predictions = site
    page.goto(f"{address}/confusion_matrix?run={run}")
    settled(page)
    plot = page.locator(".js-plotly-plot .nsewdrag").first
    heading = page.get_by_role("heading")
    for at, known, told, label in (
        ((8.5, 2.5), predictions.y_true, "dark dune", "true dark dune"),
        (
            (2.5, 8.5),
            predictions.y_pred,
            "All predicted as dark dune",
            "predicted dark",
        ),
    ):
        # Eight classes and the sums make nine; the middle of the third row or column.
        plot.hover()  # once it has its place
        box = plot.bounding_box()
        x, y = at[0] * box["width"] / 9, at[1] * box["height"] / 9
        # A click counts for the cell whose label plotly has drawn.
        plot.hover(position={"x": x, "y": y})
        expect(page.locator(".hoverlayer")).to_contain_text(label)
        plot.click(position={"x": x, "y": y})
        n = int((known == 2).sum())
        title = heading.filter(has_text=f"{told}: {n:,} images")
        expect(title).to_be_visible()
    page.get_by_role("link", name="All of them").click()
    expect(page.locator("h1")).to_have_text("Images")
    expect(page.locator("h3").filter(has_text=f"{n:,} images of")).to_be_visible()


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


def test_several_images_are_selected_by_quick_clicks_and_tagged(site, page):
    address, run, predictions = site
    names = sorted(predictions.image)
    page.goto(f"{address}/images?run={run}&sort=name")
    settled(page)
    page.get_by_text("Select several").click()
    expect(page.get_by_text("0 images selected")).to_be_visible()
    for number in (0, 1, 2, 3, 4, 1):  # the last click takes one away
        tiles(page).nth(number).click()
    expect(page.get_by_text("4 images selected")).to_be_visible()
    assert "image=" not in page.url
    pressed = page.locator(".gallery").last.locator("[aria-pressed=true]")
    expect(pressed).to_have_count(4)
    page.get_by_test_id("stPagination").get_by_text("2", exact=True).click()
    expect(tiles(page).first).to_have_attribute("data-id", names[60])
    tiles(page).first.press("Enter")
    expect(page.get_by_text("5 images selected")).to_be_visible()
    for tag in ("a, b", "look again"):
        page.get_by_role("combobox", name="Tag").fill(tag)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Add the tag")).to_be_enabled()
        settled(page)
        page.get_by_role("button", name="Add the tag").click()
        if "," in tag:
            expect(page.get_by_text("without commas, got 'a, b'")).to_be_visible()
    expect(page.get_by_text("added to 5 images")).to_be_visible()
    tagged = read_tags(run_folder(site)).images["val"]["look again"]
    assert sorted(tagged) == [names[i] for i in (0, 2, 3, 4, 60)]
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(pressed).to_have_count(0)


def test_colours_are_colours(site, page):
    address, run, _ = site
    page.goto(f"{address}/images?run={run}")
    settled(page)
    red, green, blue = (
        tiles(page)
        .first.locator("img")
        .evaluate(
            """async (img) => {
            await img.decode();
            const canvas = new OffscreenCanvas(1, 1).getContext("2d");
            canvas.drawImage(img, 0, 0, 1, 1);
            return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
        }"""
        )
    )
    assert (abs(red - 200) < 12, abs(green - 60) < 12, abs(blue - 40) < 12) == (
        *(True, True, True),
    )


def test_rows_of_the_table_are_opened_and_selected(site, page):
    address, run, predictions = site
    names = sorted(predictions.image)
    page.goto(f"{address}/images?run={run}&sort=name&view=Table")
    settled(page)
    grid = page.get_by_test_id("stDataFrame").last
    box = grid.bounding_box()
    # The heading and each row are 35 pixels high; the boxes stand on the left.
    page.mouse.click(box["x"] + 18, box["y"] + 35 * 2.5)
    expect(page.get_by_text("1 image selected")).to_be_visible()
    page.mouse.click(box["x"] + box["width"] - 40, box["y"] + 35 * 1.5)
    expect(page).to_have_url(re.compile(f"image={names[0]}"))
    expect(page.get_by_text("All probabilities")).to_be_visible()


def test_a_suspected_label_is_ticked_and_goes_to_the_training(site, page):
    address, run, _ = site
    page.goto(f"{address}/data?run={run}&split=test")
    settled(page)
    grid = page.get_by_test_id("stDataFrame").last
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()
    # The second column, the image; given and suggested class stand before the box.
    page.mouse.click(box["x"] + 120, box["y"] + 35 + 36)
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_text("1 corrected label")).to_be_visible()
    corrected = read_corrected(run_folder(site))
    assert len(corrected) == 1
    page.get_by_role("button", name="Train with them").click()
    expect(page.locator("h1")).to_have_text("Train")
    field = page.get_by_role("textbox", name="CSV file of image and class")
    expect(field).to_have_value(re.compile(CORRECTED))
