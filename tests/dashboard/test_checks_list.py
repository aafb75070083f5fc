"""All checks as a list, and thresholds that are changed for one look."""

from __future__ import annotations

import pytest
from app_parts import text_of
from streamlit.testing.v1 import AppTest

from dashboard.app_pages.overview.checks import STATUSES, checks_table
from hirise.actions.check import CheckRequest, check, configured
from hirise.diagnosis.checks import CHECKS
from hirise.diagnosis.configuration import Configuration, read_configuration

# Recall of b: 6 of 20, and of a: all of 40.
ARRAYS = {
    "y_true": ["a"] * 40 + ["b"] * 20,
    "y_pred": ["a"] * 40 + ["a"] * 14 + ["b"] * 6,
}


def checked(**told):
    plain = check(CheckRequest(ARRAYS, config="none"))
    return configured(plain, Configuration(**told)) if told else plain


def test_each_check_is_one_row():
    table = checks_table(checked().diagnosis)
    assert list(table["code"]) == [one.code for one in CHECKS]
    assert set(table["status"]) <= set(STATUSES)
    rows = table.set_index("code")
    assert rows.loc["HR204", "status"] == "warning"
    assert rows.loc["HR204", "topic"] == "Predictions"
    assert "30.0%" in rows.loc["HR204", "detail"]
    assert rows.loc["HR301", "status"] == "not applicable"
    assert rows.loc["HR301", "detail"]
    assert rows.loc["HR201", "status"] == "passed"


def test_an_accepted_finding_tells_its_reason():
    table = checks_table(checked(ignore=(("HR204", "A catch-all."),)).diagnosis)
    row = table.set_index("code").loc["HR204"]
    assert (row["status"], row["detail"]) == ("ignored", "A catch-all.")


def script(arrays):
    import streamlit as st

    from dashboard.app_pages.overview.checks import (
        _tell_look,
        checks_table,
        show_check,
    )
    from dashboard.state.look import tried
    from hirise.actions.check import CheckRequest, check, configured
    from hirise.diagnosis.checks import CHECKS

    checked, told = check(CheckRequest(arrays, config="none")), tried()
    diagnosis = (configured(checked, told) if told else checked).diagnosis
    table = checks_table(diagnosis)
    st.caption(table.set_index("code").loc["HR204", "status"])
    _tell_look(diagnosis)
    show_check(next(one for one in CHECKS if one.code == "HR204"), table)


@pytest.fixture
def app(tmp_path, monkeypatch):
    (tmp_path / ".git").mkdir()  # no configuration from above
    monkeypatch.chdir(tmp_path)
    found = AppTest.from_function(script, args=(ARRAYS,), default_timeout=120).run()
    assert not found.exception
    return found


def test_a_threshold_is_tried_and_can_be_copied_as_a_file(app, tmp_path):
    assert app.caption[0].value == "warning"
    assert "Changed for this look" not in text_of(app)
    app.number_input(key="look-field-HR204-floor").set_value(0.2).run()
    assert not app.exception
    assert app.caption[0].value == "passed"
    assert "Changed for this look" in text_of(app)
    (code,) = app.code
    file = tmp_path / "hirise.toml"
    file.write_text(code.value)
    assert read_configuration(file).thresholds == (("HR204", "floor", 0.2),)
    file.unlink()
    (undo,) = [one for one in app.button if one.label == "Undo the changes"]
    undo.click().run()
    assert not app.exception
    assert app.caption[0].value == "warning"
    assert app.number_input(key="look-field-HR204-floor").value == 0.7


def test_a_finding_is_accepted_with_a_reason(app):
    app.text_input(key="look-field-HR204").input('It is a "catch-all" [1]').run()
    assert not app.exception
    assert app.caption[0].value == "ignored"
    assert r'HR204 = "It is a \"catch-all\" [1]"' in app.code[0].value
    app.text_input(key="look-field-HR204").input("").run()
    assert app.caption[0].value == "warning"


def test_the_page_shows_the_list(artifacts, make_run, open_page):
    app = open_page(artifacts, "overview", run=make_run("collapsed", artifacts))
    assert not app.exception
    (listed,) = [one.value for one in app.dataframe if "detail" in one.value]
    assert len(listed) == len(CHECKS)
    assert listed["status"].iloc[0].endswith("error")
    pills = app.get("button_group")
    assert len(pills) >= 2
