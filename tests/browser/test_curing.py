"""A run cured from the browser alone: from its finding to the proof."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from hirise.jobs import poll
from hirise.runs import list_runs

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE = 30
"""Seconds from the click to the proof where other work fills the processors."""


def main_of(page):
    return page.get_by_test_id("stMain")


def expect_no_exception(page):
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def test_a_hidden_ranking_is_cured_by_two_clicks_from_its_finding(
    artifacts, make_runs, serve, context
):
    run = make_runs["thresholded"](artifacts)
    page = context.new_page()
    page.goto(f"{serve(artifacts)}/?run={run}")
    main_of(page).get_by_role("button", name="Cure").first.click()
    expect(page.locator("h1")).to_have_text("Cure")
    ticked = page.get_by_role("checkbox", name="Logit adjustment")
    expect(ticked).to_be_checked()
    page.wait_for_url("**remedy-logit-adjustment=true*")
    main_of(page).get_by_role("button", name="Cure", exact=True).click()
    cured = page.get_by_role("heading", name=re.compile(r"Cured$"))
    expect(cured).to_be_visible(timeout=1000 * PATIENCE)
    (new,) = [one for one in list_runs(artifacts).runs if one.info.parent == run]
    assert [one["key"] for one in new.info.remedies] == ["logit-adjustment"]
    assert poll(artifacts).ended.state == "finished"
    page.reload()
    expect(cured).to_be_visible()
    expect_no_exception(page)
    main_of(page).get_by_role("button", name="Compare on Runs").click()
    expect(page.locator("h1")).to_have_text("Runs")
    page.wait_for_url(f"**baseline={run}*")
    assert f"run={new.info.id}" in page.url
    expect(cured).to_be_visible()
    expect_no_exception(page)


def test_remedies_are_chosen_by_keyboard_and_a_senseless_pair_is_refused(
    artifacts, make_runs, serve, context
):
    run = make_runs["thresholded"](artifacts)
    page = context.new_page()
    page.goto(f"{serve(artifacts)}/cure?run={run}")
    expect(page.get_by_role("checkbox", name="Logit adjustment")).to_be_checked()
    page.locator("summary", has_text="No retraining").focus()
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="Per-class thresholds").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("cannot be combined")).to_be_visible()
    page.wait_for_url("**remedy-thresholds=true*")
    page.reload()
    expect(page.get_by_text("cannot be combined")).to_be_visible()
    page.get_by_role("checkbox", name="Logit adjustment").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("cannot be combined")).to_have_count(0)
    button = main_of(page).get_by_role("button", name="Cure", exact=True)
    app = page.locator("[data-testid=stApp]")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")
    button.press("Enter")
    proof = page.get_by_role("heading", name="Before and after", exact=True)
    expect(proof).to_be_visible()
    expect_no_exception(page)
