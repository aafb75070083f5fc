"""The examples that ship are found from any folder, and stay as they are."""

import shutil
from pathlib import Path

import pytest

from hirise.errors import InputError
from hirise.runs import create_run, find_run, hide_examples, list_runs, rename_run
from hirise.runs.examples import shipped_examples

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A folder of one example, which ships."""
    folder = tmp_path / "elsewhere" / "shipped"
    run = create_run(folder, title="example", class_names=["a"], status="finished")
    monkeypatch.setenv("HIRISE_EXAMPLES", str(folder))
    return run.id


def test_they_are_listed_where_there_is_nothing_else(tmp_path, shipped):
    (run,) = list_runs(tmp_path / "artifacts").runs
    assert (run.info.id, run.is_example) == (shipped, True)
    assert find_run(tmp_path / "artifacts", shipped).folder == run.folder
    with pytest.raises(InputError, match="ships with hirise"):
        rename_run(run, "mine")
    assert not (tmp_path / "artifacts").exists()


def test_hiding_them_is_kept_among_ones_own_runs(tmp_path, shipped):
    hide_examples(tmp_path / "artifacts")
    assert list_runs(tmp_path / "artifacts").runs == []
    assert (tmp_path / "artifacts" / "settings.json").is_file()


def test_one_that_was_copied_is_listed_once(tmp_path, shipped):
    own = tmp_path / "artifacts" / "examples" / shipped
    shutil.copytree(tmp_path / "elsewhere" / "shipped" / shipped, own)
    (run,) = list_runs(tmp_path / "artifacts").runs
    assert run.folder == own


def test_without_a_wheel_they_are_those_of_the_repository(monkeypatch):
    monkeypatch.delenv("HIRISE_EXAMPLES")
    assert shipped_examples() == REPOSITORY / "artifacts" / "examples"
