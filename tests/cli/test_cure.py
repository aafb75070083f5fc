"""`hirise cure`: what it prints and keeps, and what it refuses in one line."""

import json
import time

import pytest
from thresholded_predictions import NAMES, make_thresholded, write_thresholded_run

from hirise.__main__ import run
from hirise.predictions import Predictions
from hirise.runs import create_run, find_run, list_runs

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def artifacts(tmp_path):
    return tmp_path / "artifacts"


@pytest.fixture
def parent(artifacts):
    return write_thresholded_run(artifacts)


@pytest.fixture
def cure(capsys, artifacts, parent):
    """`cure(…)` gives the status, what was printed, and the line of failure."""

    def cure(*words):
        status = run(["cure", parent, *words, "--artifacts", str(artifacts)])
        return status, *capsys.readouterr()

    return cure


def test_a_thresholded_collapse_is_cured_by_what_the_findings_suggest(
    cure, parent, artifacts
):
    begun = time.process_time()
    status, out, err = cure()
    assert time.process_time() - begun < 2
    assert (status, err) == (0, "")
    assert out.startswith("Cured: on 500 test images the verdict is no longer")
    lines = out.splitlines()
    assert any(line.startswith("Logit adjustment: τ = ") for line in lines)
    assert "Before: Collapsed: all 500 test images are predicted as 'other'." in out
    assert "After: No collapse found: " in out
    (kept,) = [line.split()[-1] for line in lines if line.startswith("Kept as ")]
    assert find_run(artifacts, kept).splits() == ("test",)
    assert lines[-1] == f"More: hirise compare {parent} {kept} --split test"


def test_json(cure, parent):
    status, out, err = cure("--remedy", "logit-adjustment", "--tau", "1", "--json")
    document = json.loads(out)
    assert (status, err, document["format"]) == (0, "", 1)
    assert (document["parent"], document["split"]) == (parent, "test")
    (step,) = document["remedies"]
    assert (step["key"], step["redo"]) == ("logit-adjustment", "nothing")
    assert step["parameters"] == {"tau": 1.0}
    assert document["before"]["verdict"] == "collapsed"
    assert document["before"]["kind"] == "thresholded"
    assert document["after"]["verdict"] == "healthy"
    assert document["proof"]["outcome"] == "cured"
    after = document["after"]["metrics"]["macro_f1"]["value"]
    assert document["proof"]["metrics"]["macro_f1"]["after"] == pytest.approx(after)


def test_abstention_tells_coverage_instead_of_a_comparison(cure):
    options = ("--remedy", "logit-adjustment", "--tau", "1", "--remedy", "abstention")
    status, out, _ = cure(*options, "--confidence", "0.95", "--json")
    document = json.loads(out)
    assert (status, document["proof"]) == (0, None)
    assert 0 < document["coverage"] < 1
    assert document["after"]["metrics"]["n_images"] == 500 * document["coverage"]
    _, out, _ = cure(*options, "--confidence", "0.95")
    assert "of 500 test images are answered (" in out.splitlines()[0]
    assert "abstention does not cure" in out
    assert "hirise compare" not in out


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--remedy", "class-weights"), "cannot be retrained: its recipe is not"),
        (("--remedy", "rescale-input"), "'rescale-input' is done by hand"),
        (("--remedy", "clas-weights"), "Did you mean 'class-weights'?"),
        (("--remedy", "warm-up", "--remedy", "warm-up"), "once is enough"),
        (("--remedy", "thresholds", "--leave-out", "x"), "--leave-out belongs to"),
        (("--remedy", "thresholds", "--set", "epochs=1"), "--set belongs to a remedy"),
        (("--remedy", "tresholds"), "is no remedy. Known are: rejoi"),
        (
            ("--remedy", "thresholds", "--remedy", "prior-shift"),
            "cannot be combined with prior-shift: thr",
        ),
        (("--remedy", "thresholds", "--tau", "1"), "--tau belongs to logit-adjustment"),
        (("--remedy", "logit-adjustment", "--tau", "11"), "τ must be from 0 to 10"),
        (("--remedy", "abstention", "--confidence", "2"), "above 0 and at most 1"),
        (("--remedy", "prior-shift", "--target-shares", "other=2"), "--target-shares:"),
        (
            ("--remedy", "prior-shift", "--target-shares", "x=1"),
            "'x', which is not",
        ),
        (("--split", "tes"), "There is no split 'tes'"),
    ],
)
def test_refused_in_one_line_with_nothing_left(cure, artifacts, parent, words, line):
    status, out, err = cure(*words)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert line in err
    assert [one.info.id for one in list_runs(artifacts).runs] == [parent]


def test_stated_class_frequencies(cure):
    shares = "other=.4,crater=.3,dune=.3"
    status, out, _ = cure("--remedy", "prior-shift", "--target-shares", shares)
    assert status == 0
    assert (
        "Prior-shift correction: Class frequencies as given, against those of val"
        in out
    )


def test_without_truth_the_verdicts_stand_alone(artifacts, capsys):
    writer = create_run(artifacts, title="new images", class_names=NAMES)
    test = make_thresholded(100, 1, "test")
    bare = Predictions(
        y_pred=test.y_pred, class_names=NAMES, proba=test.proba, split="test"
    )
    for part in (make_thresholded(600, 0, "val"), bare):
        writer.write_predictions(part.split, part.write)
    writer.finish("imported")
    words = ["cure", writer.id, "--remedy", "thresholds"]
    assert run([*words, "--artifacts", str(artifacts)]) == 0
    out = capsys.readouterr().out
    assert "Before: Cannot tell" in out
    assert "Metric" not in out


def test_the_plan_names_recommended_remedies_and_changes_nothing(cure, artifacts):
    before = len(list_runs(artifacts).runs)
    status, out, err = cure("--plan")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "Recommended"
    assert any(line.startswith("  logit-adjustment: The ") for line in lines)
    assert any(line.startswith("  logit-adjustment: τ = ") for line in lines)
    assert len(list_runs(artifacts).runs) == before


def test_the_plan_of_remedies_says_their_order(cure):
    document = json.loads(
        cure("--remedy", "abstention", "--remedy", "thresholds", "--plan", "--json")[1]
    )
    assert document["training"] is None
    assert sorted(document["remedies"]) == ["abstention", "thresholds"]
