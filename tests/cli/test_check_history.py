"""`hirise check` on the curves that other tools write."""

import json

import pytest

from hirise.history.event_files import scalar_event, version_event, write_records

SHARES = "other=0.75,crater=0.25"
ENTROPY = 0.562335
"""Of these shares: −.75 ln .75 − .25 ln .25."""
FILE = "events.out.tfevents.1.host"


@pytest.fixture
def log_folder(tmp_path):
    """Three epochs of a network that learned only the class shares."""
    for side in ("train", "validation"):
        points = [
            scalar_event(tag, value, step=step, wall_time=1.0)
            for step in range(3)
            for tag, value in (("epoch_loss", ENTROPY), ("epoch_accuracy", 0.75))
        ]
        path = tmp_path / "logs" / side / FILE
        path.parent.mkdir(parents=True)
        path.write_bytes(write_records([version_event(1.0), *points]))
    return tmp_path / "logs"


def test_a_log_folder_gets_its_verdict(check, log_folder):
    status, out, err = check(log_folder, "--class-shares", SHARES)
    assert (status, err) == (1, "")
    assert out.startswith("Collapsed")
    assert "ERROR HR403" in out


def test_an_mlflow_run_gets_its_verdict(check, tmp_path):
    folder = tmp_path / "mlruns" / "0" / "run" / "metrics"
    folder.mkdir(parents=True)
    for name, value in (("loss", ENTROPY), ("val_accuracy", 0.75), ("accuracy", 0.75)):
        lines = (f"170000000{step} {value} {step}\n" for step in range(3))
        (folder / name).write_text("".join(lines))
    for given in (folder, folder.parent):
        status, out, _ = check(given, "--class-shares", SHARES)
        assert status == 1
        assert out.startswith("Collapsed")


def test_assumptions_of_reading_are_printed(check, log_folder):
    path = log_folder / "validation" / FILE
    path.write_bytes(path.read_bytes()[:-3])
    _, out, _ = check(log_folder)
    assert f"Note: Record 7 of {path} is cut short, so it is left out." in out
    _, out, _ = check(log_folder, "--json")
    assert json.loads(out)["notes"][0].endswith("is cut short, so it is left out.")


def test_assumptions_of_reading_are_in_markdown(check, log_folder):
    path = log_folder / "validation" / FILE
    path.write_bytes(path.read_bytes()[:-3])
    _, out, _ = check(log_folder, "--format", "markdown")
    assert "is cut short, so it is left out." in out


def test_a_damaged_file_is_one_line(check, log_folder):
    path = log_folder / "train" / FILE
    path.write_bytes(path.read_bytes()[:-5] + b"xxxxx")
    status, out, err = check(log_folder)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert f"{path}: This is damaged: the checksum of its record 7 is wrong." in err


def test_a_folder_without_curves_is_one_line(check, tmp_path):
    status, out, err = check(tmp_path)
    assert (status, out, err.count("\n")) == (2, "", 1)
