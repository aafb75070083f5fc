"""The runs that ship: whole, small, of no machine, and shown on every page."""

import json
import shutil
from pathlib import Path

import pytest

from hirise.diagnosis import diagnose, gather
from hirise.runs import list_runs

EXAMPLES = Path(__file__).resolve().parents[2] / "artifacts" / "examples"
PAGES = ("overview", "learning_curves", "confusion_matrix", "classes", "runs")


@pytest.fixture
def shipped(tmp_path):
    shutil.copytree(EXAMPLES, tmp_path / "artifacts" / "examples")
    return tmp_path / "artifacts"


def test_the_examples_are_small_and_name_no_folder_of_a_machine():
    files = [path for path in EXAMPLES.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 5_000_000
    assert not [path for path in files if path.suffix == ".keras"]
    for path in EXAMPLES.glob("*/run.json"):
        document = json.loads(path.read_text("utf-8"))
        assert document["dataset"]["path"] is None
        assert document["status"] == "finished"
        assert document["host"] is None
        assert document["note"]


def test_one_example_is_healthy_and_the_others_collapsed(shipped):
    found = list_runs(shipped)
    assert not found.problems
    verdicts = {
        run.info.title: diagnose(gather(run, split="test")).verdict
        for run in found.runs
    }
    assert verdicts == {
        "blog-final on simulated Mars": "collapsed",
        "blog-final on real Mars": "collapsed",
        "small-cnn on simulated Mars": "healthy",
    }


def test_the_first_start_shows_a_collapsed_example(shipped, open_page):
    app = open_page(shipped)
    assert "Collapsed" in app.error[0].value
    for page in PAGES:
        app.switch_page(f"app_pages/{page}.py").run()
        assert not app.exception, [e.value for e in app.exception]
    said = " ".join(block.value for block in app.sidebar.markdown)
    assert "simulated images" in said
