"""Which images are looked at first."""

import numpy as np

from hirise.evaluation.images import images_for_saliency
from hirise.predictions import Predictions

N = 50
IMAGES = np.array([f"{i:02d}" for i in range(N)], dtype=object)


def said(n_wrong):
    """The first are wrong, the last of these the surest."""
    sure = 0.6 + np.arange(N) / 200
    truth = np.where(np.arange(N) < n_wrong, 1, 0)
    proba = np.column_stack([sure, 1 - sure])
    return Predictions(
        y_pred=np.zeros(N, dtype=int),
        y_true=truth,
        class_names=("a", "b"),
        proba=proba,
        image=IMAGES,
        split="val",
    )


def test_the_most_confident_mistakes_come_into_the_sample():
    assert images_for_saliency(said(5), 0, worst=3) == ["04", "03", "02"]
    assert images_for_saliency(said(2), 0, worst=3) == ["01", "00"]
    assert images_for_saliency(said(0), 0) == []


def test_a_larger_sample_holds_a_smaller_one():
    small, large = (set(images_for_saliency(said(0), n)) for n in (10, 20))
    assert (len(small), len(large)) == (10, 20)
    assert small < large
    assert set(images_for_saliency(said(0), 99)) == set(IMAGES)
