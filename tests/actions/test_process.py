"""The process of a job: what it reads, reports and leaves."""

import json

import pytest
from job_parts import wait_for_end

from hirise.actions.__main__ import (
    FileProgress,
    carry_out,
    main,
    restore_request,
    run_action,
)
from hirise.actions.image_map import MapRequest
from hirise.actions.train import TrainRequest
from hirise.errors import InputError, parameter
from hirise.jobs import log_tail, request_fields, start, stop
from hirise.progress import Progress


def read(path):
    return json.loads(path.read_text())


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "request.json").write_text('{"run": "absent", "artifacts": "a"}')
    return tmp_path


def test_a_result_is_written(folder):
    def act(progress):
        progress.update("Halving", 1, 2)
        return {"run": "a"}

    assert carry_out(folder, act) == 0
    assert read(folder / "result.json") == {"run": "a"}
    assert read(folder / "progress.json")["fraction"] == 0.5
    assert not (folder / "error.json").exists()
    assert not (folder / "heartbeat").exists()


def test_a_refusal_is_written_as_data(folder, capsys):
    def act(progress):
        raise InputError("No.", where="here", how=f"Give {parameter('data')}.")

    assert carry_out(folder, act) == 2
    refusal = {"what": "No.", "where": "here", "how": f"Give {parameter('data')}."}
    assert read(folder / "error.json") == refusal
    assert capsys.readouterr().out == "here: No. Give `data`.\n"
    assert not (folder / "result.json").exists()


def test_a_crash_is_one_line_and_its_traceback_is_printed(folder, capsys):
    def act(progress):
        raise ZeroDivisionError("by\nnothing")

    assert carry_out(folder, act) == 1
    assert read(folder / "error.json")["what"] == "ZeroDivisionError: by nothing"
    assert "Traceback" in capsys.readouterr().err


def test_a_full_disk_is_one_line(folder):
    def act(progress):
        raise OSError(28, "No space left on device", "/x")

    assert carry_out(folder, act) == 1
    assert "No space left on device" in read(folder / "error.json")["what"]


def test_an_interrupt_is_no_failure(folder):
    def act(progress):
        raise KeyboardInterrupt

    assert carry_out(folder, act) == 130
    assert not (folder / "error.json").exists()


def test_progress_is_written_at_once_for_a_new_step_then_once_a_second(tmp_path):
    progress = FileProgress(tmp_path)
    path = tmp_path / "progress.json"
    progress.update("A", 1, 10)
    progress.update("A", 2, 10)
    assert read(path)["fraction"] == 0.1
    progress.update("B", 3, 10)
    assert (read(path)["step"], read(path)["fraction"]) == ("B", 0.3)
    progress._written -= 1
    progress.update("B", 4, 10)
    assert read(path)["fraction"] == 0.4
    progress.update("B", 10, 10)
    assert read(path)["fraction"] == 1.0
    progress.say("Waiting for x.")
    assert read(path)["message"] == "Waiting for x."
    assert [file.name for file in tmp_path.iterdir()] == ["progress.json"]


def test_progress_that_cannot_be_written_ends_nothing(tmp_path):
    progress = FileProgress(tmp_path / "absent")
    progress.update("A", 1, 10)
    progress.say("on")
    assert progress.status.message == "on"


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"run": 3}',
        '{"run": "a", "command": "rm"}',
        '{"run": "a", "method": "odd"}',
    ],
)
def test_what_is_no_request_is_one_line(tmp_path, text):
    path = tmp_path / "request.json"
    path.write_text(text)
    with pytest.raises(InputError, match="no request for MapRequest") as caught:
        restore_request(MapRequest, path)
    assert "\n" not in str(caught.value)


def test_a_request_survives_a_round_trip(tmp_path):
    request = TrainRequest(
        data=tmp_path,
        recipe="blog",
        settings={"epochs": 2, "loss": "focal"},
        leave_out=("other",),
        artifacts=tmp_path,
    )
    path = tmp_path / "request.json"
    path.write_text(json.dumps(request_fields(tmp_path, request)))
    restored = restore_request(TrainRequest, path)
    assert restored == TrainRequest(
        data=str(tmp_path),
        recipe="blog",
        settings={"epochs": 2, "loss": "focal"},
        leave_out=("other",),
        artifacts=str(tmp_path.resolve()),
    )


def test_an_unknown_action_is_one_line(folder):
    with pytest.raises(InputError, match=r"no action 'trian'. Did you mean 'train'"):
        run_action("trian", folder / "request.json", Progress())


def test_a_file_works_as_well_as_a_folder(folder):
    for place in (folder, folder / "request.json"):
        assert main(["image_map", str(place)]) == 2
        assert "absent" in read(folder / "error.json")["what"]
        (folder / "error.json").unlink()


def test_started_as_a_job_it_says_why_it_failed(tmp_path):
    artifacts = tmp_path / "artifacts"
    job = start(artifacts, "image_map", MapRequest(run="absent"))
    job = wait_for_end(artifacts, job)
    assert job.state == "failed"
    assert "absent" in str(job.error)
    assert log_tail(artifacts, job.id) == [str(job.error)]
    assert stop(artifacts, job.id).get(job.id) == job
