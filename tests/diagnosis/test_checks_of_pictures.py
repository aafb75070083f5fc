"""HR109, HR110, HR111, HR408 and HR409, with numbers worked out by hand."""

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


def shifting(make_evidence, *, val, true_val=(50, 50), train=(50, 50), epochs=1):
    """Two classes; the training images are classified correctly."""
    names = ["other", "crater"]
    counts = [
        pd.DataFrame({"class_name": names, "split": split, "epoch": epoch, "n": n})
        for epoch in range(1, epochs + 1)
        for split, n in (("train", train), ("val", val[epoch - 1]))
    ]
    true = pd.DataFrame({"train": [50, 50], "val": true_val}, index=names)
    return make_evidence(
        history={"accuracy": [0.97] * epochs, "val_accuracy": [0.5] * epochs},
        shares={"other": 0.5, "crater": 0.5},
        predicted_counts=pd.concat(counts),
        split_counts=true,
    )


def test_validation_images_that_are_prepared_otherwise_shift_the_predictions(
    make_evidence,
):
    (finding,) = BY_CODE["HR409"](shifting(make_evidence, val=[(90, 10)]))
    # Half of 40 + 40 points: 40% would have to be of another class.
    assert str(finding) == (
        "In the last epoch the network predicts other classes on validation images "
        "than on training images: most of all 'other', 90.0% of validation and 50.0% "
        "of training predictions. Frequencies differ by 40.0% in all, and the true "
        "ones by 0.0%; 30.0% more than these is too much."
    )
    assert finding.subject == "other"
    # Scrambled labels leave them as they are, and other true classes explain them.
    for given in (
        {"val": [(55, 45)]},
        {"val": [(90, 10)], "true_val": (80, 20)},
        {"val": [(50, 50), (90, 10)], "epochs": 2},
    ):
        assert list(BY_CODE["HR409"](shifting(make_evidence, **given))) == []


def test_a_network_that_learned_nothing_is_not_compared(make_evidence):
    evidence = shifting(make_evidence, val=[(90, 10)])
    evidence.history["accuracy"] = 0.6
    with pytest.raises(NotApplicable, match="not known that the training images"):
        list(BY_CODE["HR409"](evidence))
    few = shifting(make_evidence, val=[(20, 9)])
    with pytest.raises(NotApplicable, match="fewer than 30 val predictions"):
        list(BY_CODE["HR409"](few))


def test_class_weights_are_no_underfitting(make_evidence):
    """Accuracy .85 under a majority of .9, but kappa .4: half of the rest is right."""
    names = ["other", "crater"]
    # 78 of 90 and 9 of 10 are correct: chance is .9 * .79 + .1 * .21 = .732.
    counts = pd.DataFrame(
        {"class_name": names, "split": "train", "epoch": 1, "n": [79, 21]}
    )
    given = {
        "history": {"accuracy": [0.87]},
        "shares": {"other": 0.9, "crater": 0.1},
    }
    weighted = make_evidence(**given, predicted_counts=counts)
    # (.87 - .732) / (1 - .732) = .515
    assert weighted.epoch_kappa("train") == pytest.approx(0.515, abs=1e-3)
    assert list(BY_CODE["HR402"](weighted)) == []
    assert len(list(BY_CODE["HR402"](make_evidence(**given)))) == 1
