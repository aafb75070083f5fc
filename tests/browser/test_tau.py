"""τ and confidence, moved by hand: what follows, and where it leads."""

from __future__ import annotations

import re

import pytest
from browser_parts import settled
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def site(serve_runs):
    return serve_runs("thresholded", "healthy")


@pytest.fixture
def open_page(site, context):
    """`open_page("confidence", "healthy", "&tau=1")`: that page of that run on test."""
    address, ids = site

    def start(path, kind, query=""):
        page = context.new_page()
        page.goto(f"{address}/{path}?run={ids[kind]}&split=test{query}")
        return settled(page)

    return start


def test_keys_move_labels_matrix_and_metrics_and_the_url_follows(open_page):
    page = open_page("predicted_labels", "thresholded")
    slider = page.get_by_role("slider", name="τ of logit adjustment")
    expect(slider).to_have_value("0.8")
    numbers, shares = page.locator(".numbers"), page.locator("table.shares")
    matrix = page.locator("table.matrix")
    before = [part.inner_text() for part in (numbers, shares, matrix)]
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    after = [part.inner_text() for part in (numbers, shares, matrix)]
    assert all(one != other for one, other in zip(before, after, strict=True))
    page.wait_for_url("**tau=1*")
    expect(page.get_by_label("τ", exact=True)).to_have_value("1.00")
    expect(page.get_by_text("Numbers at τ = 1.00")).to_be_visible()
    assert slider.input_value() == "1"
    expect(slider).to_be_focused()


def test_the_chosen_tau_is_one_click_away_and_a_link_restores_another(open_page):
    page = open_page("predicted_labels", "thresholded", "&tau=2")
    slider = page.get_by_role("slider", name="τ of logit adjustment")
    expect(slider).to_have_value("2")
    page.get_by_role("button", name="chosen on val: 0.80").click()
    expect(slider).to_have_value("0.8")
    expect(page.get_by_label("τ", exact=True)).to_have_value("0.80")
    # What is the default needs no place in the address.
    page.wait_for_function("!location.search.includes('tau=')")


def test_the_field_moves_the_slider(open_page):
    page = open_page("predicted_labels", "thresholded")
    page.get_by_label("τ", exact=True).fill("1.5")
    page.keyboard.press("Enter")
    slider = page.get_by_role("slider", name="τ of logit adjustment")
    expect(slider).to_have_value("1.5")
    expect(page.locator(".tau .summary")).to_contain_text("At τ\u00a0=\u00a01.50,")


@pytest.mark.parametrize("moved", [False, True])
def test_cure_opens_with_this_tau(open_page, moved):
    page = open_page("predicted_labels", "thresholded")
    if moved:
        page.get_by_role("slider", name="τ of logit adjustment").focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_url("**tau=0.85*")
        settled(page)
    page.get_by_role("button", name="Cure with this τ").click()
    expect(page.locator("h1")).to_have_text("Cure")
    settled(page)
    field = page.locator("input[aria-label='τ of logit adjustment']")
    expect(field).to_have_value("0.85" if moved else "0.80")
    expect(page.get_by_role("checkbox", name="Logit adjustment")).to_be_checked()


def test_the_confidence_is_in_the_url_and_leads_to_cure(open_page):
    page = open_page("confidence", "healthy", "&confidence=0.8")
    field = page.get_by_label("Least confidence for an answer")
    expect(field).to_have_value("0.80")
    expect(page.get_by_text(re.compile("of 400 images, 95% CI"))).to_be_visible()
    page.get_by_role("button", name="Cure by abstaining below this confidence").click()
    expect(page.locator("h1")).to_have_text("Cure")
    settled(page)
    field = page.locator("input[aria-label='Least confidence for an answer']")
    expect(field).to_have_value("0.80")
    expect(page.get_by_role("checkbox", name="Abstention")).to_be_checked()
