"""`hirise.testing.assert_healthy`: what passes, what fails, and what a failure says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import hirise
from hirise.testing import assert_healthy, assert_not_collapsed

ROOT = Path(__file__).resolve().parents[1]
Y_TRUE = ["a"] * 60 + ["b"] * 40
COLLAPSED = {"y_true": Y_TRUE, "y_pred": ["a"] * 100}
RIGHT = {"y_true": Y_TRUE, "y_pred": Y_TRUE}
WEAK = {"y_true": Y_TRUE, "y_pred": ["a"] * 60 + ["a", "b"] * 20}


def failure(*given, **options):
    """The lines of the AssertionError."""
    with pytest.raises(AssertionError) as raised:
        assert_healthy(*given, **options)
    return str(raised.value).splitlines()


def test_a_healthy_classifier_gives_its_diagnosis():
    diagnosis = assert_healthy(RIGHT)
    assert isinstance(diagnosis, hirise.Diagnosis)
    assert diagnosis.verdict.key == "healthy"


def test_a_failure_says_the_sentence_then_what_failed():
    lines = failure(COLLAPSED)
    assert lines[0] == hirise.diagnose(COLLAPSED).sentence
    assert lines[0].startswith(
        "Collapsed: all 100 images are predicted as 'a'. Accuracy 60.0"
    )
    assert [line.split(":")[0] for line in lines[1:]] == [
        "ERROR HR201 One class for all images",
        "ERROR HR202 Classes never predicted",
    ]
    assert "100.0% of 100 images are predicted as 'a'" in lines[1]


def test_fail_on_is_that_of_the_command():
    assert assert_healthy(WEAK).verdict.key == "weak"
    lines = failure(WEAK, fail_on="warning")
    assert lines[0].startswith(
        "Weak: only 50.0% (95% CI 35.2–64.8%) of 40 images of 'b' are classified"
    )
    assert [line for line in lines if line.startswith("WARNING HR204")]
    assert assert_healthy(COLLAPSED, fail_on="never").verdict.key == "collapsed"
    with pytest.raises(ValueError, match="`fail_on` must be one of"):
        assert_healthy(RIGHT, fail_on="errors")


@pytest.mark.parametrize("as_type", [list, np.array, pd.Series])
def test_arrays(as_type):
    y_true, right = [0] * 60 + [1] * 40, [0.1] * 60 + [0.9] * 40
    proba = np.column_stack([1 - np.array(right), right])
    assert assert_healthy(y_true=as_type(y_true), proba=proba).verdict.key == "healthy"
    assert assert_healthy(y_true=as_type(y_true), proba=as_type(right))
    assert assert_healthy(y_true=as_type(y_true), y_pred=as_type(y_true))
    assert assert_healthy(y_true=np.eye(2)[y_true], proba=np.log(proba), logits=True)
    same = np.full((100, 2), 0.5)
    lines = failure(y_true=as_type(y_true), proba=same, class_names=["cat", "dog"])
    assert lines[0].startswith("Collapsed: all 100 images are predicted as 'cat'.")


def test_files_tables_and_predictions(tmp_path):
    path = tmp_path / "p.csv"
    frame = pd.DataFrame({**COLLAPSED, "split": ["val", "test"] * 50})
    frame.to_csv(path, index=False)
    for source in (path, str(path), frame):
        assert "all 50 val images" in failure(source)[0]
        assert "all 50 test images" in failure(source, split="test")[0]
    predictions = hirise.read_predictions(path)
    assert failure(predictions) == failure(path) == failure(hirise.evidence_of(path))


def test_names_cannot_forge_lines():
    names = ["<script>alert(1)</script>", "a|b", "c\nERROR HR101 forged"]
    lines = failure({"y_true": names * 20, "y_pred": names[2:] * 60})
    assert r"predicted as 'c\nERROR HR101 forged'" in lines[0]
    assert [line.split()[1] for line in lines[1:]] == ["HR201", "HR202"]
    assert "'<script>alert(1)</script>', 'a|b'" in lines[2]


@pytest.mark.parametrize(
    ("given", "options", "line"),
    [
        ((), {}, "There is nothing to diagnose. Call diagnose.y_true, y_pred."),
        ((None,), {}, "There is nothing to diagnose"),
        (
            (RIGHT,),
            {"y_true": Y_TRUE},
            "`source` is of type dict, and `y_true` an",
        ),
    ],
)
def test_one_of_source_and_arrays_is_needed(given, options, line):
    for assertion in (assert_healthy, assert_not_collapsed):
        with pytest.raises(TypeError, match=line):
            assertion(*given, **options)


def test_only_a_failing_verdict_is_a_collapse():
    weak = {"y_true": Y_TRUE, "y_pred": ["a"] * 60 + ["a", "b"] * 20}
    assert assert_not_collapsed(weak).verdict.key == "weak"
    with pytest.raises(AssertionError) as raised:
        assert_not_collapsed(Y_TRUE, ["a"] * 100)
    assert str(raised.value).splitlines() == failure(COLLAPSED)


def test_what_cannot_be_read_is_no_failure_of_the_classifier():
    with pytest.raises(hirise.InputError, match="no such file or run"):
        assert_healthy("nowhere.csv")


def test_assert_healthy_fails_with_asserts_left_out_too():
    code = f"""
from hirise.testing import assert_healthy
try:
    assert_healthy({COLLAPSED!r})
except AssertionError as error:
    print(str(error).split(":")[0])
"""
    command = [sys.executable, "-O", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("Collapsed\n", "")
