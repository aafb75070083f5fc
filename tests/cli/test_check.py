"""`hirise check` as a command: verdicts, statuses, the JSON, and what it imports."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hirise.__main__ import run
from hirise.runs import create_run

CASES = Path(__file__).parents[3] / "shared" / "cases" / "make_cases.py"
SHARES = "other=.8118,crater=.0774,dark dune=.0118,slope streak=.0243,"
SHARES += "bright dune=.0255,impact ejecta=.0073,swiss cheese=.0282,spider=.0137"


def write(path, **columns):
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def noisy(y, k, accuracy, rng):
    wrong = rng.random(len(y)) > accuracy
    return np.where(wrong, (y + rng.integers(1, k, len(y))) % k, y)


def cases():
    """`(name, verdict, status, code, columns)`; the same kinds as the public cases."""
    rng = np.random.default_rng(11)
    y = rng.choice(4, 2000, p=[0.8, 0.1, 0.06, 0.04])
    even = rng.integers(0, 5, 1500)
    rare = (rng.random(6000) < 0.015).astype(int)
    words = ["None", "NA", "007"] * 100
    same = {"proba_0": [0.8] * 50, "proba_1": [0.2] * 50}
    half = [0] * 20 + [1] * 20
    guess = [0] * 12 + [1] * 8 + [0] * 8 + [1] * 12
    return [
        ("constant", "collapsed", 1, "HR201", (y, y * 0)),
        ("same row", "collapsed", 1, "HR302", {"y_true": [0, 0, 1, 1, 0] * 10} | same),
        ("same row, no truth", "collapsed", 1, "HR302", same),
        ("good", "healthy", 0, None, (y, noisy(y, 4, 0.97, rng))),
        ("permuted", "uninformed", 1, "HR206", (y, rng.permutation(y))),
        ("never", "partly-collapsed", 1, "HR202", (y, np.where(y > 1, 0, y))),
        ("order", "uninformed", 1, "HR207", (even, (even + 2) % 5)),
        ("weak", "weak", 0, "HR204", (even, noisy(even, 5, 0.5, rng))),
        ("rare", "weak", 0, "HR204", (rare, rare * (rng.random(6000) < 0.53))),
        ("words", "healthy", 0, None, (words, words)),
        ("few", "undetermined", 0, None, ([0, 1, 0, 1], [0, 0, 0, 0])),
        ("one class", "undetermined", 0, None, (["a"] * 300, ["a"] * 300)),
        ("no truth", "undetermined", 0, None, {"y_pred": ["a"] * 99}),
        ("cannot tell", "undetermined", 0, None, (half, guess)),
    ]


@pytest.mark.parametrize(
    ("verdict", "status", "code", "columns"),
    [pytest.param(*case[1:], id=case[0]) for case in cases()],
)
def test_cases(check, tmp_path, verdict, status, code, columns):
    if isinstance(columns, tuple):
        columns = dict(zip(("y_true", "y_pred"), columns, strict=True))
    path = write(tmp_path / "case.csv", **columns)
    found, out, err = check(path, "--json")
    document = json.loads(out)
    assert (document["verdict"], found, err) == (verdict, status, "")
    assert code is None or code in {f["code"] for f in document["findings"]}
    assert check(path)[1].splitlines()[0] == document["sentence"]


def test_public_cases(check, tmp_path, monkeypatch):
    if not CASES.is_file():
        pytest.skip(f"no public cases: {CASES} is absent")
    spec = importlib.util.spec_from_file_location("make_cases", CASES)
    monkeypatch.setattr(sys, "argv", ["make_cases.py", str(tmp_path)])
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    for case in json.loads((tmp_path / "expected.json").read_text()):
        status, out, err = check(tmp_path / case["file"], "--json")
        assert status == case["exit"], case
        if case["verdict"] is None:
            assert (out, err.count("\n")) == ("", 1)
            continue
        document = json.loads(out)
        assert document["verdict"] == case["verdict"], case
        codes = {finding["code"] for finding in document["findings"]}
        assert case.get("code", "HR") in codes | {"HR"}, case


def test_exit_status_follows_fail_on(check, tmp_path):
    y = np.arange(400) % 2
    weak = write(
        tmp_path / "w.csv", y_true=y, y_pred=np.where(y & (y.cumsum() % 2), 0, y)
    )
    assert "HR204" in check(weak)[1]
    statuses = [check(weak, "--fail-on", level)[0] for level in ("error", "warning")]
    assert statuses == [0, 1]
    collapsed = write(tmp_path / "c.csv", y_true=y, y_pred=y * 0)
    assert check(collapsed)[0] == 1
    assert check(collapsed, "--fail-on", "never")[0] == 0


def test_text_says_the_sentence_first_and_everything_else_after(check, tmp_path):
    path = write(tmp_path / "p.csv", y_true=["a", "b"] * 50, y_pred=["a"] * 100)
    status, out, _ = check(path)
    lines = out.splitlines()
    assert status == 1
    assert lines[0].startswith("Collapsed: all 100 images are predicted as 'a'.")
    for part in ("Kind: unknown", "ERROR HR201", "Passed: ", "Not applicable: HR302"):
        assert part in out
    assert check(path, "--format", "json")[1] == check(path, "--json")[1]


def test_assumptions_of_reading_are_printed(check, tmp_path):
    path = write(tmp_path / "p.csv", y_true=[0, 1] * 20, proba=[0.1, 0.9] * 20)
    assert "Note: `proba` was read as the probability of '1'." in check(path)[1]


def test_names_cannot_forge_lines(check, tmp_path):
    names = ["a\nPassed: all", "b\x1b[2J", "c\rd", "long" * 15]
    path = tmp_path / "p.parquet"
    table = pd.DataFrame({"y_true": names * 30, "y_pred": [names[0]] * 120})
    table.to_parquet(path)
    status, out, _ = check(path)
    assert status == 1
    assert out.splitlines()[0].startswith(
        "Collapsed: all 120 images are predicted as 'a\\nPassed: all'."
    )
    assert not set(out) & {"\x1b", "\r"}
    assert "longlonglonglonglonglo…" in out
    document = json.loads(check(path, "--json")[1])
    assert document["confusion"]["class_names"] == sorted(names)


def test_histories(check, tmp_path):
    # exercise 4b as recorded: training .816, validation .815
    path = tmp_path / "h.csv"
    path.write_text(
        "epoch,accuracy,loss,val_accuracy,val_loss\n"
        "0,.8123,.815,.8150,.811\n1,.8160,.803,.8150,.806\n2,.8160,.801,.8150,.805\n"
    )
    status, out, _ = check(path, "--class-shares", SHARES, "--json")
    document = json.loads(out)
    assert (status, document["verdict"], document["kind"]) == (
        1,
        "collapsed",
        "unknown",
    )
    assert document["metrics"] == {}
    assert [f["code"] for f in document["findings"] if f["severity"] == "error"] == [
        "HR403"
    ]
    status, out, _ = check(path, "--json")
    document = json.loads(out)
    assert (status, document["verdict"], document["kind"]) == (0, "undetermined", None)
    assert [(f["code"], f["severity"]) for f in document["findings"]] == [
        ("HR403", "note")
    ]


def test_class_frequencies_from_a_dataset(check, make_dataset, tmp_path):
    root = make_dataset()  # four classes alike: entropy ln 4
    path = tmp_path / "h.json"
    curves = {"loss": [1.39, 1.39], "sparse_categorical_accuracy": [0.25, 0.25]}
    path.write_text(json.dumps(curves))
    status, out, _ = check(path, "--data", str(root))
    assert (status, out.partition(":")[0]) == (1, "Collapsed")


def test_truth_from_a_dataset(check, make_dataset, tmp_path):
    root = make_dataset(observations=8)
    images = [path.name for path in root.rglob("*.jpg")]
    path = write(tmp_path / "p.csv", image=images, y_pred=["other"] * len(images))
    assert check(path)[1].startswith("Cannot tell: there are no true labels")
    status, out, _ = check(path, "--data", str(root))
    assert status == 1
    assert out.startswith(
        f"Collapsed: all {len(images)} images are predicted as 'other'."
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("other=.8", "The frequencies sum to 0.8, not 1."),
        ("other", "'other' is not NAME=FREQUENCY"),
        ("=1", "'=1' is not NAME=FREQUENCY"),
        ("other=nan,crater=1", "'other=nan' is not NAME=FREQUENCY"),
        ("other=1.5,crater=-.5", "'other=1.5' is not NAME=FREQUENCY"),
        ("", "The frequencies sum to 0, not 1."),
    ],
)
def test_class_frequencies_that_are_invalid_are_refused(check, tmp_path, text, line):
    path = write(tmp_path / "p.csv", y_true=[0], y_pred=[0])
    status, out, err = check(path, "--class-shares", text)
    assert (status, out) == (2, "")
    assert err.startswith(f"hirise: --class-shares: {line}")


def test_class_frequencies_with_a_comma_in_a_name(check, tmp_path):
    path = write(tmp_path / "p.csv", y_true=[0], y_pred=[0])
    assert check(path, "--class-shares", '"a, b=.25",c=.75')[0] == 0


@pytest.mark.parametrize(
    ("target", "options", "line"),
    [
        ("nowhere.csv", (), "nowhere.csv: no such file or run."),
        ("20260101-000000-none", (), "There is no run `20260101-000000-none` in "),
        ("p.csv", ("--split", "tset"), "There is no split 'tset', only 'test'"),
        ("p.csv", ("--cluster", "pixel"), "Invalid value for '--cluster'"),
        ("p.csv", ("--fail-on", "always"), "Invalid value for '--fail-on'"),
        ("p.csv", ("--data", "nowhere"), "nowhere: This does not exist"),
    ],
)
def test_bad_input_is_one_line_and_status_2(check, tmp_path, target, options, line):
    path = write(tmp_path / "p.csv", y_true=[0], y_pred=[0], split=["test"])
    target = path if target == "p.csv" else target
    artifacts = ("--artifacts", str(tmp_path / "artifacts"))
    status, out, err = check(target, *options, *artifacts)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert line in err


def test_a_run_by_its_id_or_its_folder(check, tmp_path, capsys):
    path = write(tmp_path / "p.csv", y_true=[0, 1] * 50, y_pred=[0, 1] * 50)
    assert run(["import", str(path), "--artifacts", str(tmp_path / "a")]) == 0
    (folder,) = (tmp_path / "a").iterdir()
    capsys.readouterr()
    for target in (folder.name, folder):
        status, out, _ = check(target, "--artifacts", str(tmp_path / "a"), "--json")
        assert (status, json.loads(out)["verdict"]) == (0, "healthy")
        assert json.loads(out)["source"] == f"{folder.name}/predictions/all.parquet"


def test_a_run_without_predictions_is_diagnosed_by_its_curves(check, tmp_path):
    writer = create_run(tmp_path, title="t", class_names=["a", "b"])
    writer.append_epoch({"epoch": 1, "loss": 0.7, "accuracy": 0.5})
    status, out, _ = check(writer.folder)
    assert status == 0
    assert out.startswith("Cannot tell: training curves alone (1 epoch) do not")


HEAVY = ("tensorflow", "keras", "sklearn", "scipy", "streamlit", "plotly", "PIL")


def test_a_check_imports_nothing_heavy(tmp_path):
    path = tmp_path / "p.parquet"
    frame = pd.DataFrame({"y_true": [0, 1] * 50, "a": [0.5] * 100, "b": [0.5] * 100})
    frame["image"] = [f"ESP_{i:06d}_1450_RED-0001.jpg" for i in range(100)]
    frame.to_parquet(path)
    code = (
        "import sys; from hirise.__main__ import run\n"
        f"status = run(['check', {str(path)!r}, '--json'])\n"
        f"found = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "print(status, found, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == "1 []\n"
    assert json.loads(done.stdout)["verdict"] == "collapsed"
