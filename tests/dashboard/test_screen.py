"""A narrow window gets the matrix whose numbers fit."""

import json
from types import SimpleNamespace

import pytest

from dashboard.shared import screen


def matrix_of(app):
    (chart,) = app.get("plotly_chart")
    return json.loads(chart.proto.spec)


@pytest.mark.parametrize("narrow", [False, True])
def test_a_narrow_window_has_no_sums_and_short_numbers(example, open_page, narrow):
    app = open_page(example("healthy"), "confusion_matrix")
    app.session_state[screen._NARROW] = narrow
    app.run()
    assert not app.exception
    matrix = matrix_of(app)
    assert len(matrix["data"]) == (2 if narrow else 3)
    title = matrix["layout"]["xaxis"]["title"]["text"]
    assert title == ("rows true, columns predicted" if narrow else "predicted")


def test_at_first_the_browser_is_believed(monkeypatch):
    headers = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) Mobile Safari"}
    monkeypatch.setattr(screen.st, "context", SimpleNamespace(headers=headers))
    assert screen.is_narrow()
    headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64)"
    assert not screen.is_narrow()
