"""Heat over an image."""

import numpy as np

from hirise.figures.saliency_overlay import (
    COVER,
    describe_saliency,
    saliency_overlay,
)

GREY = np.full((64, 64, 1), 100, dtype=np.uint8)


def test_the_overlay_is_clear_where_low_and_coloured_where_high():
    heat = np.zeros((32, 32))
    heat[8:24, 8:24] = 1
    found = saliency_overlay(GREY, heat)
    assert found.shape == (64, 64, 3)
    assert (found[0, 0] == 100).all()
    red, green, blue = found[32, 32].astype(int)
    assert red > green > blue
    # 60 % of a colour whose red is near 245, and 40 % of the grey below.
    assert abs(red - (COVER * 245 + (1 - COVER) * 100)) < 6


def test_hotter_is_lighter():
    found = [
        saliency_overlay(GREY, np.full((32, 32), value))[10, 10] @ [0.2, 0.7, 0.1]
        for value in (0.7, 0.85, 1.0)
    ]
    assert found[0] < found[1] < found[2]


def test_the_overlay_is_described_in_words():
    heat = np.zeros((33, 33))
    assert describe_saliency(heat) == "no evidence for the class anywhere"
    heat[2, 30] = 3
    heat[16, 16] = 1
    told = "most in the upper right: 75% of the saliency in one ninth"
    assert describe_saliency(heat).startswith(told)
    heat[16, 16] = 9
    assert describe_saliency(heat).startswith("most in the middle: 75")
    heat[0, 16] = 36
    assert describe_saliency(heat).startswith("most in the upper middle: 75")
