"""`experiments/<key>.json`: written whole, read back, damaged ones refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hirise.errors import InputError
from hirise.runs import create_run
from hirise.runs.experiments import (
    Expected,
    ExperimentResult,
    read_experiments,
    write_experiment,
)

RESULT = ExperimentResult(
    key="memorise",
    title="Fit 50 images",
    done="It was done.",
    outcome="not",
    meaning="not memorised",
    sentence="26% of 50.",
    numbers={"accuracy": 0.26, "steps": 300, "best": None},
    expected=(
        Expected(
            cause="network-dead",
            title="Dead",
            outcome="not",
            probability=0.94,
            before=0.8,
            after=0.9,
        ),
    ),
    seconds=3.9,
    created="2026-12-01T00:00:01.000+00:00",
)


@pytest.fixture
def run(tmp_path):
    return create_run(tmp_path, title="Small", class_names=["a", "b"]).read()


def test_results_are_read_in_the_order_in_which_they_were_made(run):
    stamp = run.stamp
    earlier = replace(RESULT, key="resume", created="2026-11-30T23:00:00.000+00:00")
    write_experiment(run, RESULT)
    write_experiment(run, earlier)
    assert read_experiments(run) == (earlier, RESULT)
    assert run.stamp != stamp


def test_a_result_replaces_an_earlier_one_of_its_key(run):
    write_experiment(run, RESULT)
    write_experiment(run, replace(RESULT, outcome="memorised"))
    assert [result.outcome for result in read_experiments(run)] == ["memorised"]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"key": "memorise"}',
        '{"key": "memorise", "format": 2}',
        "",
        "[" * 100_000,
    ],
)
def test_what_is_not_understood_is_one_error_with_the_way_out(run, text):
    write_experiment(run, RESULT)
    path = run.folder / "experiments" / "resume.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"resume\.json: .*Delete it, and run `hirise"):
        read_experiments(run)


def test_a_probability_above_one_is_not_read(run):
    document = RESULT.to_dict()
    document["expected"][0]["after"] = 7
    write_experiment(run, RESULT)
    path = run.folder / "experiments" / "memorise.json"
    path.write_text(path.read_text().replace('"after": 0.9', '"after": 7'))
    with pytest.raises(InputError, match=r"memorise\.json"):
        read_experiments(run)


def test_another_format_and_another_experiment_are_refused(run):
    write_experiment(run, RESULT)
    folder = run.folder / "experiments"
    text = (folder / "memorise.json").read_text()
    (folder / "resume.json").write_text(text)
    with pytest.raises(InputError, match="'resume' in format 1 is expected"):
        read_experiments(run)
    (folder / "resume.json").unlink()
    (folder / "memorise.json").write_text(text.replace('"format": 1', '"format": 2'))
    with pytest.raises(InputError, match="in format 2"):
        read_experiments(run)
