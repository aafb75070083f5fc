"""`hirise predict` and the options of `hirise import`, as a terminal sees them."""

import json
import zipfile

from hirise.__main__ import run


def test_a_model_with_code_is_one_line(tmp_path, make_dataset, capsys):
    layer = {"class_name": "Lambda", "module": "keras.layers", "config": {}}
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps({"config": {"layers": [layer]}}))
    words = ["predict", f"--model={path}", f"--data={make_dataset()}"]
    assert run([*words, f"--artifacts={tmp_path / 'artifacts'}"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith(f"hirise: {path}: The model holds a Lambda layer")


def test_columns_and_class_names(tmp_path, capsys):
    path = tmp_path / "p.csv"
    path.write_text("label,proba_0,proba_1\n1,.2,.8\n0,.7,.3\n")
    words = ["import", str(path), f"--artifacts={tmp_path / 'artifacts'}"]
    options = ["--columns=y_true=label", "--class-names=cat, dog", "--split=test"]
    assert run([*words, *options]) == 0
    assert capsys.readouterr().out.startswith("Imported as ")
    (info,) = (tmp_path / "artifacts").glob("*/run.json")
    assert json.loads(info.read_text())["class_names"] == ["cat", "dog"]
    assert (info.parent / "predictions" / "test.parquet").is_file()


def test_usual_names_of_columns_are_understood_and_told(tmp_path, capsys):
    path = tmp_path / "p.csv"
    path.write_text("label,prediction\n1,1\n0,1\n")
    assert run(["import", str(path), f"--artifacts={tmp_path / 'artifacts'}"]) == 0
    told = capsys.readouterr().out
    assert "label" in told
    assert "prediction" in told


def test_names_that_say_nothing_come_with_the_option_to_add(tmp_path, capsys):
    path = tmp_path / "p.csv"
    path.write_text("alpha,beta\nred,red\nblue,red\n")
    assert run(["import", str(path), f"--artifacts={tmp_path / 'artifacts'}"]) == 2
    assert "--columns" in capsys.readouterr().err


def test_a_history_alone_and_a_run_folder(tmp_path, capsys):
    path = tmp_path / "h.json"
    path.write_text('{"loss": [1.0, 0.5]}')
    first = ["import", str(path), f"--artifacts={tmp_path / 'a'}"]
    assert run(first) == 0
    (folder,) = (tmp_path / "a").iterdir()
    assert run(["import", str(folder), f"--artifacts={tmp_path / 'b'}"]) == 0
    assert (tmp_path / "b" / folder.name / "history.csv").is_file()
    assert "Cannot tell" in capsys.readouterr().out
