"""Runs of one title can be told apart, and the one that is chosen is the one shown."""

from __future__ import annotations

import json

from dashboard.shared.choice import run_labels
from hirise.runs import list_runs, read_run


def retimed(run, created):
    path = run.folder / "run.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "created": created}))
    return read_run(run.folder)


def test_equal_titles_have_the_time_and_equal_times_the_id(artifacts, make_run):
    for _ in range(4):
        make_run("healthy", artifacts)
    times = ["01T10:00:00", "01T10:30:00", "01T10:30:05", "02T09:00:00"]
    runs = [
        retimed(run, f"2026-12-{time}+00:00")
        for run, time in zip(list_runs(artifacts).runs, times, strict=True)
    ]
    title = runs[0].info.title
    assert {run.info.title for run in runs} == {title}
    labels = run_labels(runs)
    assert list(labels.values()) == [
        f"{title} · 01 Dec 2026, 10:00",
        f"{title} · 01 Dec 2026, 10:30 ({runs[1].info.id})",
        f"{title} · 01 Dec 2026, 10:30 ({runs[2].info.id})",
        f"{title} · 02 Dec 2026",
    ]
