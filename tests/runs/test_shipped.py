"""The examples that ship are found from any folder, and stay as they are."""

import shutil
from pathlib import Path

import pytest

from hirise.errors import InputError
from hirise.runs import (
    create_run,
    find_run,
    hide_examples,
    list_runs,
    read_run,
    rename_run,
)
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


def test_images_that_a_run_keeps_are_found_wherever_it_lies(tmp_path):
    about = {"path": "gone/images", "channels": 3}
    run = create_run(tmp_path, title="own", class_names=["a"], dataset=about)
    assert run.read().dataset_path.name == "images"
    assert not run.read().dataset_path.exists()
    (run.folder / "images" / "val").mkdir(parents=True)
    moved = shutil.move(run.folder, tmp_path / "elsewhere" / run.id)
    assert read_run(Path(moved)).dataset_path == Path(moved, "images").resolve()


def test_one_that_was_copied_is_listed_once(tmp_path, shipped):
    own = tmp_path / "artifacts" / "examples" / shipped
    shutil.copytree(tmp_path / "elsewhere" / "shipped" / shipped, own)
    (run,) = list_runs(tmp_path / "artifacts").runs
    assert run.folder == own


def test_without_a_wheel_they_are_those_of_the_repository(monkeypatch):
    monkeypatch.delenv("HIRISE_EXAMPLES")
    assert shipped_examples() == REPOSITORY / "artifacts" / "examples"
