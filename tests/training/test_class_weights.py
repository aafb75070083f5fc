import numpy as np
import pandas as pd
import pytest
from later import Later

class_weights = Later("hirise.training.losses", "class_weights")
landmark_counts = Later("hirise.training.losses", "landmark_counts")
log_frequencies = Later("hirise.training.losses", "log_frequencies")

pytestmark = pytest.mark.tensorflow


IMAGES = np.array([80, 16, 4])
LANDMARKS = np.array([16, 4, 1])


def table(*rows):
    """(landmark, label) of each image."""
    landmark, label = zip(*rows, strict=True)
    images = [f"{n}.jpg" for n in range(len(rows))]
    return pd.DataFrame({"image": images, "landmark": landmark, "label": label})


def test_inverse_gives_each_landmark_class_the_same_sum():
    # 1/16, 1/4, 1; mean over the images (80/16 + 16/4 + 4/1) / 100 = .13
    found = class_weights("inverse", IMAGES, LANDMARKS)
    np.testing.assert_allclose(found, [1 / 16 / 0.13, 1 / 4 / 0.13, 1 / 0.13])


def test_inverse_of_the_root():
    # 1/4, 1/2, 1; mean (80/4 + 16/2 + 4) / 100 = .32
    found = class_weights("inverse-sqrt", IMAGES, LANDMARKS)
    np.testing.assert_allclose(found, [0.25 / 0.32, 0.5 / 0.32, 1 / 0.32])


def test_effective_number():
    # β = .5: E = (1 - .5ⁿ) / .5 = 2, 1.5, 1 of 2 (16 is as good as endless), 2, 1
    found = class_weights(
        "effective-number", np.array([2, 1, 1]), np.array([60, 2, 1]), beta=0.5
    )
    raw = np.array([1 / 2, 1 / 1.5, 1.0])
    np.testing.assert_allclose(found, raw / ((2 * raw[0] + raw[1] + raw[2]) / 4))


@pytest.mark.parametrize(
    "kind", ["none", "inverse", "inverse-sqrt", "effective-number"]
)
def test_the_mean_weight_of_the_images_is_one(kind):
    found = class_weights(kind, IMAGES, LANDMARKS)
    assert (found * IMAGES).sum() == pytest.approx(IMAGES.sum())
    assert kind == "none" or found[0] < found[1] < found[2]


def test_a_class_without_images_weighs_one_and_changes_nothing():
    found = class_weights("inverse", np.array([80, 0, 4]), np.array([16, 0, 1]))
    without = class_weights("inverse", np.array([80, 4]), np.array([16, 1]))
    np.testing.assert_allclose(found, [without[0], 1, without[1]])


def test_copies_of_a_landmark_count_once():
    rows = table(("A", 0), ("A", 0), ("A", 0), ("B", 0), ("C", 2), ("", 2), ("", 2))
    assert landmark_counts(rows, 4).tolist() == [2, 0, 3, 0]


def test_log_frequencies_and_a_class_without_images():
    np.testing.assert_allclose(log_frequencies(IMAGES), np.log([0.8, 0.16, 0.04]))
    found = np.exp(log_frequencies(np.array([9, 0])))
    np.testing.assert_allclose(found, [9 / 9.5, 0.5 / 9.5])
