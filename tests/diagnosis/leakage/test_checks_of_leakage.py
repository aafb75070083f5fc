"""HR102, HR103, HR106 and HR108: each fires, is silent, and is not applicable."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hirise.diagnosis import Evidence, check_document, diagnose
from hirise.diagnosis.checks import CHECKS
from hirise.diagnosis.finding import NotApplicable
from hirise.diagnosis.leakage import LeakageEvidence
from hirise.evaluation import evaluate
from hirise.mars.names import parse_names
from hirise.predictions import Predictions

BY_CODE = {check.code: check for check in CHECKS}
NAMES = ("other", "crater")


def name(observation, landmark, copy=""):
    return f"ESP_{observation:06d}_1450_RED-{landmark:04d}{copy}.jpg"


def places_of(rows):
    """`rows`: image, split and class name of each image."""
    table = pd.DataFrame(rows, columns=["image", "split", "class_name"])
    return table.join(parse_names(table["image"])[["landmark", "observation"]])


def hashes_of(images, *, digest=None, near=None):
    """Features in which the images of `near`, and of `digest`, are alike."""
    rng = np.random.default_rng(0)
    pairs = rng.integers(1, 2**63, (len(images), 2), dtype=np.uint64)
    pictures = rng.integers(-99, 99, (len(images), 256), dtype=np.int8)
    digests = [f"{row:032x}" for row in range(len(images))]
    for group in near or ():
        for image in group:
            pairs[images.index(image)] = pairs[images.index(group[0])]
            pictures[images.index(image)] = pictures[images.index(group[0])]
    for group in digest or ():
        for image in group:
            digests[images.index(image)] = digests[images.index(group[0])]
    columns = {"digest": digests, "hash": pairs[:, 0], "detail": pairs[:, 1]}
    return pd.DataFrame({"image": images, **columns, "coarse": list(pictures)})


def make_leakage(rows, wrong=(), *, split="val", features=None):
    """Evidence of a model that is right on `split`, except on the images `wrong`."""
    places = places_of(rows)
    judged = places[places["split"] == split]
    y_true = judged["class_name"].map(NAMES.index).to_numpy()
    off = judged["image"].isin(wrong).to_numpy()
    predictions = Predictions(
        y_pred=np.where(off, 1 - y_true, y_true),
        y_true=y_true,
        class_names=NAMES,
        image=judged["image"].to_numpy(),
        split=split,
    )
    leakage = LeakageEvidence(places, predictions, features)
    counts = pd.crosstab(places["class_name"], places["split"]).reindex(list(NAMES))
    return Evidence(
        "made by hand",
        evaluate(predictions),
        leakage=leakage,
        split_counts=counts,
    )


def findings(code, evidence):
    return [(f.subject, f.severity) for f in BY_CODE[code](evidence)]


def landmarks(n, split, observation, classes=NAMES, start=0):
    """`n` landmarks of one observation, of `classes` in turn."""
    return [
        (name(observation, start + i), split, classes[i % len(classes)])
        for i in range(n)
    ]


def split_by_copy(n_leaked, n_clean=40):
    """Validation images with a rotated copy in training, and others without."""
    train = landmarks(60, "train", 1)
    leaked = [
        (image.replace(".jpg", "-r90.jpg"), "val", label)
        for image, _, label in train[:n_leaked]
    ]
    return [*train, *leaked, *landmarks(n_clean, "val", 2)]


@pytest.mark.parametrize(
    ("n_leaked", "severity"),
    [(41, "error"), (40, "warning"), (10, "warning"), (9, "note")],
)
def test_copies_are_an_error_from_more_than_half_on(n_leaked, severity):
    evidence = make_leakage(split_by_copy(n_leaked))
    assert findings("HR102", evidence) == [("copies", severity)]


def test_the_sentence_says_what_copies_are_worth():
    rows = split_by_copy(40)
    wrong = [name(2, i) for i in range(20)]
    (finding,) = BY_CODE["HR102"](make_leakage(rows, wrong))
    assert finding.evidence.startswith(
        "50.0% of 80 val images have a copy in training (40 by the landmark in their "
        "name). Over 50.0% is an error. On the 40 images with a copy, accuracy is "
        "100.0% ("
    )
    assert "On the 40 images without, accuracy is 50.0% (" in finding.evidence
    assert finding.evidence.endswith("macro-F1 0.50.")


def test_copies_are_found_by_bytes_and_by_picture_whatever_the_names():
    rows = [
        (f"{split}/{i}.png", split, NAMES[i % 2])
        for split in ("train", "val")
        for i in range(40)
    ]
    images = [row[0] for row in rows]
    features = hashes_of(
        images,
        digest=[(f"train/{i}.png", f"val/{i}.png") for i in range(5)],
        near=[(f"train/{i}.png", f"val/{i}.png") for i in range(12)],
    )
    evidence = make_leakage(rows, features=features)
    (finding,) = BY_CODE["HR102"](evidence)
    assert finding.severity == "warning"
    assert finding.evidence.startswith(
        "30.0% of 40 val images have a copy in training (0 by the landmark in their "
        "name; 5 as a file with the same bytes; 12 as a near-duplicate"
    )
    pairs = evidence.leakage.pairs
    assert len(pairs) == 12
    assert pairs["kind"].tolist() == ["bytes"] * 5 + ["near"] * 7
    assert (pairs["copy"].str[6:] == pairs["image"].str[4:]).all()
    (across,) = BY_CODE["HR103"](evidence)
    assert (across.subject, across.severity) == ("across splits", "warning")
    assert across.evidence.startswith("24 images in 12 groups of near-duplicates")
    assert "10 of the images identical to another, byte for byte" in across.evidence


def test_one_observation_in_both_splits_is_a_note_where_labels_do_not_follow_it():
    rows = [*landmarks(60, "train", 1), *landmarks(40, "val", 1, start=60)]
    evidence = make_leakage(rows)
    assert findings("HR102", evidence) == [("observations", "note")]
    assert findings("HR108", evidence) == []
    diagnosis = diagnose(evidence)
    assert diagnosis.sentence.startswith("No collapse found: accuracy 100.0%")
    assert "100.0% of 40 val images show places in observations" in diagnosis.sentence
    assert not diagnosis.trusted


def telling_rows(start):
    """Observation 1 shows other, 2 craters; validation has more of both."""
    return [
        *landmarks(40, "train", 1, ["other"]),
        *landmarks(20, "train", 2, ["crater"]),
        *landmarks(30, "val", start, ["other"], start=40),
        *landmarks(15, "val", start + 1, ["crater"], start=40),
    ]


def test_one_observation_in_both_splits_is_a_warning_where_labels_follow_it():
    evidence = make_leakage(telling_rows(1))
    assert findings("HR102", evidence) == [("observations", "warning")]
    (finding,) = BY_CODE["HR108"](evidence)
    # Calling all 'other': F1 is 2·30 / (45 + 30) = .8 and 0, so macro-F1 is .40.
    assert "class of its observation: accuracy is 100.0%" in finding.evidence
    assert "With 'other' for all: accuracy is 66.7%" in finding.evidence
    assert "macro-F1 0.40. A macro-F1 more than 0.10" in finding.evidence
    assert finding.evidence.endswith(
        "That is 100.0% of the model's gain over one class for all images, most of it."
    )
    assert diagnose(evidence).sentence.startswith(
        "No collapse found, but the evaluation cannot be trusted because of HR102 "
        "(copies or observations in several splits). 100.0% of 45 val images show "
        "places in observations that are also in training"
    )


def test_a_split_by_observation_is_clean():
    evidence = make_leakage(telling_rows(3))
    assert findings("HR102", evidence) == []
    assert findings("HR108", evidence) == []
    assert diagnose(evidence).trusted


def test_the_document_holds_the_counts_the_parts_and_the_baseline():
    evidence = make_leakage(split_by_copy(20), [name(2, 0)])
    found = check_document(evidence, diagnose(evidence))["leakage"]
    assert (found["n_images"], found["n_with_copy"]) == (60, 20)
    assert found["share_with_copy"] == pytest.approx(1 / 3)
    assert found["n_shared"] == {
        "landmark": 20,
        "bytes": 0,
        "near": 0,
        "observation": 20,
    }
    parts = found["parts"]
    assert {part: one["n_images"] for part, one in parts.items()} == {
        "copy": 20,
        "no_copy": 40,
        "new_observation": 40,
    }
    assert parts["no_copy"]["accuracy"]["value"] == pytest.approx(39 / 40)
    assert found["observation_baseline"]["n_known"] == 20
    no_leakage = Evidence("made by hand", evidence.evaluation)
    assert check_document(no_leakage, diagnose(no_leakage))["leakage"] is None


def test_duplicates_inside_one_split_and_contradicting_labels_are_noted():
    rows = [(f"{i}.png", "val", NAMES[i % 2]) for i in range(40)]
    features = hashes_of([r[0] for r in rows], near=[("0.png", "1.png", "2.png")])
    (finding,) = BY_CODE["HR103"](make_leakage(rows, features=features))
    assert (finding.subject, finding.severity) == ("inside one", "note")
    assert finding.evidence == (
        "3 images in 1 group of near-duplicates lie in one split. In 1 of these "
        "groups the labels contradict each other."
    )


def test_drawings_whose_hashes_agree_are_no_duplicates():
    """The picture of each must be that of the other, too."""
    rows = [(f"{i}.png", "val", NAMES[i % 2]) for i in range(40)]
    alike = hashes_of([r[0] for r in rows], near=[("0.png", "1.png")])
    alike["coarse"] = hashes_of([r[0] for r in rows])["coarse"]
    assert findings("HR103", make_leakage(rows, features=alike)) == []
    # Where the pictures are not known, hashes that agree prove nothing.
    with pytest.raises(NotApplicable, match="does not confirm near-duplicates"):
        list(
            BY_CODE["HR103"](make_leakage(rows, features=alike.drop(columns="coarse")))
        )
    twins = hashes_of([r[0] for r in rows], digest=[("0.png", "1.png")])
    unconfirmed = make_leakage(rows, features=twins.drop(columns="coarse"))
    assert findings("HR103", unconfirmed) == [("inside one", "note")]


def test_different_pictures_are_no_duplicates():
    rows = split_by_copy(0)
    features = hashes_of([row[0] for row in rows])
    assert findings("HR103", make_leakage(rows, features=features)) == []


RENAMED = [(f"{i}.png", "val", NAMES[i % 2]) for i in range(40)]
TRAINED = [(f"t{i}.png", "train", "other") for i in range(40)]


@pytest.mark.parametrize(
    ("code", "evidence", "reason"),
    [
        ("HR102", make_leakage(RENAMED), "not known which images were trained on"),
        ("HR102", make_leakage([*RENAMED, *TRAINED]), "give the dataset"),
        ("HR102", make_leakage(TRAINED, split="train"), "those that were trained on"),
        ("HR102", Evidence("nothing"), "not known which images were trained on"),
        ("HR103", make_leakage(RENAMED), "were not compared"),
        ("HR103", Evidence("nothing"), "were not compared"),
        ("HR108", make_leakage([*RENAMED, *TRAINED]), "do not tell the observation"),
        ("HR108", Evidence("nothing"), "not known which images were trained on"),
        ("HR106", Evidence("nothing"), "class counts of the splits are unknown"),
        ("HR106", make_leakage(RENAMED), "not known which images were trained on"),
        ("HR106", make_leakage(TRAINED, split="train"), "no other split than train"),
    ],
)
def test_why_a_check_does_not_apply(code, evidence, reason):
    with pytest.raises(NotApplicable, match=reason):
        list(BY_CODE[code](evidence))


def test_images_that_the_table_of_the_run_does_not_list():
    evidence = make_leakage(split_by_copy(20))
    other = evidence.leakage.predictions.image.astype(object) + "x"
    predictions = Predictions(
        y_pred=evidence.leakage.predictions.y_pred,
        class_names=NAMES,
        image=other,
        split="val",
    )
    leakage = LeakageEvidence(evidence.leakage.places, predictions)
    with pytest.raises(NotApplicable, match="60 of the evaluated images are not in"):
        list(BY_CODE["HR102"](Evidence("made by hand", leakage=leakage)))


@pytest.mark.parametrize(
    ("train", "val", "expected"),
    [
        # 10% and 37.5%: ln(3.75 / 2) is 4.9 standard deviations of .129.
        ([900, 100], [250, 150], ["val"]),
        # 10% and 25%: the factor 2.5 is 1.6 standard deviations above 2.
        ([900, 100], [300, 100], []),
        ([900, 100], [330, 70], []),  # 17.5%: a factor of 1.75
        ([900, 100], [7, 3], []),  # 30%, but 10 images, and 3 expected
        ([950, 50], [400, 0], ["val"]),  # 20 expected, none there
        ([990, 10], [400, 0], []),  # 4 expected
        ([1000, 0], [380, 20], ["val"]),
    ],
)
def test_class_frequencies_that_differ(train, val, expected):
    counts = pd.DataFrame({"train": train, "val": val}, index=list(NAMES))
    found = findings("HR106", Evidence("made by hand", split_counts=counts))
    assert [subject for subject, _ in found] == expected
    assert all(severity == "warning" for _, severity in found)


def test_a_split_that_is_not_evaluated_is_noted_and_landmarks_count_once():
    counts = pd.DataFrame({"train": [900, 100], "val": [900, 100]}, index=list(NAMES))
    counts["test"] = [250, 150]
    evidence = make_leakage(split_by_copy(20))
    evaluated = replace(evidence, split_counts=counts)
    assert findings("HR106", evaluated) == [("test", "note")]
    # 150 images of 8 landmarks: ln(3.75 / 2) is less than two deviations of .37.
    images = [
        (f"ESP_000001_1450_RED-{i:04d}.jpg", "train", "other") for i in range(900)
    ]
    images += [
        (f"ESP_000002_1450_RED-{i:04d}.jpg", "train", "crater") for i in range(100)
    ]
    images += [(f"ESP_000003_1450_RED-{i:04d}.jpg", "val", "other") for i in range(250)]
    images += [
        (f"ESP_000004_1450_RED-{i % 8:04d}.jpg", "val", "crater") for i in range(150)
    ]
    places = places_of(images)
    counts = pd.DataFrame({"train": [900, 100], "val": [250, 150]}, index=list(NAMES))
    few = Evidence("made by hand", split_counts=counts, leakage=LeakageEvidence(places))
    assert findings("HR106", few) == []


def test_the_class_frequency_and_that_of_training_are_fields():
    counts = pd.DataFrame({"train": [900, 100], "val": [250, 150]}, index=list(NAMES))
    (finding,) = BY_CODE["HR106"](Evidence("made by hand", split_counts=counts))
    assert finding.evidence.endswith("beyond chance: 'crater' 37.5% (training 10.0%).")
