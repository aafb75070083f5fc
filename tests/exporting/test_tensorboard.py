"""Event files of a run: what is in them, where they go, and what is refused."""

import io
import math
import zipfile
from pathlib import Path

import pytest

from hirise.__main__ import run as command
from hirise.errors import InputError
from hirise.exporting import event_files, export_tensorboard, tensorboard_zip
from hirise.exporting.tensorboard import folders_of, markdown, tags_of
from hirise.history import read_history
from hirise.history.event_files import read_scalars
from hirise.runs import create_run, read_run


def points(folder):
    """The values of each tag, by step."""
    (path,) = folder.iterdir()
    found = {}
    for tag, step, value in read_scalars(path):
        if value is not None:
            found.setdefault(tag, {})[step] = value
    return found


def test_curves_have_the_tags_of_keras_in_both_splits(run, tmp_path):
    target = export_tensorboard(run, tmp_path / "logs")
    assert target == tmp_path / "logs" / run.info.id
    train, val = points(target / "train"), points(target / "validation")
    assert train["epoch_loss"] == {0: 1, 1: 0.5}
    assert val["epoch_loss"] == {0: 2, 1: 1}
    assert train["epoch_accuracy"] == {0: 0.75, 1: 0.75}
    assert val["epoch_macro_f1"] == {0: 0.125, 1: 0.125}
    assert val["epoch_balanced_accuracy"] == {0: 0.25, 1: 0.25}
    assert train["epoch_learning_rate"] == {0: 0.125, 1: 0.125}
    assert "epoch_learning_rate" not in val


def test_predicted_frequencies_and_scores(run, tmp_path):
    target = export_tensorboard(run, tmp_path)
    train, test = points(target / "train"), points(target / "test")
    assert train["predicted_share/a_b__c_"] == {0: 0.75, 1: 0.75}
    assert train["predicted_share/a_b__c_-2"] == {0: 0.25, 1: 0.25}
    assert train["predicted_share/dune"] == {0: 0, 1: 0}
    assert test["final/accuracy"] == {1: 0.75}
    assert test["final/kappa"] == {1: 0}
    assert test["final/balanced_accuracy"] == {1: 0.5}
    assert "final/log_loss" not in test, "there are no probabilities"
    assert not [tag for tag in train if tag.startswith("final/")]


def test_the_verdict_is_a_text_with_its_intervals(run, tmp_path):
    (content,) = (c for p, c in event_files(run).items() if p.startswith("test/"))
    text = content.decode("utf-8", "replace")
    assert r"**\_My\_ run**" in text
    assert r"Collapsed: all 40 test images are predicted as 'a/b \*c\*'." in text
    assert "| accuracy | 0.750 | " in text


def test_what_is_exported_is_read_back(run, tmp_path):
    found = read_history(export_tensorboard(run, tmp_path))
    ours = run.history()[list(found.columns)]
    assert found.to_dict("list") == ours.to_dict("list")
    assert len(found.columns) == 10


def test_a_nan_loss_is_kept_and_what_was_not_measured_is_not(artifacts, tmp_path):
    writer = create_run(artifacts, title="nan", class_names=["a", "b"])
    writer.append_epoch({"epoch": 1, "loss": math.nan, "accuracy": 0.5})
    writer.append_epoch({"epoch": 2, "val_accuracy": 0.5, "val_loss": 1})
    writer.finish("failed")
    target = export_tensorboard(writer.read(), tmp_path)
    train, val = points(target / "train"), points(target / "validation")
    assert math.isnan(train.pop("epoch_loss")[0])
    assert train == {"epoch_accuracy": {0: 0.5}}
    assert val == {"epoch_loss": {1: 1}, "epoch_accuracy": {1: 0.5}}


def test_an_export_is_never_overwritten(run, tmp_path):
    (tmp_path / run.info.id).mkdir()
    with pytest.raises(InputError, match="exists already, and an export is never"):
        export_tensorboard(run, tmp_path)
    with pytest.raises(InputError, match="exists already"):
        export_tensorboard(run, run.folder.parent)
    assert read_run(run.folder).info == run.info


def test_nothing_half_written_is_left(run, tmp_path, monkeypatch):
    wrote = []

    def fails(path, content):
        if wrote:
            raise OSError(28, "No space left on device")
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        wrote.append(path)

    monkeypatch.setattr("hirise.exporting.tensorboard._write", fails)
    with pytest.raises(InputError, match=r"cannot be written \(No space left"):
        export_tensorboard(run, tmp_path / "logs")
    assert list((tmp_path / "logs").iterdir()) == []


def test_a_folder_that_is_a_file_is_one_line(run, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        export_tensorboard(run, tmp_path / "file")


def test_the_zip_holds_the_same(run, tmp_path):
    target = export_tensorboard(run, tmp_path)
    with zipfile.ZipFile(io.BytesIO(tensorboard_zip(run))) as archive:
        assert len(archive.namelist()) == 3
        for name in archive.namelist():
            assert archive.read(name) == (tmp_path / name).read_bytes()
            assert (tmp_path / name).is_relative_to(target)


def test_a_run_with_nothing_to_export(artifacts, tmp_path):
    run = create_run(artifacts, title="just begun", class_names=["a"]).read()
    with pytest.raises(InputError, match="holds neither curves nor predictions"):
        export_tensorboard(run, tmp_path / "logs")
    assert not (tmp_path / "logs").exists()


def test_curves_alone_have_a_verdict_too(artifacts, tmp_path):
    writer = create_run(artifacts, title="curves", class_names=[], status="imported")
    writer.append_epoch({"epoch": 1, "loss": 1})
    ((path, content),) = event_files(writer.read()).items()
    assert path.startswith("train/events.out.tfevents.")
    assert b"Cannot tell" in content


def test_names_of_splits_are_harmless_folders():
    names = ["train", "val", "validation", "..", "a/b", "../x", "Test", "test"]
    assert folders_of(names) == {
        "train": "train",
        "val": "validation",
        "validation": "validation-2",
        "..": "split-..",
        "a/b": "a%2Fb",
        "../x": "..%2Fx",
        "Test": "Test",
        "test": "test-2",
    }


def test_names_of_classes_are_tags():
    names = ["dark dune", "dark_dune", "кратер", "a/b", "x" * 200]
    assert list(tags_of(names).values()) == [
        "dark_dune",
        "dark_dune-2",
        "кратер",
        "a_b",
        "x" * 80,
    ]


def test_markdown_is_escaped():
    assert markdown("<b>*x*\n[a](b)") == r"&lt;b&gt;\*x\* \[a\](b)"


def test_the_command(run, artifacts, tmp_path, capsys):
    asked = ["export", run.info.id, "--tensorboard", str(tmp_path / "logs")]
    asked += ["--artifacts", str(artifacts)]
    assert command(asked) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"Exported to {tmp_path / 'logs' / run.info.id}",
        f"View it with: tensorboard --logdir {tmp_path / 'logs'}",
    ]
    assert command(asked) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "exists already" in err
    assert command(["export", "nothing", "--tensorboard", str(Path("x"))]) == 2
