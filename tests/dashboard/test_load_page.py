"""The page Load in each state: understood, corrected, imported, refused."""

import zipfile

import pytest
from app_parts import button, columns_of, errors_of, text_of

from hirise.importing import import_predictions
from hirise.runs import list_runs

ROWS = "image,label,prediction\n" + "".join(
    f"{i}.jpg,{'dog' if i % 4 else 'cat'},dog\n" for i in range(60)
)


def field(app, label):
    (found,) = [text for text in app.text_input if text.label == label]
    return found


def test_before_a_file_the_page_says_what_can_be_loaded(artifacts, open_page):
    app = open_page(artifacts, "load")
    assert not app.exception
    assert "What can be loaded" in [s.value for s in app.header]
    assert "pickles and code that it carries are not run" in text_of(app)


def test_an_uploaded_file_is_understood_imported_and_opened(artifacts, open_page):
    app = open_page(artifacts, "load")
    name = "../<b>my</b> results.csv"
    app.file_uploader[0].upload(name, ROWS.encode(), "text/csv").run()
    assert not app.exception
    assert "**Predictions** · 60 images · all with true labels · 2 classes" in text_of(
        app
    )
    roles = dict(columns_of(app)[["column", "role"]].to_numpy())
    assert roles == {"image": "image", "label": "truth", "prediction": "prediction"}
    assert "'label' as the true classes" in text_of(app)
    assert not list(artifacts.glob("*")), "nothing is kept until it is imported"
    button(app, "Import").click().run()
    assert not app.exception
    assert "Collapsed" in errors_of(app)[0]
    (run,) = list_runs(artifacts).runs
    assert (run.info.status, run.info.title) == ("imported", "b_ results")
    button(app, "Open its Overview").click().run()
    assert app.title[0].value == "Overview"
    assert app.selectbox(key="run").value == run.info.id


def test_a_correction_is_shown_and_imported(load, write, artifacts):
    path = write("y_true,proba_0,proba_1\n" + "0,2,-1\n1,-3,1\n" * 20)
    app = load(path)
    assert "If they are logits, say so with the fields below." in errors_of(app)[0]
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
    assert "No predictions were found" in errors_of(app)[0]
    chosen = {box.label: box for box in app.selectbox}
    chosen["True label"].select("first")
    chosen["Prediction"].select("second").run()
    assert not app.error
    assert "2 images · all with true labels" in text_of(app)


def test_invalid_class_names_are_one_line_and_lose_nothing(load, write):
    app = load(write("y_true,proba_0,proba_1\n0,1,0\n1,0,1\n"))
    field(app, "Title").set_value("kept").run()
    for names, line in (
        ("cat,,dog", "One of the class names is empty"),
        ("cat", "1 class names were given"),
        ("cat, cat", "Two classes have the name"),
    ):
        field(app, "Names of the classes").set_value(names).run()
        assert line in errors_of(app)[0]
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
    assert "Collapsed" in errors_of(app)[0]
    bad = load(write(f"image,y_pred\n{rows}"), images=str(root / "nothing"))
    assert "nothing" in errors_of(bad)[0]


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
        (b"", "p.csv", "This file is empty"),
        (b"\x80\x04N.", "p.pkl", "is a pickle, or could be one"),
        (b"\x80\x04N.", "events.out.tfevents.1.v2", "is not an event file of Tens"),
        (b"x" * 50, "m.keras", "is not a .keras file"),
    ],
)
def test_a_hostile_upload_is_one_line(artifacts, open_page, content, name, line):
    app = open_page(artifacts, "load")
    app.file_uploader[0].upload(name, content).run()
    assert not app.exception
    (error,) = errors_of(app)
    assert line in error
    assert error.startswith(f"{name}: "), "no folder of the server is named"
    assert not app.button


def test_a_path_that_is_not_there(load, tmp_path):
    assert "no such file" in errors_of(load(tmp_path / "gone.csv"))[0]


def test_corrections_of_a_named_file_are_in_the_url(load, write):
    rows = "a,b,c\n" + "".join(f"{i}.jpg,{i % 2},{i % 3 % 2}\n" for i in range(40))
    path = write(rows)
    app = load(path)
    (truth,) = [box for box in app.selectbox if box.label == "True label"]
    again = load(path, **{truth.key: "b"})
    assert again.selectbox(key=truth.key).value == "b"
    other = load(write(rows, "q.csv"), **{truth.key: "b"})
    (box,) = [box for box in other.selectbox if box.label == "True label"]
    assert box.value == "– none –"
