"""Event files in a real browser: one is uploaded, and a run's come out as a zip."""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath

import pytest
from playwright.sync_api import expect

from hirise.history import read_history
from hirise.history.event_files import scalar_event, version_event, write_records

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_run_is_downloaded_as_event_files(tmp_path, serve, make_runs, page):
    run = make_runs["healthy"](tmp_path / "artifacts")
    page.goto(f"{serve(tmp_path / 'artifacts')}/runs")
    with page.expect_download() as download:
        page.get_by_role("button", name="TensorBoard").click()
    assert download.value.suggested_filename == f"{run}-tensorboard.zip"
    download.value.save_as(tmp_path / "run.zip")
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        archive.extractall(tmp_path / "logs")
        folders = {PurePosixPath(name).parts[:2] for name in archive.namelist()}
    assert folders == {(run, "train"), (run, "validation"), (run, "test")}
    assert len(read_history(tmp_path / "logs" / run)) == 3
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def test_an_event_file_is_uploaded(tmp_path, serve, page):
    points = [
        scalar_event("epoch_loss", loss, step=step, wall_time=1.0)
        for step, loss in enumerate((0.5, 0.25))
    ]
    given = {
        "name": "events.out.tfevents.1700000000.host.1.0.v2",
        "mimeType": "application/octet-stream",
        "buffer": write_records([version_event(1.0), *points]),
    }
    page.goto(f"{serve(tmp_path / 'artifacts')}/load")
    page.locator("input[type=file]").set_input_files(given)
    expect(page.get_by_text("A training history")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_role("button", name="Open its Learning curves").click()
    expect(page.locator("h1")).to_have_text("Learning curves")
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
