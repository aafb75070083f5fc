"""Several devices, in a process of its own: TensorFlow splits its CPU but once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from later import Later

from hirise.errors import InputError

strategy_scope = Later("hirise.training.fit", "strategy_scope")

pytestmark = pytest.mark.tensorflow


SCRIPT = Path(__file__).with_name("two_devices.py")
SMALL = {
    "image_size": "32",
    "filters": "4,8,8",
    "epochs": "3",
    "batch_size": "16",
    "patience": "0",
}
EXACT = {"batch_norm": "false", "dropout": "0"}


def difference(folder, artifacts, **settings):
    words = [folder, artifacts, json.dumps(SMALL | settings), "landmark"]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, words)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_two_devices_come_to_what_one_does(folder, shared_cache, tmp_path):
    found = difference(folder, tmp_path / "artifacts", **EXACT)
    assert max(found["history"]) < 1e-4
    assert found["probabilities"] < 1e-4
    assert found["labels"] == 0


@pytest.mark.slow
def test_batch_norm_and_dropout_differ_but_train(folder, shared_cache, tmp_path):
    found = difference(folder, tmp_path / "artifacts")
    assert found["macro_f1"][1] > 0


def test_one_device_is_refused_in_one_line():
    with pytest.raises(InputError, match="has only CPU:0"):
        strategy_scope("mirrored")


def test_several_machines_are_refused_since_keras_cannot():
    with pytest.raises(InputError, match=r"Keras .* cannot train with"):
        strategy_scope("multiworker")
