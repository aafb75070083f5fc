"""What is understood of a file, and how it is corrected."""

import json
import re
import zipfile

import numpy as np
import pandas as pd
import pytest

from hirise.data import read_catalog
from hirise.diagnosis import diagnose, gather
from hirise.errors import InputError
from hirise.history.event_files import version_event, write_records
from hirise.importing import Corrections, describe_file, import_file, kind_of


@pytest.fixture
def write(tmp_path):
    """`write(text or bytes, name)` makes a file and gives its path."""

    def make(content, name="p.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return make


def roles(found):
    return dict(zip(found.columns["column"], found.columns["role"], strict=True))


OURS = "image,y_true,cat,dog,when\n1.jpg,cat,.9,.1,x\n2.jpg,,.4,.6,y\n"


def test_each_column_gets_its_role(write):
    found = describe_file(write(OURS))
    assert found.kind == "predictions"
    assert roles(found) == {
        "image": "image",
        "y_true": "truth",
        "cat": "probability of cat",
        "dog": "probability of dog",
        "when": "ignored",
    }
    assert found.columns["examples"].tolist()[0] == "1.jpg, 2.jpg"
    assert found.class_names == ("cat", "dog")
    assert found.splits.to_dict("records") == [
        {"split": "all", "n_images": 2, "n_labelled": 1}
    ]
    assert (found.n_rows, found.scored, found.numbered) == (2, True, False)
    assert len(found.head) == 2
    assert found.problem == ""


def test_splits_are_counted_and_one_can_be_named(write):
    path = write("y_true,y_pred,split\na,a,val\nb,a,test\n,b,test\n")
    assert describe_file(path).splits["n_labelled"].tolist() == [1, 1]
    path = write("y_true,y_pred\na,a\n")
    named = describe_file(path, Corrections(split="test"))
    assert named.splits["split"].tolist() == ["test"]


OTHERS = "filename,label,prediction\n1.jpg,007,007\n2.jpg,008,007\n"


def test_names_of_other_files_are_understood_and_corrected(write):
    path = write(OTHERS)
    found = describe_file(path)
    assert found.problem == ""
    assert found.class_names == ("007", "008"), "labels stay text"
    assert roles(found) == {
        "filename": "image",
        "label": "truth",
        "prediction": "prediction",
    }
    assert found.given == {
        "image": "filename",
        "y_true": "label",
        "y_pred": "prediction",
    }
    assert "'label' as the true classes" in found.notes[0]
    without = describe_file(path, Corrections(columns={"y_true": ""}))
    assert roles(without)["label"] == "ignored"
    assert without.splits["n_labelled"].tolist() == [0]


def test_the_corrections_hold_for_the_import(write, tmp_path):
    fix = Corrections(columns={"y_true": "label", "y_pred": "prediction"}, split="val")
    run = import_file(write(OTHERS), tmp_path / "artifacts", corrections=fix)
    assert (run.splits(), run.info.class_names) == (("val",), ("007", "008"))


def test_a_role_can_pass_to_another_column(write):
    path = write("y_true,target,y_pred\na,b,b\nb,a,a\n")
    found = describe_file(path, Corrections(columns={"y_true": "target"}))
    assert roles(found) == {
        "y_true": "ignored",
        "target": "truth",
        "y_pred": "prediction",
    }


NUMBERED = "y_true,proba_0,proba_1\n1,.2,.8\n0,.7,.3\n"


def test_numbered_columns_get_names(write):
    path = write(NUMBERED)
    assert describe_file(path).numbered
    found = describe_file(path, Corrections(class_names=("cat", "dog")))
    assert roles(found)["proba_1"] == "probability of dog"
    assert (found.class_names, found.numbered) == (("cat", "dog"), False)
    wrong = describe_file(path, Corrections(class_names=("cat", "dog", "emu")))
    assert "3 class names were given" in wrong.problem


def test_classes_in_another_order_are_doubted(write):
    rows = "cat,cat,.2,.8\ndog,dog,.7,.3\n" * 4
    path = write(f"y_true,y_pred,proba_0,proba_1\n{rows}")
    assert "In 8 of 8 rows" in describe_file(path).doubt
    found = describe_file(path, Corrections(class_names=("dog", "cat")))
    assert found.doubt == ""


def test_logits_are_a_correction(write):
    path = write("y_true,cat,dog\ncat,3,-1\ndog,-2,2\n")
    found = describe_file(path)
    assert "If they are logits" in found.problem
    assert found.scored
    told = describe_file(path, Corrections(logits=True))
    assert roles(told)["cat"] == "logit of cat"
    assert any("softmax" in note for note in told.notes)


def test_one_column_of_probabilities_is_of_the_second_class(write):
    found = describe_file(write("y_true,proba\n0,.2\n1,.9\n"))
    assert roles(found)["proba"] == "probability of 1"


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        ({"truth": "label"}, "no role 'truth'"),
        ({"y_true": "labell"}, r"no column 'labell'.*Did you mean 'label'"),
        ({"y_true": "label", "y_pred": "label"}, "can have one role"),
    ],
)
def test_corrections_that_do_not_fit(write, columns, line):
    found = describe_file(write(OTHERS), Corrections(columns=columns))
    assert re.search(line, found.problem)


