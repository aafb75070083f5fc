"""A training whose page is reloaded, or whose process or folder goes away under it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest
from playwright.sync_api import expect

from hirise.jobs import poll
from hirise.runs import list_runs

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SMALL = {"image_size": "32", "filters": "4,8,8", "batch_size": "16", "patience": "0"}
TIME = 300_000


@pytest.fixture(scope="session")
def simulated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated") / "mars"
    command = [sys.executable, "-m", "hirise", "data", "simulate", "--to", str(folder)]
    subprocess.run([*command, "--landmarks", "100"], check=True, capture_output=True)
    return folder


@pytest.fixture
def page_of_training(artifacts, simulated, serve, server_logs, context):
    """A page on which a training of many epochs has shown its first curves."""
    address = serve(artifacts)
    settings = {**SMALL, "epochs": 5000}
    query = "&".join(f"small-cnn-{key}={value}" for key, value in settings.items())
    page = context.new_page()
    page.goto(f"{address}/train?data={simulated}&{query}")
    page.get_by_role("button", name="Start training").click()
    expect_curves(page)
    yield page
    assert "Traceback" not in server_logs[address].read_text(errors="replace")


def expect_curves(page):
    labels = page.get_by_role("heading", name="Predicted labels")
    expect(labels).to_be_visible(timeout=TIME)
    expect_no_exception(page)


def expect_no_exception(page):
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def trainings(artifacts):
    """Processes that train into this folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "train" in words and words[-1].startswith(str(artifacts.resolve())):
            found.append(process)
    return found


def expect_ended(process):
    """Wait at most a minute; a process whose parent has not asked yet is a zombie."""
    deadline = time.monotonic() + 60
    with suppress(psutil.NoSuchProcess):
        while process.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < deadline, "the training goes on"
            time.sleep(0.2)


def test_reloads_and_tabs_show_one_and_the_same_training(
    artifacts, page_of_training, context
):
    page = page_of_training
    (process,) = trainings(artifacts)
    second = context.new_page()
    second.goto(page.url)
    for tab in (page, second):
        for _ in range(2):
            tab.reload()
            expect_curves(tab)
            expect(tab.get_by_text("Epoch ").first).to_be_visible()
            expect(tab.get_by_role("progressbar")).to_be_visible()
    assert [one.pid for one in trainings(artifacts)] == [process.pid]
    assert poll(artifacts).waiting is None
    assert len(list_runs(artifacts).runs) == 1


def test_a_killed_training_reads_as_interrupted_and_keeps_its_epochs(
    artifacts, page_of_training, context
):
    page = page_of_training
    (run,) = list_runs(artifacts).runs
    curves = context.new_page()
    curves.goto(f"{page.url.partition('/train')[0]}/learning_curves?run={run.info.id}")
    expect(curves.locator("h1")).to_have_text("Learning curves")
    epochs = len(run.history())
    os.kill(poll(artifacts).running.pid, signal.SIGKILL)
    killed = time.monotonic()
    sidebar = curves.get_by_test_id("stSidebar")
    expect(sidebar.get_by_text("interrupted")).to_be_visible(timeout=30_000)
    ended = page.get_by_text("ended from outside (signal 9)")
    expect(ended).to_be_visible(timeout=30_000)
    assert time.monotonic() - killed < 30
    for tab in (page, curves):
        expect_no_exception(tab)
    (run,) = list_runs(artifacts).runs
    assert run.info.status == "interrupted"
    assert len(run.history()) >= epochs >= 1
    page.get_by_role("button", name="Open its Learning curves").click()
    expect(page.get_by_role("heading", name="Macro-F1")).to_be_visible()
    expect_no_exception(page)


def test_the_folder_is_deleted_under_a_training(artifacts, page_of_training):
    page = page_of_training
    (process,) = trainings(artifacts)
    shutil.rmtree(artifacts, ignore_errors=True)
    shutil.rmtree(artifacts, ignore_errors=True)  # what the training wrote meanwhile
    expect(page.get_by_role("button", name="Start training")).to_be_visible()
    expect_no_exception(page)
    expect_ended(process)
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.get_by_text("No runs yet")).to_be_visible()
    expect_no_exception(page)
