"""Squares of images of any size; the numbers are worked out by hand."""

import numpy as np
import pytest
from PIL import Image

from hirise.data.resizing import Resizing, parse_resizing
from hirise.errors import InputError


def ramp(width, height):
    """Each column one level brighter than the one before."""
    return Image.fromarray(np.tile(np.arange(width, dtype=np.uint8), (height, 1)))


def test_stretching_takes_both_sides():
    square = np.asarray(Resizing("stretch").apply(ramp(200, 100), 50))
    assert square.shape == (50, 50)
    # Each new pixel covers four columns, at their middle.
    assert square[0, 10] == pytest.approx(41.5, abs=1)


def test_cropping_keeps_the_middle_of_the_shorter_sides_square():
    square = np.asarray(Resizing("crop").apply(ramp(200, 100), 100))
    # 50 columns are cut off at each side; nothing is resized.
    assert square[0].tolist() == list(range(50, 150))


def test_cropping_from_a_larger_shorter_side_cuts_all_around():
    image = ramp(128, 128)
    square = np.asarray(parse_resizing("crop:128").apply(image, 112))
    assert square[0].tolist() == list(range(8, 120))


def test_sides_and_corners_are_those_of_torchvision():
    # torchvision: int(128 * 300 / 200) = 192; round((192 - 112) / 2.0) = 40.
    image = Image.new("L", (300, 200))
    image.paste(255, (150, 0, 300, 200))
    square = np.asarray(parse_resizing("crop:128").apply(image, 112))
    # The edge lies at 96 of 192 columns, 56 after the cut.
    assert square[60, 54] == 0
    assert square[60, 57] == 255


def test_a_letterbox_keeps_all_and_fills_with_black():
    square = np.asarray(Resizing("letterbox").apply(Image.new("L", (40, 20), 9), 40))
    assert (square[10:30] == 9).all()
    assert not square[:10].any()
    assert not square[30:].any()


@pytest.mark.parametrize(
    "text", ["", "squash", "crop:", "crop:0", "crop:²", "crop:99999", "stretch:5"]
)
def test_other_words_are_refused_in_one_line(text):
    with pytest.raises(InputError, match="Expected: stretch") as caught:
        parse_resizing(text)
    assert "\n" not in str(caught.value)


def test_an_unknown_interpolation_is_refused_with_the_nearest():
    with pytest.raises(InputError, match=r"bicubic"):
        parse_resizing("crop", "bicubick")
