"""`import hirise`: what it offers, from what, and what that imports."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hirise
from hirise import figures
from hirise.__main__ import run
from hirise.history.event_files import scalar_event, version_event, write_records

ROOT = Path(__file__).resolve().parents[1]
Y_TRUE = ["a"] * 60 + ["b"] * 40
COLLAPSED = {"y_true": Y_TRUE, "y_pred": ["a"] * 100}
SENTENCE = (
    "Collapsed: all 100 images are predicted as 'a'. Accuracy 60.0% equals the "
    "frequency of 'a' (60.0%); 1 of 2 classes are never predicted."
)


@pytest.fixture
def imported(tmp_path):
    """`imported(code)`: which of the watched modules that code has loaded."""
    watched = ("numpy", "pandas", "pyarrow", "plotly", "streamlit", "tensorflow")
    watched += ("keras", "sklearn", "scipy", "PIL", "pytest", "hirise.diagnosis")
    pd.DataFrame(COLLAPSED).to_csv(tmp_path / "p.csv", index=False)

    def imported(code):
        code = f"import os; os.chdir({str(tmp_path)!r})\n" + textwrap.dedent(code)
        code += f"\nimport sys; print([m for m in {watched!r} if m in sys.modules])"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT
        )
        assert done.returncode == 0, done.stderr
        return set(json.loads(done.stdout.splitlines()[-1].replace("'", '"')))

    return imported


def test_importing_hirise_imports_nothing_heavy(imported):
    assert imported("import hirise; hirise.__version__; dir(hirise)") == set()


def test_a_diagnosis_imports_what_a_check_does(imported):
    code = """
        import hirise
        predictions = hirise.read_predictions("p.csv")
        hirise.evaluate(predictions), hirise.diagnose(predictions)
        hirise.diagnose(["a", "b"] * 20, [[0.2, 0.8], [0.7, 0.3]] * 20)
        hirise.list_runs(), hirise.load_run
        """
    light = {"numpy", "pandas", "pyarrow", "hirise.diagnosis"}
    assert imported(code) == light
    assert imported("from hirise.testing import assert_healthy") == light


def test_figures_import_plotly_and_no_more(imported):
    found = imported("import hirise; hirise.figures.confusion_figure")
    assert "plotly" in found
    assert not found & {"streamlit", "tensorflow", "keras", "pytest"}


def test_without_plotly_figures_say_what_to_install(imported):
    code = """
        import sys
        sys.modules["plotly"] = None
        import hirise
        try:
            hirise.figures
        except ModuleNotFoundError as error:
            assert 'pip install "hirise[report]"' in str(error), error
        else:
            raise SystemExit("no error")
        del sys.modules["plotly"]
        """
    imported(code)


def test_names_are_sorted_there_and_no_others_are():
    assert hirise.__all__ == sorted(hirise.__all__)
    for name in hirise.__all__:
        assert getattr(hirise, name) is not None
        assert name in dir(hirise)
    assert hirise.figures is figures
    with pytest.raises(AttributeError, match="has no attribute 'diagnos'"):
        _ = hirise.diagnos


def test_every_figure_is_offered():
    folder = Path(figures.__file__).parent
    written = {
        line.split("(")[0].removeprefix("def ")
        for path in folder.glob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("def ") and line.split("(")[0].endswith("_figure")
    }
    assert figures.__all__ == sorted(written - {"def new_figure", "new_figure"})


def test_a_figure_shows_itself_at_the_end_of_a_cell():
    evaluation = hirise.evaluate(hirise.predictions_of(COLLAPSED))
    figure = hirise.figures.confusion_figure(evaluation.confusion)
    assert "<div" in figure._repr_html_()
    assert figure.layout.template.layout.colorway


# One diagnosis from whatever a person has


@pytest.fixture
def sources(tmp_path):
    """The same predictions as a file, a table, arrays, `Predictions` and a run."""
    path = tmp_path / "p.csv"
    pd.DataFrame(COLLAPSED).to_csv(path, index=False)
    assert run(["import", str(path), "--artifacts", str(tmp_path / "runs")]) == 0
    (folder,) = (tmp_path / "runs").iterdir()
    return {
        "path": path,
        "text": str(path),
        "table": pd.DataFrame(COLLAPSED),
        "arrays": {name: np.array(labels) for name, labels in COLLAPSED.items()},
        "predictions": hirise.read_predictions(path),
        "folder": folder,
        "run": hirise.load_run(folder),
        "evidence": hirise.evidence_of(path),
    }


def test_any_source_gives_one_diagnosis(sources, tmp_path):
    sources["id"] = sources["folder"].name
    for kind, source in sources.items():
        options = {"artifacts": str(tmp_path / "runs")} if kind == "id" else {}
        diagnosis = hirise.diagnose(source, **options)
        assert (diagnosis.sentence, diagnosis.verdict.key) == (SENTENCE, "collapsed"), (
            kind
        )
        assert "HR201" in {finding.code for finding in diagnosis.findings}


def test_evidence_holds_the_tables_and_tells_its_source(sources):
    evidence = hirise.evidence_of(sources["text"])
    assert evidence.source == sources["text"]
    # 60 of 100 right; the recalls are 1 and 0
    assert evidence.evaluation.metric("accuracy") == 0.6
    assert evidence.evaluation.metric("balanced_accuracy") == 0.5
    assert hirise.evidence_of(sources["arrays"]).source == "predictions"
    run_id = sources["folder"].name
    told = hirise.evidence_of(sources["run"]).source
    assert told == f"{run_id}/predictions/all.parquet"


def test_a_history_with_class_frequencies_or_counts(tmp_path):
    path = tmp_path / "history.json"
    curves = {"loss": [0.674, 0.673, 0.673], "accuracy": [0.6, 0.6, 0.6]}
    path.write_text(json.dumps(curves))
    assert hirise.diagnose(path).verdict.key == "undetermined"
    # the entropy of .6 and .4 is .673
    for shares in ({"a": 0.6, "b": 0.4}, pd.Series({"a": 60, "b": 40})):
        assert hirise.diagnose(path, training_shares=shares).verdict.key == "collapsed"


def test_a_log_folder_with_class_frequencies(tmp_path):
    for side in ("train", "validation"):
        points = [
            scalar_event(tag, value, step=step, wall_time=1.0)
            for step in range(3)
            for tag, value in (("epoch_loss", 0.673012), ("epoch_accuracy", 0.6))
        ]
        path = tmp_path / "logs" / side / "events.out.tfevents.1.host"
        path.parent.mkdir(parents=True)
        path.write_bytes(write_records([version_event(1.0), *points]))
    for given in (tmp_path / "logs", path):
        assert hirise.diagnose(given).verdict.key == "undetermined"
        shares = {"a": 0.6, "b": 0.4}
        assert hirise.diagnose(given, training_shares=shares).verdict.key == "collapsed"
        with pytest.raises(AssertionError, match="Collapsed"):
            hirise.testing.assert_healthy(given, training_shares=shares)


def test_options_reach_the_reader(tmp_path):
    scores = np.tile([[2.0, 1.0, -1.0]], (40, 1))
    diagnosis = hirise.diagnose(
        {"y_true": [0, 1] * 20, "proba": scores},
        logits=True,
        class_names=["cat", "dog", "owl"],
        split="test",
    )
    assert diagnosis.sentence.startswith(
        "Collapsed: all 40 test images are predicted as 'cat'"
    )
    table = pd.DataFrame({**COLLAPSED, "split": ["val", "test"] * 50})
    assert "50 val images" in hirise.diagnose(table).sentence
    assert "50 test images" in hirise.diagnose(table, split="test").sentence


@pytest.mark.parametrize(
    ("source", "options", "error", "line"),
    [
        ("nowhere.csv", {}, hirise.InputError, "nowhere.csv: no such file or run"),
        (
            "20260101-000000-x",
            {},
            hirise.InputError,
            "There is no run `20260101-000000-x` in",
        ),
        ("predictions", {"split": "val"}, hirise.InputError, "split 'test', not 'val'"),
        ("predictions", {"logits": True}, hirise.InputError, "Leave it out for Pred"),
        ("run", {"class_names": ["a", "b"]}, hirise.InputError, "out for a run"),
        ("table", {"training_shares": {"a": -1}}, hirise.InputError, "none negative"),
        ("table", {"training_shares": {}}, hirise.InputError, "not all 0"),
        ("evidence", {"split": "val"}, TypeError, "give 'split' to `evidence_of`"),
        ("list", {}, TypeError, "`source` is one array of shape .1, 2., which does"),
    ],
)
def test_sources_that_cannot_be_diagnosed_are_refused(
    sources, source, options, error, line
):
    test = hirise.predictions_of(COLLAPSED, split="test")
    sources |= {"predictions": test, "list": [[0, 1]]}
    with pytest.raises(error, match=line):
        hirise.diagnose(sources.get(source, source), **options)


def test_runs_are_found_by_id_its_beginning_or_folder(sources, tmp_path):
    folder = sources["folder"]
    artifacts = str(tmp_path / "runs")
    for name in (folder, str(folder)):
        assert hirise.load_run(name).info.id == folder.name
    for name in (folder.name, folder.name[:8]):
        assert hirise.load_run(name, artifacts=artifacts).folder == folder
    assert [one.folder for one in hirise.list_runs(artifacts).runs] == [folder]
