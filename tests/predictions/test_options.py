"""What a person types for how a file is read: parsed, or refused with what came."""

import pytest

from hirise.errors import InputError
from hirise.predictions.options import (
    parse_class_frequencies,
    parse_class_names,
    parse_columns,
)


def test_class_names_with_blanks_around_and_none_for_nothing():
    assert parse_class_names(" dark dune ,crater") == ("dark dune", "crater")
    assert parse_class_names("") is None
    with pytest.raises(InputError, match="One of the class names is empty: 'a,,b'"):
        parse_class_names("a,,b")


def test_a_column_may_hold_an_equals_sign_and_a_role_none():
    assert parse_columns("y_true=a=b, image=") == {"y_true": "a=b", "image": ""}
    with pytest.raises(InputError, match=r"role=column, got 'label'"):
        parse_columns("label")


def test_frequencies_are_made_to_sum_to_one_if_they_nearly_do():
    found = parse_class_frequencies('"dune, dark"=.5,a=b=.497')
    assert found.index.tolist() == ["dune, dark", "a=b"]
    assert found.iloc[0] == pytest.approx(0.5 / 0.997)
    with pytest.raises(InputError, match=r"sum to 0\.9, not 1"):
        parse_class_frequencies("a=.5,b=.4")
    with pytest.raises(InputError, match="'a' is not NAME=FREQUENCY"):
        parse_class_frequencies("a,b=1")
