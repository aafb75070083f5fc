from __future__ import annotations

from hirise.errors import nearest


def test_nearest_offers_the_known_name():
    assert nearest("Small-CNN", ["blog", "small-cnn"]) == " Did you mean 'small-cnn'?"
    assert nearest("smal-cn", ["blog", "small-cnn"]) == " Did you mean 'small-cnn'?"
    assert nearest("zzz", ["blog", "small-cnn"]) == ""
    assert nearest("zzz", []) == ""
