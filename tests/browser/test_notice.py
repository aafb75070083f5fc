"""The browser's title tells how far a job is, and a notice that it is done."""

from __future__ import annotations

import re

import pytest
from job_parts import THIRD_EPOCH, waiting_for
from playwright.sync_api import expect

from hirise.actions.train import TrainRequest
from hirise.jobs import poll, start, stop

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def open_page(artifacts, make_runs, serve, context):
    run = make_runs["healthy"](artifacts)

    def open_it():
        page = context.new_page()
        page.goto(f"{serve(artifacts)}/classes?run={run}")
        expect(page.locator("h1")).to_have_text("Classes")
        return page

    return open_it


def begin(artifacts, program):
    request = TrainRequest(data="/mars", recipe="blog-final")
    return start(artifacts, "train", request, title="blog-final", program=program)


def test_the_title_tells_how_far_a_training_is_and_when_it_ended(artifacts, open_page):
    job = begin(artifacts, THIRD_EPOCH)
    page = open_page()
    expect(page).to_have_title(re.compile(r"^75% · Classes · "))
    stop(artifacts, job.id)
    toast = page.get_by_test_id("stToast")
    expect(toast).to_contain_text("blog-final: stopped.")
    expect(page).to_have_title(re.compile(r"^Classes · "))


def test_what_is_done_is_marked_in_the_title(artifacts, open_page, tmp_path):
    gate = tmp_path / "gate"
    job = begin(artifacts, waiting_for(gate))
    page = open_page()
    expect(page).to_have_title(re.compile(r"^… · Classes · "))
    gate.touch()
    expect(page).to_have_title(re.compile(r"^✓ Classes · "))
    expect(page.get_by_test_id("stToast")).to_contain_text("blog-final: finished.")
    page.get_by_role("link", name="Confidence").click()
    expect(page).to_have_title(re.compile(r"^Confidence · "))
    assert poll(artifacts).get(job.id).state == "finished"
