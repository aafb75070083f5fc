"""HR208: copies of one landmark that get different classes."""

import numpy as np
import pytest

from hirise.diagnosis.checks.predictions import (
    InconsistentCopies,
    predictions_per_landmark,
)
from hirise.diagnosis.finding import NotApplicable
from hirise.predictions import Predictions

NAMES = ("other", "crater", "dune", "spider")


def hirise_name(observation, landmark, copy=""):
    end = f"-{copy}" if copy else ""
    return f"ESP_{observation:06d}_1450_RED-{landmark:04d}{end}.jpg"


def of_landmarks(answers, *, copies=("", "r90")):
    """`image` and `y_pred`: one landmark per row of `answers`, one class per copy."""
    image = [hirise_name(1, n, copy) for n in range(len(answers)) for copy in copies]
    return {
        "image": np.array(image, dtype=object),
        "y_pred": [answer for row in answers for answer in row],
    }


def pairs(*, same, torn):
    """Landmarks of two images: `same` agree on either of two classes, `torn` do not."""
    agreeing = [(n % 2, n % 2) for n in range(same)]
    return of_landmarks([*agreeing, *[(0, 1)] * torn])


def test_landmarks_of_several_images_are_counted_once():
    image = [
        hirise_name(1, 7),
        "folder/" + hirise_name(1, 7, "fh"),
        hirise_name(1, 7, "brt"),
        hirise_name(1, 8),
        hirise_name(2, 7),
        hirise_name(2, 7, "r270"),
        "else.jpg",
    ]
    predictions = Predictions(
        y_pred=np.array([0, 1, 0, 2, 3, 3, 0]),
        y_true=np.array([-1, 1, 1, 2, 3, -1, 0]),
        class_names=NAMES,
        image=np.array(image, dtype=object),
    )
    table = predictions_per_landmark(predictions)
    assert table.index.tolist() == [
        "ESP_000001_1450_RED-0007",
        "ESP_000002_1450_RED-0007",
    ]
    assert table["n_images"].tolist() == [3, 2]
    assert table["n_answers"].tolist() == [2, 1]
    assert table["class_name"].tolist() == ["crater", "spider"]


def test_a_quarter_that_disagrees_is_a_warning(make_evidence):
    evidence = make_evidence(**pairs(same=75, torn=25), split="val")
    (finding,) = InconsistentCopies()(evidence)
    assert (finding.code, finding.severity) == ("HR208", "warning")
    assert finding.remedies == ("augmentation",)
    # Wilson's interval of 25 of 100
    assert finding.evidence == (
        "25 of 100 val landmarks that several images show are predicted as more than "
        "one class: 25.0% (95% CI 17.5–34.3%); 15.0% or more is too many."
    )


def test_twenty_of_a_hundred_could_be_fewer_than_the_floor(make_evidence):
    # Wilson's lower end of 20 of 100 is 13.3%
    (finding,) = InconsistentCopies()(make_evidence(**pairs(same=80, torn=20)))
    assert finding.severity == "note"


@pytest.mark.parametrize(("torn", "n_found"), [(9, 0), (10, 1)])
def test_the_check_is_silent_under_a_tenth_of_copies(make_evidence, torn, n_found):
    evidence = make_evidence(**pairs(same=100 - torn, torn=torn))
    assert len(list(InconsistentCopies()(evidence))) == n_found


def test_the_classes_worst_hit_are_named(make_evidence):
    """Of those with ten landmarks: 6 of 10 dunes before 6 of 20 craters."""
    torn, agree = (0, 1), (3, 3)
    answers = [torn] * 6 + [agree] * 14  # crater
    answers += [torn] * 6 + [agree] * 4  # dune
    answers += [torn] * 9  # spider: too few to be compared
    answers += [(0, 0)] * 21  # other: none torn
    truth = np.repeat([1, 2, 3, 0], [40, 20, 18, 42])
    given = of_landmarks(answers)
    (finding,) = InconsistentCopies()(make_evidence(**given, y_true=truth))
    assert finding.evidence.endswith(
        "Most often: 'dune' (6 of 10), 'crater' (6 of 20)."
    )


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "no predictions"),
        ({"y_pred": [0, 1] * 50}, "no image names are known"),
        (
            of_landmarks([(n % 2,) for n in range(60)], copies=("",)),
            "no images of this split show the same landmark",
        ),
        (pairs(same=10, torn=9), "only 19 landmarks are shown by several images, 20"),
        (pairs(same=1, torn=0), "one class takes all predictions"),
        (of_landmarks([(0, 0)] * 99 + [(0, 0)]), "copies agree whatever they show"),
    ],
)
def test_the_check_is_not_applicable_for_a_stated_reason(make_evidence, given, reason):
    with pytest.raises(NotApplicable, match=reason):
        list(InconsistentCopies()(make_evidence(**given)))
