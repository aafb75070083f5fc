import io
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from filelock import FileLock

from hirise.__main__ import run
from hirise.cli.terminal import TerminalProgress
from hirise.runs import list_runs

pytestmark = [
    pytest.mark.tensorflow,
    pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning"),
]
SMALL = ("image_size=32", "filters=4,8", "patience=0", "batch_size=8", "depth=1")
SETTINGS = [word for pair in SMALL for word in ("--set", pair)]


def train(root, artifacts, *more, recipe="small-cnn"):
    words = ["--data", str(root), "--recipe", recipe, "--artifacts", str(artifacts)]
    return ["train", *words, *SETTINGS, "--split", "random", *more]


def test_train_ends_with_the_run_and_its_verdict(make_dataset, tmp_path, capsys):
    root = make_dataset(observations=12, landmarks=4, size=32)
    artifacts = tmp_path / "artifacts"
    words = train(root, artifacts, "--epochs", "1", "--title", "One epoch")
    assert run(words) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    (made,) = list_runs(artifacts).runs
    assert made.info.title == "One epoch"
    assert made.info.recipe["epochs"] == 1
    assert sum(line.startswith("epoch ") for line in lines) == 1
    assert lines[-2].startswith(f"run {made.info.id} (")
    assert lines[-1].endswith(".")
    assert err == ""

    assert run(["runs", "--artifacts", str(artifacts)]) == 0
    assert f"{made.info.id}  One epoch  finished" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--set", "epoch=3"], "Did you mean 'epochs'?"),
        (["--set", "epochs"], "--set expects key=value, got 'epochs'"),
        (["--epochs", "0"], "'epochs' must be a whole number from 1"),
        (["--fractions", "a,b"], "Give three numbers such as 0.65,0.15,0.20"),
        (["--fractions", "0.5,0.5,0.5"], "sum to 1"),
        (["--split", "landmrk"], "There is no split 'landmrk'"),
        (["--split", "absent.csv"], "absent.csv"),
        (["--recipe", "smal-cnn"], "Did you mean 'small-cnn'?"),
        (["--data", "absent"], "absent"),
    ],
)
def test_bad_input_is_one_line_and_makes_no_run(
    make_dataset, tmp_path, capsys, more, message
):
    root = make_dataset()
    assert run([*train(root, tmp_path / "artifacts"), *more]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "artifacts").exists()


def test_a_place_that_cannot_be_written_is_one_line(make_dataset, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert run(train(make_dataset(), tmp_path / "file" / "artifacts")) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_errors_come_before_tensorflow_is_imported(make_dataset, tmp_path):
    code = (
        "import sys; from hirise.__main__ import run\n"
        f"assert run({train('absent', tmp_path)!r}) == 2\n"
        f"assert run({[*train(make_dataset(), tmp_path), '--split', 'x']!r}) == 2\n"
        "assert run(['recipes']) == run(['runs']) == 0\n"
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def make_screen(monkeypatch):
    screen = io.StringIO()
    screen.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


def test_a_terminal_gets_a_bar_with_the_time_left(monkeypatch):
    screen = make_screen(monkeypatch)
    with TerminalProgress() as progress:
        for done in range(4):
            progress.update("Epoch 1 of 2", done, 6, unit="batches")
    last = screen.getvalue().split("\r")[-1]
    assert "Epoch 1 of 2:  50%" in last
    assert "3/6 [" in last


def test_messages_appear_above_the_bar(monkeypatch):
    screen = make_screen(monkeypatch)
    with TerminalProgress() as progress:
        progress.update("Epoch 1 of 2", 0, 6, unit="batches")
        progress.say("Collapsing. Epoch 1: all other.")
    assert "\rCollapsing. Epoch 1: all other.\n" in screen.getvalue()


def test_recipes_lists_names_commands_and_settings(capsys):
    assert run(["recipes"]) == 0
    text = capsys.readouterr().out
    for name in ("blog", "blog-final", "small-cnn"):
        assert f"--recipe {name} " in text
    assert run(["recipes", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["recipes"][1]["dense"] == [256, 256, 256]


@pytest.mark.slow
def test_a_killed_training_reads_as_interrupted_and_harms_nothing(
    make_dataset, tmp_path
):
    root = make_dataset(observations=12, landmarks=4, size=32)
    artifacts = tmp_path / "artifacts"
    assert run(train(root, artifacts, "--epochs", "1", "--title", "before")) == 0
    words = train(root, artifacts, "--epochs", "10000", "--title", "killed")
    command = [sys.executable, "-m", "hirise", *words]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(lambda: len(list_runs(artifacts).runs) == 2)
            wait_for(lambda: len(list_runs(artifacts).runs[0].history()))
            training = list_runs(artifacts).runs[0].info
        finally:
            process.kill()
        # Even before its parent asks after it, a killed process is gone.
        wait_for(lambda: list_runs(artifacts).runs[0].info.status != "training")
    assert (training.title, training.status) == ("killed", "training")
    found, problems = list_runs(artifacts)
    assert problems == []
    assert [one.info.status for one in found] == ["interrupted", "finished"]
    assert len(found[0].history()) >= 1
    assert run(["runs", "delete", found[0].info.id, "--artifacts", str(artifacts)]) == 0
    assert [one.info.title for one in list_runs(artifacts).runs] == ["before"]


def wait_for(condition):
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.slow
def test_the_same_command_twice_on_real_images(real_v3, tmp_path):
    bytes_of = []
    for title in ("one", "two"):
        words = ["train", "--data", real_v3, "--recipe", "small-cnn", "--epochs", "1"]
        words += ["--title", title, "--artifacts", tmp_path, "--set", "image_size=32"]
        subprocess.run(
            [sys.executable, "-m", "hirise", *words], check=True, capture_output=True
        )
        made = list_runs(tmp_path).runs[0]
        assert made.info.title == title
        files = [made.predictions_path("test"), made.folder / "labels_seen.parquet"]
        bytes_of.append([file.read_bytes() for file in files])
    assert bytes_of[0] == bytes_of[1]


def test_a_second_training_waits_for_its_turn_unless_told_not_to(
    make_dataset, tmp_path, capsys, monkeypatch
):
    root = make_dataset(observations=12, landmarks=4, size=32)
    artifacts = tmp_path / "artifacts"

    def tired(seconds):
        raise KeyboardInterrupt

    (artifacts / ".jobs").mkdir(parents=True)
    turn = FileLock(artifacts / ".jobs" / "turn", thread_local=False)
    with ThreadPoolExecutor(1) as another:
        another.submit(turn.acquire).result()
        monkeypatch.setattr("time.sleep", tired)
        assert run(train(root, artifacts, "--epochs", "1")) == 130
        assert "Waiting for another training" in capsys.readouterr().out
        assert list_runs(artifacts).runs == []
        monkeypatch.undo()
        assert run(train(root, artifacts, "--epochs", "1", "--no-queue")) == 0
        another.submit(turn.release).result()
    assert "Waiting for" not in capsys.readouterr().out


def test_a_plan_says_settings_and_time_and_trains_nothing(capsys, tmp_path):
    words = ["--recipe", "blog", "--epochs", "10", "--plan", "--data", "simulated:40"]
    status = run(["train", *words, "--artifacts", str(tmp_path / "artifacts")])
    out = capsys.readouterr().out
    assert status == 0
    assert "  epochs                10" in out.splitlines()
    assert "for 208 images on two CPU cores." in out
    assert not (tmp_path / "artifacts").exists()
