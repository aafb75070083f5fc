"""Statistics of what the first layer gets."""

import numpy as np
import pytest

from hirise.models.layer_stats import InputStats


def test_images_of_three_channels_have_means_detail_and_constant_images():
    images = np.zeros((4, 2, 3, 3))
    images[1, :, 1] = [3.0, 6.0, 9.0]  # a bright column: four steps of each channel
    stats = InputStats()
    stats.add_values(images[:2])
    stats.add_values(images[2:])
    summary = stats.summary()
    assert summary["constant_images"] == 0.75
    # Of 4 x 2 x 2 x 3 steps, 2 rows x 2 steps of 3, 6 and 9 are not zero.
    assert summary["detail"] == pytest.approx(4 * (3 + 6 + 9) / 48)
    assert summary["channel_means"] == pytest.approx([0.25, 0.5, 0.75])


def test_rows_of_numbers_are_no_images():
    stats = InputStats()
    stats.add_values(np.array([[1.0, 3.0]]))
    assert stats.summary() == {"min": 1.0, "max": 3.0, "mean": 2.0, "std": 1.0}
