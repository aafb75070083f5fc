"""Thousands of classes: what is counted, searched and written stays small."""

import json

import numpy as np
import pytest

import hirise
from hirise.diagnosis import diagnose, evidence_of
from hirise.diagnosis.checks.order import MOST_SEARCHED, PermutedClasses
from hirise.diagnosis.document import MOST_IN_MATRIX, check_document
from hirise.diagnosis.finding import NotApplicable

N_CLASSES = MOST_SEARCHED + 500


def make_labels(n_classes, stands_for, n_each=12):
    """Every class is predicted as another one, one to one."""
    true = np.repeat(np.arange(n_classes), n_each)
    return {
        "y_true": true,
        "y_pred": stands_for[true],
        "class_names": [f"class {i:05}" for i in range(n_classes)],
    }


def test_the_best_order_of_too_many_classes_is_not_searched():
    evidence = evidence_of(make_labels(N_CLASSES, np.roll(np.arange(N_CLASSES), 1)))
    with pytest.raises(NotApplicable, match=r"more than 2,000 classes is not searched"):
        list(PermutedClasses()(evidence))


def test_a_known_order_of_many_classes_is_found():
    names = [str(i) for i in range(N_CLASSES)]
    alphabetical = np.argsort(names)
    labels = make_labels(N_CLASSES, np.argsort(alphabetical)) | {"class_names": names}
    (finding,) = PermutedClasses()(evidence_of(labels))
    assert finding.fields["order"] == "alphabetical"
    assert finding.fields["accuracy_after"].value == 1


def test_no_order_is_searched_where_none_can_restore_the_score():
    """Even the fullest cells hold too few images: it passes, at any number."""
    rng = np.random.default_rng(0)
    true = np.repeat(np.arange(N_CLASSES), 12)
    spread = {"y_pred": rng.integers(0, N_CLASSES, len(true))}
    evidence = evidence_of(make_labels(N_CLASSES, np.arange(N_CLASSES)) | spread)
    assert list(PermutedClasses()(evidence)) == []


@pytest.mark.parametrize("n_classes", [MOST_IN_MATRIX, MOST_IN_MATRIX + 1])
def test_the_document_lists_the_cells_of_many_classes(n_classes):
    labels = make_labels(n_classes, np.roll(np.arange(n_classes), 1), n_each=10)
    evidence = evidence_of(labels)
    written = check_document(evidence, diagnose(evidence))["confusion"]
    if n_classes <= MOST_IN_MATRIX:
        assert written["counts"][0][-1] == 10
        assert "cells" not in written
    else:
        assert written["counts"] is None
        assert written["cells"][:2] == [[0, n_classes - 1, 10], [1, 0, 10]]
        assert len(json.dumps(written)) < 200_000


def test_twenty_thousand_classes_are_diagnosed():
    """A matrix of them would take 3.5 GB."""
    rng = np.random.default_rng(0)
    true = rng.integers(0, 21_000, 30_000)
    names = [f"species {i}" for i in range(21_000)]
    diagnosis = hirise.diagnose(y_true=true, y_pred=true, class_names=names)
    assert diagnosis.ok


def test_a_finding_lists_only_some_of_thousands_of_classes():
    labels = make_labels(5000, np.arange(5000), n_each=3)
    diagnosis = hirise.diagnose(**labels)
    (finding,) = (f for f in diagnosis.findings if f.code == "HR104")
    assert "'class 00019 (3)" not in str(finding)
    assert "and 4980 more" in str(finding)
    assert len(str(finding)) < 800
