"""The pages read `hirise.toml` of the server's folder."""

from __future__ import annotations

import hirise
from dashboard.state.loaders import load_check, load_plain_check
from hirise.runs import Run

COLUMNS = {
    "y_true": ["a"] * 100 + ["b"] * 60 + ["c"] * 40,
    "y_pred": ["a"] * 100 + ["a", "b"] * 30 + ["a", "c"] * 20,
}


def made(tmp_path, monkeypatch) -> Run:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return hirise.save_run(**COLUMNS, title="weak", artifacts=tmp_path / "runs")


def test_pages_find_what_python_finds(tmp_path, monkeypatch):
    run = made(tmp_path, monkeypatch)
    plain = load_check(run, None)
    assert [finding.code for finding in plain.diagnosis.findings] == ["HR204"]
    file = tmp_path / "hirise.toml"
    file.write_text('[check.ignore]\nHR204 = "A catch-all."\n', encoding="utf-8")
    found = load_check(run, None).diagnosis
    assert found.ignored_line == "1 finding is ignored: HR204 (A catch-all.)"
    assert found == hirise.check(run).diagnosis
    assert found.verdict == plain.diagnosis.verdict
    assert load_plain_check(run, None).diagnosis == plain.diagnosis
    file.write_text("[check.thresholds.HR204]\nfloor = 0.3\n", encoding="utf-8")
    assert load_check(run, None).diagnosis.findings == ()
    file.unlink()
    assert load_check(run, None) is load_plain_check(run, None)
