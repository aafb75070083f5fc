"""HR505: saliency on black borders, against the area that these take."""

import numpy as np
import pandas as pd
import pytest

from hirise.diagnosis.checks.network import SaliencyOnBorder
from hirise.diagnosis.finding import NotApplicable

N = 40
TRUTH = np.arange(N) % 4
PROBA = 0.1 + 0.6 * np.eye(4)[TRUTH]


@pytest.fixture
def evidence(make_evidence):
    """`evidence(areas, shares)`: 40 images, of which the first have saliency."""

    def make(areas, shares, *, proba=PROBA, n_groups=N, **others):
        images = np.array([f"{i}.jpg" for i in range(N)], dtype=object)
        table = pd.DataFrame(
            {"image": images[: len(areas)], "border_area": areas}
        ).assign(border_share=shares)
        group = np.array([f"g{i % n_groups}" for i in range(N)], dtype=object)
        given = {"image": images, "group": group, "split": "val", "saliency": table}
        return make_evidence(y_true=TRUTH, y_pred=TRUTH, proba=proba, **given | others)

    return make


def test_the_check_fires_on_saliency_that_lies_on_the_border(evidence):
    (finding,) = SaliencyOnBorder()(evidence([0.2] * 20, [0.5, 0.7] * 10))
    assert (finding.code, finding.severity) == ("HR505", "warning")
    assert finding.evidence.startswith(
        "In 20 val images with a black border without data 60.0% of the saliency "
        "lies on the border, which covers 20.0% of the area. That is 3.00 (95% CI "
        "2.75–3.25) times as much"
    )


@pytest.mark.parametrize(
    ("areas", "shares"),
    [
        # As much as the area, or less; clearly more, but not half as much again.
        ([0.2] * 20, [0.2] * 20),
        ([0.2] * 20, [0.0] * 20),
        ([0.2] * 20, [0.29] * 20),
        # 1.6 times as much, but only because of three images of twenty.
        ([0.2] * 20, [1.0] * 3 + [0.2] * 17),
    ],
)
def test_the_check_is_silent(evidence, areas, shares):
    assert list(SaliencyOnBorder()(evidence(areas, shares))) == []


def test_only_borders_of_some_size_count(evidence):
    # 20 hairlines with all the saliency on them, and 12 borders with their share.
    given = evidence([0.01] * 20 + [0.3] * 12, [1.0] * 20 + [0.3] * 12)
    assert list(SaliencyOnBorder()(given)) == []


def test_copies_of_few_landmarks_are_too_few(evidence):
    with pytest.raises(NotApplicable, match="20 images of 5 groups"):
        list(SaliencyOnBorder()(evidence([0.2] * 20, [0.6] * 20, n_groups=5)))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"areas": [], "shares": []}, "the saliency is not known"),
        (
            {"areas": [0.2], "shares": [0.6], "saliency": None},
            "the saliency is not known",
        ),
        ({"areas": [0.0] * 20, "shares": [0.0] * 20}, "none of 20 images"),
        ({"areas": [0.2] * 20, "shares": [np.nan] * 20}, "none of 20 images"),
        ({"areas": [0.2] * 9, "shares": [0.6] * 9}, "only 9 images of 9 groups"),
        (
            {"areas": [0.2] * 20, "shares": [0.6] * 20, "proba": np.full((N, 4), 0.25)},
            "hardly depends on the image",
        ),
    ],
)
def test_the_check_is_not_applicable_for_a_stated_reason(evidence, given, reason):
    with pytest.raises(NotApplicable, match=reason):
        list(SaliencyOnBorder()(evidence(**given)))
