"""The page Learning curves: smoothing, scale, and the curves of other runs."""

import json

import pytest

from dashboard.shared.curves import TICKED
from dashboard.shared.navigation import page_file
from hirise.runs import list_runs


@pytest.fixture
def runs(tmp_path, make_run):
    return tmp_path, make_run("collapsed", tmp_path), make_run("healthy", tmp_path)


def names(app, title):
    """The names of the lines of a chart."""
    charts = [chart.proto for chart in app.get("plotly_chart")]
    (found,) = (c for c in charts if c.alt.startswith(f"{title} of training"))
    spec = json.loads(found.spec)
    return [trace.get("name") for trace in spec["data"]], spec["layout"]


def test_other_runs_are_drawn_behind_and_dropped_once_chosen(runs, open_page):
    artifacts, collapsed, healthy = runs
    app = open_page(artifacts, "learning_curves", run=healthy)
    assert not app.exception
    titles = {run.info.id: run.info.title for run in list_runs(artifacts).runs}
    assert titles[collapsed] not in names(app, "Macro-F1")[0]
    app.multiselect(key="curve-others").set_value([collapsed]).run()
    assert not app.exception
    assert names(app, "Macro-F1")[0][0] == titles[collapsed]
    app.selectbox(key="run").select(collapsed).run()
    assert not app.exception
    assert app.multiselect(key="curve-others").value == []


def test_ticked_runs_are_drawn_at_first(runs, open_page):
    artifacts, collapsed, healthy = runs
    app = open_page(artifacts, "runs", run=healthy)
    app.session_state[TICKED] = (collapsed, healthy, "gone")
    app.switch_page(str(page_file("learning_curves"))).run()
    assert not app.exception
    assert app.multiselect(key="curve-others").value == [collapsed]


def test_smoothing_and_scale_reach_every_chart(runs, open_page):
    artifacts, _, healthy = runs
    app = open_page(artifacts, "learning_curves", run=healthy)
    before, layout = names(app, "Loss")
    assert layout["yaxis"].get("type") != "log"
    app.number_input(key="curve-smoothing").set_value(0.5)
    app.toggle(key="curve-log").set_value(True).run()
    assert not app.exception
    after, layout = names(app, "Loss")
    assert layout["yaxis"]["type"] == "log"
    # Each line has its values as a faint one besides.
    assert len(after) == len(before) + 2
