"""The page Load: curves, alone or with predictions."""

import json

from app_parts import button, columns_of, text_of

from hirise.history.event_files import scalar_event, version_event, write_records
from hirise.runs import list_runs

ROWS = "image,label,prediction\n" + "".join(
    f"{i}.jpg,{'dog' if i % 4 else 'cat'},dog\n" for i in range(60)
)


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
        app.switch_page(f"app_pages/{page}/page.py").run()
        assert not app.exception, page
    assert run.splits() == ()


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
    assert "is not a training history" in app.error[0].value.replace("\\", "")
