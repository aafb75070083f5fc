import pytest
from pandas import DataFrame, Series

from hirise.figures.theme import escaped, folded, name_axis, new_figure, shortened


def test_names_reach_plotly_as_text():
    assert escaped("<b>a</b> & co") == "&lt;b&gt;a&lt;/b&gt; &amp; co"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("crater", "crater"),
        ("exactly ten more", "exactly te…"),
        ("one too many", "one too ma…"),
        ("just eleven", "just eleven"),
        ("火星の表面にある砂丘", "火星の表面…"),
        ("<i>&", "&lt;i&gt;&amp;"),
    ],
)
def test_long_names_are_shortened_by_width_before_they_are_escaped(name, expected):
    assert shortened(name, 10) == expected


def test_names_alike_once_shortened_keep_places_of_their_own():
    axis = name_axis(["a" * 50 + "x", "a" * 50 + "y", "2024"])
    assert axis["tickvals"] == [0, 1, 2]
    assert axis["ticktext"][0] == axis["ticktext"][1]
    assert name_axis(["a", "b"], down=True)["range"] == [1.5, -0.5]


def test_backgrounds_are_clear():
    layout = new_figure(200).layout.template.layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"


def test_small_classes_fold_into_one_row():
    table = DataFrame({"n": [1, 9, 2, 5]}, index=["a", "b", "c", "d"])
    kept = folded(table, table["n"], at_most=2)
    assert kept["n"].to_dict() == {"b": 9, "d": 5, "2 other classes": 3}


def test_one_class_is_not_folded_alone():
    table = DataFrame({"n": [1, 9, 2]}, index=["a", "b", "c"])
    assert list(folded(table, Series([1, 9, 2]), at_most=2).index) == ["b", "c", "a"]