def test_a_history_shows_its_curves(write):
    path = write("epoch,loss,val_acc,note\n0,1.0,.5,x\n1,.5,.75,y\n", "h.csv")
    found = describe_file(path)
    assert found.kind == "history"
    assert roles(found) == {
        "epoch": "epoch",
        "loss": "training loss",
        "val_acc": "validation accuracy",
        "note": "ignored",
    }
    assert found.facts.to_dict("records") == [{"what": "epochs", "value": "2"}]
    as_json = write(json.dumps({"loss": [1, 0.5]}), "h.json")
    assert roles(describe_file(as_json)) == {"loss": "training loss"}


def test_an_event_file_is_none_of_the_models_that_end_so(tmp_path):
    path = tmp_path / "events.out.tfevents.1.uni.pt"
    path.write_bytes(write_records([version_event(1.0)]))
    assert kind_of(path) == "history"


def test_a_history_alone_becomes_a_run_without_predictions(write, tmp_path):
    path = write(json.dumps({"loss": [1, 0.5], "accuracy": [0.5, 0.8]}), "h.json")
    run = import_file(path, tmp_path / "artifacts")
    assert (run.info.status, run.info.title, run.splits()) == ("imported", "h", ())
    assert run.info.class_names == ()
    assert run.history()["accuracy"].tolist() == [0.5, 0.8]


def test_a_history_with_a_dataset_gets_its_verdict(write, tmp_path, make_dataset):
    root = make_dataset(observations=8)
    counts = np.array(read_catalog(root).class_counts)
    shares = counts[counts > 0] / counts.sum()
    entropy, top = float(-(shares * np.log(shares)).sum()), float(shares.max())
    curves = {"loss": [entropy] * 5, "val_loss": [entropy] * 5}
    curves |= {"accuracy": [top] * 5, "val_accuracy": [top] * 5}
    path = write(json.dumps(curves), "h.json")
    run = import_file(path, tmp_path / "artifacts", data=root)
    assert diagnose(gather(run)).verdict.key == "collapsed"


@pytest.mark.parametrize(
    ("content", "name", "line"),
    [
        (b"PAR1xxxxxxxx", "p.csv", r"is Parquet by its content.*\.parquet"),
        (b"\x89HDF\r\n\x1a\nxxxx", "p.csv", r"is HDF5 by its content.*\.h5"),
        (b"PK\x03\x04xxxxxxxx", "p.zip", "is a damaged zip file"),
        (bytes(range(256)) * 9, "p.csv", "This is not a text file in UTF-8"),
        (bytes(range(256)) * 9, "p.parquet", "not a readable Parquet file"),
        (bytes(range(256)) * 9, "m.keras", "is not a .keras file"),
        (bytes(range(256)) * 9, "m.h5", "is not an HDF5 file"),
        (b"\x80\x04cos\nsystem\n", "p.pkl", "is a pickle"),
        (b"", "p.csv", "This file is empty"),
        (b"[1, 2", "h.json", "This is not a history in JSON"),
        (b"[" * 100_000, "h.json", "This is not a history in JSON"),
    ],
)
def test_hostile_files_give_one_line(write, content, name, line):
    with pytest.raises(InputError, match=line) as caught:
        describe_file(write(content, name))
    assert "\n" not in str(caught.value)


def test_small_files_that_claim_much_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("hirise.predictions.files.MOST_BYTES", 2_000_000)
    zeros = np.zeros(1_000_000, dtype=np.int32)
    pd.DataFrame({"y_true": zeros, "y_pred": zeros}).to_parquet(tmp_path / "p.parquet")
    np.savez_compressed(tmp_path / "p.npz", y_true=zeros, y_pred=zeros)
    for name in ("p.parquet", "p.npz"):
        assert (tmp_path / name).stat().st_size < 20_000
        with pytest.raises(InputError, match=r"of memory\. At most"):
            describe_file(tmp_path / name)
    with (tmp_path / "h.json").open("wb") as file:
        file.truncate(60_000_000)
    with pytest.raises(InputError, match="is larger than 50 MB"):
        describe_file(tmp_path / "h.json")


def test_folders_and_nothing(tmp_path):
    with pytest.raises(InputError, match=r"This folder holds no run\.json"):
        kind_of(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        kind_of(tmp_path / "nothing.csv")


def test_a_model_is_shown_without_loading_it(tmp_path):
    path = tmp_path / "m.keras"
    layer = {"batch_shape": [None, 64, 64, 1]}
    layers = [{"class_name": "InputLayer", "module": "keras.layers", "config": layer}]
    config = {"class_name": "Functional", "config": {"name": "tiny", "layers": layers}}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("metadata.json", '{"keras_version": "3.11.0"}')
    found = describe_file(path)
    facts = dict(zip(found.facts["what"], found.facts["value"], strict=True))
    assert found.kind == "model"
    assert facts["takes"] == "64 × 64 × 1"
    assert facts["made with Keras"] == "3.11.0"
    with pytest.raises(InputError, match="hirise predict"):
        import_file(path, tmp_path / "artifacts")
