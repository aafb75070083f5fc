"""Black borders, on images drawn by hand."""

import numpy as np
import pytest

from hirise.models.saliency import no_data_border


def image(*rows):
    """`.` is grey, `#` black."""
    return np.array([[0 if c == "#" else 90 for c in row] for row in rows], np.uint8)


@pytest.mark.parametrize(
    ("rows", "n_border"),
    [
        (("....", "....", "...."), 0),
        (("#...", "#...", "##.."), 4),
        # A shadow in the middle touches no edge.
        ((".....", ".##..", "....."), 0),
        # Corners alone do not join it to the border.
        (("##...", "..#..", "....."), 2),
    ],
)
def test_by_hand(rows, n_border):
    pixels = image(*rows)
    found = no_data_border(pixels)
    assert int(found.sum()) == n_border
    assert not found[pixels > 0].any()


def test_a_way_round_and_back_is_followed():
    rows = ("#......", "#.####.", "#.#..#.", "#.##.#.", "#....#.", "######.", ".......")
    pixels = image(*rows)
    np.testing.assert_array_equal(no_data_border(pixels), pixels == 0)


def test_a_rotated_or_mirrored_image_has_the_same_border():
    pixels = np.random.default_rng(0).choice([0, 90], (40, 40), p=[0.6, 0.4])
    pixels = pixels.astype(np.uint8)
    found = no_data_border(pixels)
    assert 0 < found.sum() < (pixels == 0).sum()
    for turn in range(4):
        again = no_data_border(np.rot90(pixels, turn))
        np.testing.assert_array_equal(again, np.rot90(found, turn))
    np.testing.assert_array_equal(no_data_border(pixels[:, ::-1]), found[:, ::-1])


def test_what_counts_as_black():
    pixels = np.full((4, 4), 90, np.uint8)
    pixels[0] = [4, 5, 0, 4]
    assert no_data_border(pixels)[0].tolist() == [True, False, True, True]
    assert no_data_border(pixels, black=5)[0].all()
