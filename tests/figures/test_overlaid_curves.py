"""Curves of several runs over each other: colours, levels, smoothing."""

import numpy as np
import pandas as pd
import pytest

from hirise.figures.overlaid_curves import (
    COLOURS,
    Curve,
    curves_table,
    overlaid_curves_figure,
    run_colours,
    smoothed,
)

TABLE = pd.DataFrame({"epoch": [1, 2, 3], "value": [0.2, 0.4, 0.6]})
NONE = TABLE.head(0)


def test_a_later_run_changes_no_colour():
    before = run_colours(["b", "a"])
    after = run_colours(["c", "b", "a"])
    assert before == {name: after[name] for name in before}
    assert len({*run_colours([f"{i:02d}" for i in range(8)]).values()}) == 8


def test_each_run_is_a_line_and_one_without_a_history_a_level():
    figure = overlaid_curves_figure(
        [
            Curve("first", TABLE, COLOURS[0]),
            Curve("<b>imported</b>", NONE, COLOURS[1], score=0.5),
            Curve("nothing", NONE, COLOURS[2]),
        ],
        "Accuracy",
    )
    line, level = figure.data
    assert (list(line.x), list(line.y)) == ([1, 2, 3], [0.2, 0.4, 0.6])
    assert (list(level.x), list(level.y)) == ([1, 3], [0.5, 0.5])
    assert level.name == "&lt;b&gt;imported&lt;/b&gt; (no history)"
    assert (line.line.color, level.line.dash) == (COLOURS[0], "dot")


def test_runs_of_one_colour_differ_in_their_dashes():
    curves = [Curve(str(i), TABLE, COLOURS[0]) for i in range(3)]
    figure = overlaid_curves_figure(curves, "Loss", log=True)
    assert [trace.line.dash for trace in figure.data] == ["solid", "dash", "dot"]
    assert figure.layout.yaxis.type == "log"


def test_smoothing_weighs_the_past_without_a_bias_to_zero():
    """At .5: 1; (3 + .5·1)/1.5 = 7/3; (2 + .5·3 + .25·1)/1.75 = 15/7."""
    values = pd.Series([1.0, 3.0, 2.0])
    assert smoothed(values, 0.5).tolist() == pytest.approx([1, 7 / 3, 15 / 7])
    assert smoothed(values, 0).tolist() == values.tolist()
    gap = smoothed(pd.Series([1.0, np.nan, 3.0]), 0.5)
    assert gap.isna().tolist() == [False, True, False]
    assert gap[2] == pytest.approx(7 / 3)
    faint, line = overlaid_curves_figure(
        [Curve("first", TABLE, COLOURS[0])], "Loss", smoothing=0.5
    ).data
    assert (list(faint.y), faint.showlegend) == ([0.2, 0.4, 0.6], False)
    assert list(line.y) == pytest.approx([0.2, 1 / 3, 0.48571], abs=1e-5)


def test_the_table_has_every_value():
    table = curves_table(
        [Curve("first", TABLE, "x"), Curve("imported", NONE, "x", score=0.5)]
    )
    assert table["run"].tolist() == ["first"] * 3 + ["imported"]
    assert table["value"].tolist() == [0.2, 0.4, 0.6, 0.5]
    assert curves_table([Curve("nothing", NONE, "x")]).empty
