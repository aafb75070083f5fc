import json

import pytest

from hirise.__main__ import run
from hirise.runs import create_run, list_runs


@pytest.fixture
def artifacts(tmp_path):
    folder = tmp_path / "artifacts"
    for title in ("first", "second"):
        create_run(folder, title=title, class_names=["a"]).finish("finished", seconds=2)
    return folder


def command(capsys, artifacts, *words):
    status = run(["runs", *words, "--artifacts", str(artifacts)])
    return status, *capsys.readouterr()


def test_a_table_with_disk_use(capsys, artifacts):
    status, out, err = command(capsys, artifacts)
    lines = out.splitlines()
    assert (status, err) == (0, "")
    assert lines[0].split() == ["run", "title", "status", "disk"]
    assert lines[1].split()[1:3] == ["second", "finished"]
    assert lines[1].endswith(" bytes")
    assert lines[-1].startswith("2 in all")


def test_one_json_document_and_broken_runs_apart(capsys, artifacts):
    first = list_runs(artifacts).runs[1]
    (first.folder / "run.json").write_text("{")
    status, out, err = command(capsys, artifacts, "--json")
    document = json.loads(out)
    assert (status, err) == (0, "")
    assert [one["title"] for one in document["runs"]] == ["second"]
    assert document["runs"][0]["size_bytes"] > 0
    assert "is not JSON" in document["problems"][0]
    assert "not listed: " in command(capsys, artifacts)[2]


def test_no_runs(capsys, tmp_path):
    assert command(capsys, tmp_path / "none")[1] == f"No runs in {tmp_path / 'none'}.\n"


def test_rename_and_delete(capsys, artifacts):
    run_id = list_runs(artifacts).runs[0].info.id
    assert command(capsys, artifacts, "rename", run_id, "Third time")[0] == 0
    assert list_runs(artifacts).runs[0].info.title == "Third time"
    status, out, _ = command(capsys, artifacts, "delete", run_id)
    assert status == 0
    assert out.startswith(f"{run_id} is deleted; that freed ")
    assert [one.info.title for one in list_runs(artifacts).runs] == ["first"]


def test_annotate_and_hide_the_examples(capsys, artifacts):
    own = list_runs(artifacts).runs[0].info.id
    create_run(artifacts / "examples", title="shipped", class_names=["a"])
    assert command(capsys, artifacts, "annotate", own, "second lamp on")[0] == 0
    notes = json.loads(command(capsys, artifacts, "--json")[1])["runs"]
    assert [one["note"] for one in notes] == ["", "second lamp on", ""]
    assert [one["example"] for one in notes] == [True, False, False]
    assert command(capsys, artifacts, "hide-examples")[0] == 0
    out = command(capsys, artifacts)[1]
    assert "shipped" not in out
    assert out.endswith("`hirise runs show-examples` shows them.\n")
    assert command(capsys, artifacts, "show-examples")[0] == 0
    assert "shipped" in command(capsys, artifacts)[1]


@pytest.mark.parametrize("words", [["rename", "x", "y"], ["delete", "x"]])
def test_no_such_run_is_one_line(capsys, artifacts, words):
    status, out, err = command(capsys, artifacts, *words)
    assert (status, out) == (2, "")
    assert err.startswith("hirise: There is no run `x` in ")
    assert len(err.splitlines()) == 1
