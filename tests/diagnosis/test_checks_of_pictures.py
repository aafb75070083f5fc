"""HR109, HR110, HR111 and HR408: what they find, with numbers worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from hirise.diagnosis import Evidence
from hirise.diagnosis.checks import CHECKS
from hirise.diagnosis.finding import NotApplicable
from hirise.diagnosis.leakage import LeakageEvidence

BY_CODE = {check.code: check for check in CHECKS}
IMAGES = [f"{n}.png" for n in range(40)]


def leakage(*, copies=(), plain=(), missing=(), classes=("a", "b")):
    """40 images, in turn of each class; `copies` are pairs that show the same."""
    random = np.random.default_rng(0)
    hashes = random.integers(1, 2**63, 40, dtype=np.uint64)
    pictures = random.integers(-99, 99, (40, 256), dtype=np.int8)
    for first, second in copies:
        hashes[second], pictures[second] = hashes[first], pictures[first]
    hashes[list(plain)] = 0
    features = pd.DataFrame({"image": IMAGES, "hash": hashes, "detail": hashes})
    features["digest"] = [f"{n:032x}" for n in range(40)]
    features["coarse"] = list(pictures)
    places = pd.DataFrame({"image": IMAGES, "split": "val", "landmark": ""})
    places["observation"] = ""
    places["class_name"] = [classes[n % len(classes)] for n in range(40)]
    kept = features.drop(index=list(missing))
    return Evidence("made by hand", leakage=LeakageEvidence(places, features=kept))


def test_one_contradicting_pair_is_a_note_with_both_labels():
    (finding,) = BY_CODE["HR109"](leakage(copies=[(0, 1), (2, 4)]))
    assert finding.severity == "note"
    assert str(finding) == (
        "2 images in 1 group of copies have labels that contradict each other; 10 or "
        "more are a warning. First: '0.png' is labelled 'a', its copy '1.png' 'b'."
    )
    assert finding.rows[0]["copy"] == "1.png"


def test_ten_contradicting_images_are_a_warning():
    pairs = [(2 * n, 2 * n + 1) for n in range(5)]
    (finding,) = BY_CODE["HR109"](leakage(copies=pairs))
    assert (finding.severity, finding.fields["n_groups"]) == ("warning", 5)
    assert list(BY_CODE["HR109"](leakage())) == []


def test_plain_and_unreadable_images_are_counted_by_class():
    (finding,) = BY_CODE["HR111"](
        leakage(plain=range(0, 12, 2), missing=[30, 31, 33, 35])
    )
    assert finding.severity == "warning"
    # Six plain ones of a, one unreadable of a, three of b: 10 of 40.
    assert str(finding) == (
        "6 of 40 images have hardly any contrast, as if black or white, and 4 cannot "
        "be decoded: 25.0% together, and 10 or more should be examined. Most are of "
        "'a' (7 of 20), 'b' (3 of 20)."
    )
    (few,) = BY_CODE["HR111"](leakage(plain=[3]))
    assert few.severity == "note"
    assert list(BY_CODE["HR111"](leakage())) == []


def test_digests_alone_tell_nothing_of_plain_images():
    with pytest.raises(NotApplicable, match="only the bytes"):
        list(BY_CODE["HR111"](leakage(plain=range(40))))


def test_a_class_absent_from_training(make_evidence):
    counts = pd.DataFrame(
        {"train": [50, 50, 0, 0], "val": [20, 20, 20, 3], "test": [9, 9, 5, 0]},
        index=["other", "crater", "dune", "spider"],
    )
    (finding,) = BY_CODE["HR110"](make_evidence(split_counts=counts))
    assert finding.severity == "warning"
    assert str(finding) == (
        "2 of 4 classes have no training image on record, but 28 images in other "
        "splits: 'dune' (25 images), 'spider' (3 images). They cannot be learned."
    )
    few = counts.drop(index="dune")
    assert [f.severity for f in BY_CODE["HR110"](make_evidence(split_counts=few))] == [
        "note"
    ]
    # From frequencies: of the labels that are evaluated, 30 are of a class of 0%.
    cells = {(0, 0): 50, (1, 1): 50, (2, 0): 30}
    shares = {"other": 0.5, "crater": 0.5, "dune": 0.0, "spider": 0.0}
    (finding,) = BY_CODE["HR110"](make_evidence(cells=cells, shares=shares))
    assert finding.subject == "dune"


@pytest.mark.parametrize(
    ("logged", "measured", "found"),
    [
        ([0.9, 0.95, 1.0], [0.3, 0.3, 0.3], 1),
        ([0.9, 0.95, 1.0], [0.8, 0.8, 0.81], 0),
        ([0.9, 0.9, 1.0], [0.9, 0.9, 0.75], 0),  # one epoch alone: .125 on average
        ([0.3, 0.3, 0.3], [0.9, 0.9, 0.9], 0),  # dropout and augmentation
    ],
)
def test_training_mode_far_above_inference_mode(make_evidence, logged, measured, found):
    history = {"logged_accuracy": logged, "accuracy": measured}
    findings = list(BY_CODE["HR408"](make_evidence(history=history)))
    assert len(findings) == found
    if found:
        assert str(findings[0]).startswith(
            "In epoch 3 the framework logged a training accuracy of 100.0%, and in "
            "inference mode it is 30.0%."
        )
