"""What is refused before anything starts: what is not installed, and a full disk."""

import pytest

from hirise.actions import preconditions
from hirise.actions.preconditions import refuse_space, refuse_training
from hirise.actions.train import TrainRequest, train
from hirise.errors import InputError


def test_where_all_is_there_nothing_is_refused(tmp_path):
    assert refuse_training(tmp_path / "not" / "there" / "yet") is None


def test_a_missing_tensorflow_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(preconditions, "find_spec", lambda name: None)
    assert str(refuse_training(tmp_path)) == (
        "A training needs TensorFlow, which is not installed here. "
        "Run: python -m pip install 'hirise[train]'"
    )
    assert refuse_space(tmp_path, "A cure") is None


def test_a_full_disk_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(preconditions, "LEAST_FREE", 10**18)
    line = str(refuse_space(tmp_path, "A cure"))
    assert line.startswith(f"{tmp_path}: only ")
    assert "MB are free on its disk, and a cure needs" in line
    assert "\n" not in line


def test_the_action_itself_refuses_too(tmp_path, monkeypatch):
    """A job that waited may find less space than there was."""
    monkeypatch.setattr(preconditions, "LEAST_FREE", 10**18)
    with pytest.raises(InputError, match="MB are free"):
        train(TrainRequest(data=tmp_path, recipe="blog", artifacts=tmp_path))
