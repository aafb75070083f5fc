"""`hirise report`: what it writes, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import hirise
from hirise.__main__ import run
from hirise.predictions import Predictions
from hirise.runs import create_run

NAMES = ("other", "crater")


@pytest.fixture
def artifacts(tmp_path):
    """A folder with one collapsed run."""
    writer = create_run(tmp_path / "artifacts", title="blog", class_names=NAMES)
    for split in ("val", "test"):
        predictions = Predictions(
            y_pred=np.zeros(100, dtype=int),
            class_names=NAMES,
            y_true=np.repeat([0, 1], [70, 30]),
            image=[f"{i:03d}.jpg" for i in range(100)],
            split=split,
        )
        writer.write_predictions(split, predictions.write)
    writer.finish("finished", seconds=3.0)
    return tmp_path / "artifacts"


@pytest.fixture
def report(capsys, artifacts):
    def report(*words):
        status = run(["report", *map(str, words), "--artifacts", str(artifacts)])
        return status, *capsys.readouterr()

    return report


@pytest.fixture
def run_id(artifacts):
    return hirise.list_runs(artifacts).runs[0].info.id


def test_a_report_of_a_collapsed_run_is_written_with_status_0(report, run_id, tmp_path):
    out = tmp_path / "new" / "r.html"
    status, told, failed = report(run_id, "--out", out, "--split", "test")
    assert (status, failed) == (0, "")
    assert told.startswith(f"{out}: the report of {run_id} (")
    html = out.read_text("utf-8")
    assert html.rstrip().endswith("</html>")
    assert "All 100 test images are predicted as &#39;other&#39;." in html
    assert [path.name for path in out.parent.iterdir()] == ["r.html"]


def test_an_existing_file_is_kept_without_force(report, run_id, tmp_path):
    out = tmp_path / "r.html"
    out.write_text("mine")
    status, told, failed = report(run_id, "--out", out)
    assert (status, told) == (2, "")
    assert failed.startswith(f"hirise: {out}: The file exists already.")
    assert "force" in failed
    assert out.read_text() == "mine"
    assert report(run_id, "--out", out, "--force")[0] == 0
    assert out.read_text("utf-8").startswith("<!doctype html>")


def test_nothing_is_left_of_a_report_that_could_not_be_written(
    report, run_id, tmp_path, monkeypatch
):
    def full(path, content):
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    status, _, failed = report(run_id, "--out", tmp_path / "r.html")
    assert status == 2
    assert "cannot be written (No space left on device)" in failed
    assert {path.name for path in tmp_path.iterdir()} == {"artifacts"}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("nothing", "--out", "{tmp}/r.html"), "There is no run `nothing` in"),
        (("{run}", "--out", "{tmp}"), "This is a folder. Name a file"),
        (("{run}", "--out", "{tmp}/r.html", "--split", "x"), "no split 'x'"),
        (("{run}", "--out", "{tmp}/r.html", "--data", "{tmp}/no"), "is not a folder"),
        (("{tmp}/p.csv", "--out", "{tmp}/r.html"), "hirise import"),
        (("{run}", "--out", "{tmp}/p.csv/r.html"), "cannot be written"),
        (("{run}",), "Missing option '--out'"),
    ],
)
def test_bad_input_is_one_line(report, run_id, tmp_path, words, line):
    (tmp_path / "p.csv").write_text("y_true,y_pred\na,a\n")
    filled = [word.format(tmp=tmp_path, run=run_id) for word in words]
    status, told, failed = report(*filled)
    assert (status, told) == (2, "")
    assert len(failed.splitlines()) == 1
    assert line in failed
    assert not (tmp_path / "r.html").exists()


def test_from_python_the_text_or_a_file(artifacts, run_id, tmp_path):
    out = hirise.write_report(run_id, tmp_path / "r.html", artifacts=artifacts)
    assert out == tmp_path / "r.html"
    html = hirise.reporting.report_html(hirise.load_run(artifacts / run_id))
    assert html.count("<script") == out.read_text("utf-8").count("<script")
    with pytest.raises(hirise.InputError, match=r"`force`"):
        hirise.write_report(run_id, out, artifacts=artifacts)


SCRIPT = """
import sys
for name in {absent!r}:
    sys.modules[name] = None
from hirise.__main__ import run
status = run(sys.argv[1:])
heavy = {{"streamlit", "tensorflow", "keras", "sklearn", "scipy"}} & set(sys.modules)
print(status, sorted(heavy))
"""


@pytest.mark.parametrize("absent", [(), ("plotly",), ("jinja2",)])
def test_a_missing_package_is_named_and_nothing_heavy_is_imported(
    artifacts, run_id, tmp_path, absent
):
    words = ["report", run_id, "--out", tmp_path / "r.html", "--artifacts", artifacts]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(absent=absent), *map(str, words)],
        capture_output=True,
        text=True,
    )
    last = done.stdout.splitlines()[-1]
    if not absent:
        assert last == "0 []", done.stderr
    else:
        assert last == "2 []", done.stderr
        assert f"A report needs {absent[0]}, not installed here." in done.stderr
        assert 'pip install "hirise[report]"' in done.stderr


def test_the_numbers_stand_in_it(report, run_id, artifacts, tmp_path, capsys):
    assert report(run_id, "--out", tmp_path / "r.html")[0] == 0
    assert run(["check", run_id, "--json", "--artifacts", str(artifacts)]) == 1
    document = json.loads(capsys.readouterr().out)
    html = (tmp_path / "r.html").read_text("utf-8")
    for key in ("accuracy", "balanced_accuracy", "macro_f1"):
        assert f"{document['metrics'][key]['value']:.3f}" in html
