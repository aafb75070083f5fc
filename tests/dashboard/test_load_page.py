"""The Load page in each state: understood, corrected, imported, refused."""

import json
import sys
import time
import zipfile

import pytest

from hirise.eventfiles import scalar_event, version_event, write_records
from hirise.importing import import_predictions
from hirise.jobs import predicting
from hirise.jobs.predicting import look_prediction
from hirise.runs import list_runs

ROWS = "image,label,prediction\n" + "".join(
    f"{i}.jpg,{'dog' if i % 4 else 'cat'},dog\n" for i in range(60)
)


@pytest.fixture
def artifacts(tmp_path):
    return tmp_path / "artifacts"


@pytest.fixture
def load(artifacts, open_page):
    """`load(path)`: the page with that path given."""

    def make(path, **query):
        query |= {"from": "Path on this machine", "file": str(path)}
        app = open_page(artifacts, "load", **query)
        assert not app.exception, [e.value for e in app.exception]
        return app

    return make


@pytest.fixture
def write(tmp_path):
    def make(content, name="p.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


def text_of(app):
    """All that is written on the page, without escapes."""
    texts = [e.value for kind in ("markdown", "caption") for e in app.get(kind)]
    return "\n".join(texts).replace("\\", "").replace("\u2060", "")


def button(app, label):
    (found,) = [b for b in app.button if b.label == label]
    return found


def field(app, label):
    (found,) = [text for text in app.text_input if text.label == label]
    return found


def columns_of(app):
    """The table of columns and roles."""
    return next(d.value for d in app.dataframe if "role" in d.value)


def errors(app):
    return [e.value.replace("\\", "").replace("\u2060", "") for e in app.error]


def test_before_a_file_it_says_what_can_be_loaded(artifacts, open_page):
    app = open_page(artifacts, "load")
    assert not app.exception
    assert "What can be loaded" in [s.value for s in app.subheader]
    assert "pickles and code that it carries are not run" in text_of(app)


def test_an_uploaded_file_is_understood_imported_and_opened(artifacts, open_page):
    app = open_page(artifacts, "load")
    name = "../<b>my</b> results.csv"
    app.file_uploader[0].upload(name, ROWS.encode(), "text/csv").run()
    assert not app.exception
    assert "**Predictions** · 60 images · all with truth · 2 classes" in text_of(app)
    roles = dict(columns_of(app)[["column", "role"]].to_numpy())
    assert roles == {"image": "image", "label": "truth", "prediction": "prediction"}
    assert "'label' as the truth" in text_of(app)
    assert not list(artifacts.glob("*")), "nothing is kept until it is imported"
    button(app, "Import").click().run()
    assert not app.exception
    assert "Collapsed" in errors(app)[0]
    (run,) = list_runs(artifacts).runs
    assert (run.info.status, run.info.title) == ("imported", "b_ results")
    button(app, "Open its Overview").click().run()
    assert app.title[0].value == "Overview"
    assert app.selectbox(key="run").value == run.info.id


def test_a_correction_is_shown_and_imported(load, write, artifacts):
    path = write("y_true,proba_0,proba_1\n" + "0,2,-1\n1,-3,1\n" * 20)
    app = load(path)
    assert "If they are logits, say so below." in errors(app)[0]
    assert button(app, "Import").disabled
    app.toggle[0].set_value(True).run()
    assert not app.error
    field(app, "Names of the classes").set_value("cat, dog").run()
    assert "logit of dog" in list(columns_of(app)["role"])
    field(app, "Name of the split").set_value("test").run()
    field(app, "Title").set_value("mine").run()
    button(app, "Import").click().run()
    assert not app.exception
    (run,) = list_runs(artifacts).runs
    assert (run.info.title, run.splits()) == ("mine", ("test",))
    assert run.info.class_names == ("cat", "dog")


def test_columns_can_be_chosen(load, write):
    app = load(write("first,second\na,b\nb,b\n"))
    assert "No predictions found" in errors(app)[0]
    chosen = {box.label: box for box in app.selectbox}
    chosen["Truth"].select("first")
    chosen["Prediction"].select("second").run()
    assert not app.error
    assert "2 images · all with truth" in text_of(app)


def test_wrong_class_names_are_one_line_and_lose_nothing(load, write):
    app = load(write("y_true,proba_0,proba_1\n0,1,0\n1,0,1\n"))
    field(app, "Title").set_value("kept").run()
    for names, line in (
        ("cat,,dog", "hold an empty one"),
        ("cat", "1 class names were given"),
        ("cat, cat", "is named twice"),
    ):
        field(app, "Names of the classes").set_value(names).run()
        assert line in errors(app)[0]
        assert button(app, "Import").disabled
    field(app, "Names of the classes").set_value("cat, dog").run()
    assert not app.error
    assert field(app, "Title").value == "kept"


def test_classes_in_another_order_are_doubted(load, write):
    rows = "cat,cat,.2,.8\ndog,dog,.7,.3\n" * 20
    app = load(write(f"y_true,y_pred,proba_0,proba_1\n{rows}"))
    assert "In 40 of 40 rows" in app.warning[0].value.replace("\\", "")
    assert app.expander[0].proto.expanded


def test_a_dataset_gives_the_truth_that_is_lacking(load, write, make_dataset):
    root = make_dataset(observations=8)
    images = sorted(path.name for path in root.rglob("*.jpg"))
    rows = "".join(f"{image},other\n" for image in images)
    app = load(write(f"image,y_pred\n{rows}"), images=str(root))
    assert "HiRISE landmarks, version 3" in text_of(app)
    button(app, "Import").click().run()
    assert "Collapsed" in errors(app)[0]
    bad = load(write(f"image,y_pred\n{rows}"), images=str(root / "nothing"))
    assert "nothing" in errors(bad)[0]


def test_a_history_leads_to_its_curves(load, write, artifacts):
    app = load(write(json.dumps({"loss": [1, 0.5], "val_acc": [0.5, 0.6]}), "h.json"))
    assert "epochs **2**" in text_of(app)
    button(app, "Import").click().run()
    assert not app.exception
    (run,) = list_runs(artifacts).runs
    button(app, "Open its Learning curves").click().run()
    assert not app.exception
    assert app.title[0].value == "Learning curves"
    pages = ("overview", "confusion_matrix", "classes", "predicted_labels")
    for page in (*pages, "confidence", "runs"):
        app.switch_page(f"app_pages/{page}.py").run()
        assert not app.exception, page
    assert run.splits() == ()


def test_a_zipped_run_keeps_its_title(load, write, tmp_path, artifacts):
    source = import_predictions(
        write(ROWS.replace("label", "y_true").replace("prediction", "y_pred")),
        tmp_path / "far",
        title="Far away",
    )
    with zipfile.ZipFile(tmp_path / "run.zip", "w") as archive:
        for file in source.folder.rglob("*"):
            archive.write(file, file.relative_to(source.folder))
    app = load(tmp_path / "run.zip")
    assert "title **Far away**" in text_of(app)
    button(app, "Import").click().run()
    assert [run.info.title for run in list_runs(artifacts).runs] == ["Far away"]


@pytest.mark.parametrize(
    ("content", "name", "line"),
    [
        (bytes(range(256)) * 20, "p.csv", "not a text file in UTF-8"),
        (b"PAR1" + b"x" * 50, "p.csv", "is Parquet by its content"),
        (b"PK\x03\x04" + b"x" * 50, "p.zip", "damaged zip file"),
        (b"", "p.csv", "the file is empty"),
        (b"\x80\x04N.", "p.pkl", "is a pickle, or may be one"),
        (b"\x80\x04N.", "events.out.tfevents.1.v2", "is not an event file of Tens"),
        (b"x" * 50, "m.keras", "is not a .keras file"),
    ],
)
def test_a_hostile_upload_is_one_line(artifacts, open_page, content, name, line):
    app = open_page(artifacts, "load")
    app.file_uploader[0].upload(name, content).run()
    assert not app.exception
    (error,) = errors(app)
    assert line in error
    assert error.startswith(f"{name}: "), "no folder of the server is named"
    assert not app.button


def test_a_path_that_is_not_there(load, tmp_path):
    assert "no such file" in errors(load(tmp_path / "gone.csv"))[0]


def make_model(path, class_name="InputLayer"):
    layer = {"class_name": class_name, "module": "keras.layers"}
    layer["config"] = {"batch_shape": [None, 16, 16, 1]}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps({"config": {"layers": [layer]}}))
    return path


