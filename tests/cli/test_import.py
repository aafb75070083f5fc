# ruff: noqa: RUF001  (names in other scripts)
"""`hirise import`: a run, its id and its sentence, or one line."""

import pytest
from PIL import Image

from hirise.__main__ import run
from hirise.history.event_files import scalar_event, version_event, write_records
from hirise.runs import list_runs, read_run


@pytest.fixture
def imported(capsys, tmp_path):
    """`imported(text, …)` imports a CSV of this text."""

    def imported(text, *options):
        path = tmp_path / "p.csv"
        path.write_text(text, encoding="utf-8")
        artifacts = ("--artifacts", str(tmp_path / "artifacts"))
        status = run(["import", str(path), *options, *artifacts])
        return status, *capsys.readouterr(), list(tmp_path.glob("artifacts/*"))

    return imported


ROWS = "".join(f'"dune, dark",火星\nкратер,кратер\n"{"x" * 60}","a ""b"""\n' * 9)


def test_id_and_sentence(imported):
    status, out, err, (folder,) = imported(f"y_true,y_pred\n{ROWS}", "--title", "Any")
    first, second = out.splitlines()
    assert (status, err) == (0, "")
    assert first == f"Imported as {folder.name}"
    assert second.startswith("Cannot tell: only 27 images")


@pytest.mark.parametrize(
    ("text", "options", "line"),
    [
        ("foo\n1\n", (), "No predictions were found"),
        ("", (), "This file is empty"),
        (
            "y_pred\na\n",
            ("--history", "nowhere.csv"),
            "nowhere.csv: There is no such file.",
        ),
        ("y_pred\na\n", ("--data", "nowhere"), "nowhere: This does not exist"),
    ],
)
def test_refused_in_one_line_with_nothing_left(imported, text, options, line):
    status, out, err, left = imported(text, *options)
    assert (status, out, err.count("\n"), left) == (2, "", 1, [])
    assert line in err


def test_splits_of_other_names_are_imported_and_several_need_a_choice(imported):
    status, out, _, (folder,) = imported("y_pred,split\na,x\nb,y\n")
    assert status == 0
    assert out.splitlines() == [
        f"Imported as {folder.name}",
        f"run {folder.name}: There are the splits 'x', 'y'. Choose one with --split.",
    ]


@pytest.fixture
def log_folder(tmp_path):
    """A folder of runs' curves as TensorBoard's callback leaves it."""
    for side, losses in (("train", (0.7, 0.5)), ("validation", (0.8, 0.9))):
        points = [
            scalar_event("epoch_loss", loss, step=step, wall_time=1.0)
            for step, loss in enumerate(losses)
        ]
        path = tmp_path / "my logs" / side / "events.out.tfevents.1.host"
        path.parent.mkdir(parents=True)
        path.write_bytes(write_records([version_event(1.0), *points]))
    return tmp_path / "my logs"


def test_a_log_folder_alone_becomes_a_run(log_folder, tmp_path, capsys):
    artifacts = tmp_path / "artifacts"
    status = run(["import", str(log_folder), "--artifacts", str(artifacts)])
    assert (status, capsys.readouterr().err) == (0, "")
    (found,) = list_runs(artifacts).runs
    assert found.info.title == "my logs"
    assert found.history()["loss"].round(6).tolist() == [0.7, 0.5]
    assert found.history()["val_loss"].round(6).tolist() == [0.8, 0.9]


def test_a_log_folder_goes_with_predictions(imported, log_folder):
    status, out, _, (folder,) = imported("y_pred\na\n", "--history", str(log_folder))
    assert status == 0
    assert "Imported as" in out
    assert len(read_run(folder).history()) == 2


def test_assumptions_of_reading_a_history_are_printed(imported):
    _, out, _, (folder,) = imported("epoch,loss\n0,1\n1,.5\n0,.25\n")
    assert "Note: The epochs begin again once. The rows after" in out
    assert read_run(folder).info.notes[0].startswith("The epochs begin again once")


def test_a_folder_of_neither_is_one_line(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    status = run(["import", str(tmp_path / "empty")])
    out, err = capsys.readouterr()
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "holds no run.json" in err
    assert "trainer_state.json (Hugging Face)" in err


def test_the_labels_of_a_dataset_are_chosen_and_the_run_remembers(tmp_path, capsys):
    data = tmp_path / "moles"
    data.mkdir()
    rows = ["image,diagnosis,target\n"]
    for number, name in enumerate(("nevus", "melanoma", "wart", "nevus")):
        Image.new("L", (8, 8), number).save(data / f"{number}.png")
        rows.append(f"{number}.png,{name},{int(name == 'melanoma')}\n")
    (data / "labels.csv").write_text("".join(rows))
    file = tmp_path / "p.csv"
    file.write_text("image,y_pred\n" + "".join(f"{n}.png,nevus\n" for n in range(4)))
    artifacts = tmp_path / "artifacts"
    command = ["import", str(file), "--data", str(data), "--artifacts", str(artifacts)]
    assert run(command) == 2
    refusal = capsys.readouterr().err
    assert "Choose one with --label-column: 'target' or 'diagnosis'" in refusal
    assert run([*command, "--label-column", "diagnosis"]) == 0
    (folder,) = artifacts.iterdir()
    imported = read_run(folder)
    assert imported.label_column == "diagnosis"
    assert set(imported.info.class_names) == {"melanoma", "nevus", "wart"}
    assert run(["data", "info", str(data), "--label-column", "target"]) == 0
    assert (
        "The labels are the column 'target' of labels.csv." in capsys.readouterr().out
    )
