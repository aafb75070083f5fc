"""Rows of one image are averaged, or vote."""

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.predictions import predictions_of

CROPS = pd.DataFrame(
    {
        "image": ["1.jpg", "2.jpg", "1.jpg", "2.jpg"],
        "y_true": ["a", "b", "a", "b"],
        "p:a": [0.9, 0.4, 0.3, 0.2],
        "p:b": [0.1, 0.6, 0.7, 0.8],
    }
)


def test_crops_of_one_image_are_averaged():
    with pytest.raises(InputError, match=r"average them with `aggregate=mean`"):
        predictions_of(CROPS)
    found = predictions_of(CROPS, aggregate="mean")
    assert list(found.image) == ["1.jpg", "2.jpg"]
    np.testing.assert_allclose(found.proba, [[0.6, 0.4], [0.3, 0.7]])
    assert (found.y_pred.tolist(), found.y_true.tolist()) == ([0, 1], [0, 1])
    assert found.notes[-1] == (
        "The 4 rows belong to 2 images, so their probabilities were averaged."
    )


def test_labels_of_one_image_vote_and_the_first_of_equals_wins():
    table = pd.DataFrame({"image": list("xxxyy"), "y_pred": list("babba")})
    found = predictions_of(table, aggregate="mean")
    assert [found.class_names[i] for i in found.y_pred] == ["b", "a"]
    assert "predicted most often" in found.notes[-1]


def test_crops_are_averaged_within_their_split_and_must_agree_on_the_truth():
    table = CROPS.assign(split=["val", "val", "test", "test"])
    assert len(predictions_of(table, aggregate="mean", split="test")) == 2
    table = CROPS.assign(y_true=["a", "b", "b", "b"])
    with pytest.raises(InputError, match=r"Image '1\.jpg' has several true classes"):
        predictions_of(table, aggregate="mean")
    with pytest.raises(InputError, match="There are no image names"):
        predictions_of(CROPS.drop(columns="image"), aggregate="mean")