def test_a_model_with_code_is_refused_at_once(load, tmp_path):
    app = load(make_model(tmp_path / "m.keras", "Lambda"))
    assert "holds a Lambda layer" in errors(app)[0]


def wait_for_end(artifacts):
    deadline = time.monotonic() + 120
    while look_prediction(artifacts).state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_model_is_predicted_in_a_process_of_its_own(
    load, tmp_path, artifacts, make_dataset, monkeypatch
):
    said = "import time; print('Predicting: 5 of 20 images'); time.sleep(600)"
    monkeypatch.setattr(predicting, "PROGRAM", (sys.executable, "-S", "-c", said))
    app = load(make_model(tmp_path / "m.keras"), data=str(make_dataset()))
    assert "takes **16 × 16 × 1**" in text_of(app)
    button(app, "Predict").click().run()
    assert not app.exception
    deadline = time.monotonic() + 120
    while "Predicting: 5 of 20" not in str([p.proto for p in app.get("progress")]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
        app.run()
    button(app, "Stop").click().run()
    assert look_prediction(artifacts).state == "stopped"
    button(app, "Close").click().run()
    assert look_prediction(artifacts) is None


def test_a_prediction_that_failed_says_why(
    load, tmp_path, artifacts, make_dataset, monkeypatch
):
    said = "print('hirise: m.keras: gives 3 numbers.'); raise SystemExit(2)"
    monkeypatch.setattr(predicting, "PROGRAM", (sys.executable, "-S", "-c", said))
    app = load(make_model(tmp_path / "m.keras"), data=str(make_dataset()))
    button(app, "Predict").click().run()
    wait_for_end(artifacts)
    app.run()
    assert not app.exception
    assert errors(app) == ["m.keras: gives 3 numbers."]
    assert button(app, "Predict"), "the form is still there"


def test_a_history_goes_with_predictions(load, write, artifacts, tmp_path):
    history = "epoch,loss,val_loss\n1,0.9,0.8\n2,0.7,0.6\n"
    app = load(write(ROWS), history=str(write(history, "h.csv")))
    assert "2 epochs · training loss, validation loss" in text_of(app)
    button(app, "Import").click().run()
    assert not app.exception
    (run,) = list_runs(artifacts).runs
    assert list(run.history()["val_loss"]) == [0.8, 0.6]
    assert run.splits()


def test_an_uploaded_history_goes_with_an_uploaded_file(artifacts, open_page):
    app = open_page(artifacts, "load")
    app.file_uploader[0].upload("p.csv", ROWS.encode(), "text/csv").run()
    history = b"epoch,loss\n1,0.9\n"
    app.file_uploader[1].upload("h.csv", history, "text/csv").run()
    assert "1 epoch · training loss" in text_of(app)
    button(app, "Import").click().run()
    assert not app.exception
    (run,) = list_runs(artifacts).runs
    assert list(run.history()["loss"]) == [0.9]


def event_file(losses):
    points = [
        scalar_event("epoch_loss", loss, step=step, wall_time=1.0)
        for step, loss in enumerate(losses)
    ]
    return write_records([version_event(1.0), *points])


EVENTS = "events.out.tfevents.1700000000.host.1.0.v2"


def test_an_uploaded_event_file_leads_to_its_curves(artifacts, open_page):
    app = open_page(artifacts, "load")
    app.file_uploader[0].upload(EVENTS, event_file([0.5, 0.25])).run()
    assert not app.exception
    assert "**A training history**" in text_of(app)
    roles = dict(columns_of(app)[["column", "role"]].to_numpy())
    assert roles == {"epoch": "epoch", "epoch_loss": "training loss"}
    button(app, "Import").click().run()
    assert not app.exception
    (run,) = list_runs(artifacts).runs
    assert run.info.title == EVENTS
    assert list(run.history()["loss"]) == [0.5, 0.25]


def test_a_log_folder_goes_by_its_path_and_is_read_again_when_it_grows(
    load, artifacts, tmp_path
):
    for side in ("train", "validation"):
        (tmp_path / "logs" / side).mkdir(parents=True)
        (tmp_path / "logs" / side / EVENTS).write_bytes(event_file([0.5]))
    app = load(tmp_path / "logs")
    assert not app.exception
    roles = dict(columns_of(app)[["column", "role"]].to_numpy())
    assert roles == {
        "epoch": "epoch",
        "train/epoch_loss": "training loss",
        "validation/epoch_loss": "validation loss",
    }
    assert "epochs **1**" in text_of(app)
    for side in ("train", "validation"):
        (tmp_path / "logs" / side / EVENTS).write_bytes(event_file([0.5, 0.25]))
    app.run()
    assert "epochs **2**" in text_of(app)
    button(app, "Import").click().run()
    (run,) = list_runs(artifacts).runs
    assert (run.info.title, len(run.history())) == ("logs", 2)


def test_an_event_file_goes_with_predictions(artifacts, open_page):
    app = open_page(artifacts, "load")
    app.file_uploader[0].upload("p.csv", ROWS.encode(), "text/csv").run()
    app.file_uploader[1].upload(EVENTS, event_file([0.5])).run()
    assert "1 epoch · training loss" in text_of(app)


def test_what_is_no_history_is_one_line(load, write):
    app = load(write(ROWS), history=str(write(ROWS, "other.csv")))
    assert "is no training history" in app.error[0].value.replace("\\", "")


def test_corrections_of_a_named_file_are_in_the_url(load, write):
    rows = "a,b,c\n" + "".join(f"{i}.jpg,{i % 2},{i % 3 % 2}\n" for i in range(40))
    path = write(rows)
    app = load(path)
    (truth,) = [box for box in app.selectbox if box.label == "Truth"]
    again = load(path, **{truth.key: "b"})
    assert again.selectbox(key=truth.key).value == "b"
    other = load(write(rows, "q.csv"), **{truth.key: "b"})
    (box,) = [box for box in other.selectbox if box.label == "Truth"]
    assert box.value == "– none –"
