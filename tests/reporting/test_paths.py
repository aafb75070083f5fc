from pathlib import Path

import pytest

from hirise.reporting.provenance import file_part, without_folders


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("labels of /home/me/mars/labels.txt.", "labels of labels.txt."),
        ("in ~/mars/v3 and C:\\mars\\v3: all", "in v3 and v3: all"),
        ("(/a/b/c.csv, '/a/d.csv')", "(c.csv, 'd.csv')"),
        ("and/or 3/4 /cats, http://a.b/c/d", "and/or 3/4 /cats, http://a.b/c/d"),
        ("runs/a/predictions/val.parquet", "runs/a/predictions/val.parquet"),
        ("nothing", "nothing"),
    ],
)
def test_absolute_paths_keep_their_last_part(text, left):
    assert without_folders(text) == left


def test_known_folders_are_found_though_their_names_hold_spaces():
    folder = Path("/home/some one/my data")
    text = f"{folder}/x y.csv is gone"
    assert without_folders(text, [folder, None]) == "my data/x y.csv is gone"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("/a/b.keras", "b.keras"),
        ("C:\\a\\b.keras", "b.keras"),
        ("~/b", "b"),
        ("a/b.jpg", "a/b.jpg"),
        ("/", "/"),
    ],
)
def test_file_part(text, left):
    assert file_part(text) == left
