"""Deleting, annotating and hiding runs."""

import pytest

from hirise.errors import InputError
from hirise.runs import (
    annotate_run,
    change_settings,
    delete_run,
    examples_hidden,
    find_run,
    hide_examples,
    list_runs,
    read_settings,
    rename_run,
)


def test_delete_removes_the_run_and_nothing_linked(make_run, artifacts, tmp_path):
    writer, outside = make_run(artifacts), tmp_path / "outside.txt"
    outside.write_text("mine")
    (writer.folder / "link").symlink_to(tmp_path)
    assert writer.read().size_bytes > 0
    delete_run(writer.read())
    assert list_runs(artifacts).runs == []
    assert outside.read_text() == "mine"


def test_delete_refuses_what_may_be_more_than_a_run(make_run, artifacts, tmp_path):
    writer = make_run(artifacts)
    copy = tmp_path / "home"
    writer.folder.rename(copy)
    with pytest.raises(InputError, match="may hold other things"):
        delete_run(find_run(artifacts, str(copy)))
    link = artifacts / writer.id
    link.symlink_to(copy)
    with pytest.raises(InputError, match="may hold other things"):
        delete_run(find_run(artifacts, writer.id))
    assert (copy / "run.json").is_file()


def test_delete_refuses_a_training(make_run, artifacts):
    writer = make_run(artifacts, status="training")
    with pytest.raises(InputError, match="Stop the training first"):
        delete_run(writer.read())


def test_a_note_is_kept_and_taken_away(make_run, artifacts):
    run = make_run(artifacts).read()
    assert run.info.note == ""
    run = annotate_run(run, "  too bright:\nsecond lamp  ")
    assert run.info.note == find_run(artifacts, run.info.id).info.note
    assert run.info.note == "too bright:\nsecond lamp"
    assert annotate_run(run, " ").info.note == ""
    with pytest.raises(InputError, match="has 2,001 characters"):
        annotate_run(run, "x" * 2001)


def test_examples_stay_as_they_are_and_can_be_hidden(make_run, artifacts):
    own = make_run(artifacts).read()
    example = make_run(artifacts / "examples", title="shipped").read()
    assert (own.is_example, example.is_example) == (False, True)
    for change in (
        delete_run,
        lambda r: rename_run(r, "x"),
        lambda r: annotate_run(r, ""),
    ):
        with pytest.raises(InputError, match="example that ships with hirise"):
            change(example)
    assert len(list_runs(artifacts).runs) == 2
    hide_examples(artifacts)
    assert examples_hidden(artifacts)
    assert [run.info.id for run in list_runs(artifacts).runs] == [own.info.id]
    assert find_run(artifacts, example.info.id).info.title == "shipped"
    hide_examples(artifacts, hidden=False)
    assert len(list_runs(artifacts).runs) == 2


def test_settings_are_kept_apart_and_a_broken_file_is_none(artifacts):
    assert read_settings(artifacts) == {}
    change_settings(artifacts, data="~/mars")
    hide_examples(artifacts)
    assert read_settings(artifacts) == {"data": "~/mars", "examples": "hidden"}
    assert list_runs(artifacts) == ([], [])
    (artifacts / "settings.json").write_text("[1")
    assert read_settings(artifacts) == {}
