# ruff: noqa: RUF001  (names in other scripts)
"""`hirise import`: a run, its id and its sentence, or one line."""

import pytest

from hirise.__main__ import run


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
        ("foo\n1\n", (), "No predictions found"),
        ("", (), "the file is empty"),
        ("y_pred\na\n", ("--history", "nowhere.csv"), "nowhere.csv: no such file."),
        ("y_pred\na\n", ("--data", "nowhere"), "nowhere does not exist"),
    ],
)
def test_refused_in_one_line_with_nothing_left(imported, text, options, line):
    status, out, err, left = imported(text, *options)
    assert (status, out, err.count("\n"), left) == (2, "", 1, [])
    assert line in err


def test_splits_of_other_names_are_imported_and_a_choice_is_asked(imported):
    status, out, _, (folder,) = imported("y_pred,split\na,x\nb,y\n")
    assert status == 0
    assert out.splitlines() == [
        f"Imported as {folder.name}",
        f"run {folder.name}: choose one of the splits 'x', 'y' with --split.",
    ]
