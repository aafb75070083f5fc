"""Renaming, annotating, deleting and hiding, on the Runs page."""

import io
import zipfile
from pathlib import PurePosixPath

import pytest
import streamlit as st
from app_parts import button

from dashboard.app_pages.runs import actions
from hirise.runs import examples_hidden, find_run, list_runs, rename_run


@pytest.fixture
def runs(tmp_path, make_run):
    return tmp_path, make_run("healthy", tmp_path), make_run("collapsed", tmp_path)


def captions(app):
    return " ".join(one.value for one in app.caption).replace("\\", "")


def test_rename_and_annotate(runs, open_page):
    artifacts, _, run = runs
    app = open_page(artifacts, "runs")
    app.text_input(key=f"rename-{run}").set_value("second lamp").run()
    button(app, "Save the title").click().run()
    app.text_area(key=f"note-{run}").set_value("too *bright*").run()
    button(app, "Save the note").click().run()
    assert not app.exception
    info = find_run(artifacts, run).info
    assert (info.title, info.note) == ("second lamp", "too *bright*")
    assert app.dataframe[0].value["title"].tolist() == ["second lamp", "small-cnn"]
    assert app.dataframe[0].value["note"].tolist() == ["too *bright*", ""]
    assert "too *bright*" in captions(app)


def test_a_bad_title_is_one_error_and_changes_nothing(runs, open_page):
    artifacts, _, run = runs
    app = open_page(artifacts, "runs")
    app.text_input(key=f"rename-{run}").set_value("").run()
    button(app, "Save the title").click().run()
    assert not app.exception
    assert "one line of 1 to 120 characters" in app.error[0].value
    assert find_run(artifacts, run).info.title == "blog-final"


def test_delete_moves_on_to_another_run(runs, open_page):
    artifacts, kept, _ = runs
    app = open_page(artifacts, "runs")
    assert "2 runs of your own take" in captions(app)
    button(app, "Delete it").click().run()
    assert not app.exception
    assert not app.toast
    assert [one.info.id for one in list_runs(artifacts).runs] == [kept]
    assert app.selectbox(key="run").value == kept
    assert "1 run of your own takes" in captions(app)
    button(app, "Delete it").click().run()
    assert not app.exception
    assert "No runs yet" in [one.value for one in app.header]


def test_a_training_is_not_deleted(tmp_path, make_run, open_page):
    make_run("training", tmp_path)
    app = open_page(tmp_path, "runs")
    assert not app.exception
    assert "Delete it" not in [one.label for one in app.button]
    assert any("Stop it first" in one.value for one in app.markdown)


def test_a_run_that_cannot_be_deleted_says_why(runs, open_page):
    artifacts, _, run = runs
    app = open_page(artifacts, "runs")
    (artifacts / run).rename(artifacts / "elsewhere")
    (artifacts / run).symlink_to(artifacts / "elsewhere")
    button(app, "Delete it").click().run()
    assert not app.exception
    assert "may hold other things" in app.error[0].value


def export_of(app):
    (found,) = [
        one for one in app.get("download_button") if one.proto.label == "TensorBoard"
    ]
    return found


def test_a_run_is_exported_as_a_zip_that_is_made_on_request(
    runs, open_page, monkeypatch
):
    made = []
    with monkeypatch.context() as patched:
        patched.setattr(actions.st, "download_button", spy(made))
        app = open_page(runs[0], "runs")
    assert not app.exception
    (label, data, name, mime), options = made[0]
    assert (label, mime) == ("TensorBoard", "application/zip")
    assert name == f"{runs[2]}-tensorboard.zip"
    assert not options["disabled"]
    with zipfile.ZipFile(io.BytesIO(data())) as archive:
        folders = {PurePosixPath(one).parent.name for one in archive.namelist()}
    assert folders == {"train", "validation", "test"}


def spy(made):
    """Keeps what the first download button was given, which is that of the export."""
    real = st.download_button

    def download_button(*given, **options):
        if given[0] == "TensorBoard":
            made.append((given, options))
        return real(*given, **options)

    return download_button


def test_what_has_nothing_to_export_yet_says_so(tmp_path, make_run, open_page):
    make_run("before_first_epoch", tmp_path)
    app = open_page(tmp_path, "runs")
    assert not app.exception
    assert export_of(app).proto.disabled


def test_examples_are_hidden_and_come_back(tmp_path, make_run, open_page):
    make_run("collapsed", tmp_path / "examples")
    app = open_page(tmp_path, "runs")
    assert "cannot be changed, only hidden" in captions(app)
    assert not [one for one in app.button if one.label == "Delete it"]
    assert not export_of(app).proto.disabled, "an example can be exported all the same"
    app.toggle(key="show-examples").set_value(False).run()
    assert not app.exception
    assert examples_hidden(tmp_path)
    assert "No runs yet" in [one.value for one in app.header]
    button(app, "Show the examples").click().run()
    assert not app.exception
    assert not examples_hidden(tmp_path)
    assert len(app.dataframe[0].value) == 1


def test_a_title_changed_elsewhere_is_seen(runs, open_page):
    artifacts, _, run = runs
    app = open_page(artifacts, "runs")
    rename_run(find_run(artifacts, run), "from a terminal")
    app.run()
    assert app.dataframe[0].value["title"].iloc[0] == "from a terminal"
