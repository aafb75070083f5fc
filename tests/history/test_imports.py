"""What reading a history costs: event files need protobuf, and nothing else does."""

import subprocess
import sys

import pytest

HEAVY = ("tensorflow", "tensorboard", "keras", "streamlit", "sklearn", "scipy")
SCRIPT = """
import sys
from hirise.__main__ import run
status = run(["check", sys.argv[1]])
found = sorted(m for m in sys.argv[2:] if m in sys.modules)
print(status, found, "google.protobuf" in sys.modules)
"""


@pytest.mark.parametrize("events", [True, False])
def test_check_of_a_history_imports_nothing_heavy(write_events, tmp_path, events):
    path = tmp_path / "h.csv"
    path.write_text("loss\n1\n")
    if events:
        write_events("train/events.out.tfevents.1", {"epoch_loss": [1, 0.5]})
        path = tmp_path
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path), *HEAVY],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == f"0 [] {events}"
