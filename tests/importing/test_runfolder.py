"""Run folders and zips of them: copied whole, or not at all."""

import json
import shutil
import stat
import zipfile

import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.importing import describe_file, import_file, import_predictions
from hirise.runs import list_runs


@pytest.fixture
def run(tmp_path):
    """A small run, away from the artifacts folder that it is imported into."""
    path = tmp_path / "p.csv"
    pd.DataFrame({"image": ["1", "2"], "y_true": ["a", "b"], "y_pred": "a"}).to_csv(
        path, index=False
    )
    return import_predictions(path, tmp_path / "elsewhere", title="Far away")


@pytest.fixture
def zipped(run, tmp_path):
    """`zipped(extra)`: the run as a zip, with more or other members."""

    def make(extra=(), *, top="", without=()):
        path = tmp_path / "run.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(run.folder.rglob("*")):
                name = file.relative_to(run.folder).as_posix()
                if file.is_file() and name not in without:
                    archive.write(file, top + name)
            for name, content in extra:
                archive.writestr(name, content)
        return path

    return make


def left_in(artifacts):
    return sorted(path.name for path in artifacts.glob("*"))


@pytest.mark.parametrize("top", ["", "folder/"])
def test_a_zip_becomes_the_run_that_it_was(run, zipped, tmp_path, top):
    artifacts = tmp_path / "artifacts"
    mac = [("__MACOSX/._run.json", "x"), (f"{top}.DS_Store", "x"), (f"{top}x.py", "x")]
    copy = import_file(zipped(mac, top=top), artifacts)
    assert (copy.info.id, copy.info.title) == (run.info.id, "Far away")
    assert copy.info.status == "imported"
    assert copy.splits() == ("all",)
    assert left_in(artifacts) == [run.info.id]
    assert left_in(copy.folder) == ["predictions", "run.json"]


def test_a_folder_is_copied_and_a_taken_id_gives_a_new_one(run, tmp_path):
    artifacts = tmp_path / "artifacts"
    first = import_file(run.folder, artifacts)
    second = import_file(run.folder, artifacts, title="Again")
    assert first.info.id == run.info.id
    assert second.info.id == f"{run.info.id}-2" == second.folder.name
    assert second.info.title == "Again"
    assert len(list_runs(artifacts).runs) == 2
    assert list_runs(artifacts).problems == []


def change(run, **changes):
    path = run.folder / "run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_training_is_interrupted_and_an_odd_id_replaced(run, zipped, tmp_path):
    change(run, status="training", id="../../etc", pid=1, process_started=1.0, host="x")
    change(run, dataset={"path": "/etc", "fingerprint": "f"})
    copy = import_file(zipped(), tmp_path / "artifacts")
    assert copy.info.status == "interrupted"
    assert copy.info.id.endswith("-far-away")
    assert (copy.info.pid, copy.dataset_path) == (None, None)
    assert copy.info.dataset == {"path": None, "fingerprint": "f"}


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("../evil.txt", "leads out of its folder"),
        ("predictions/../../evil.parquet", "leads out of its folder"),
        ("/etc/evil", "leads out of its folder"),
        ("C:/evil.txt", "leads out of its folder"),
        ("C:evil.txt", "leads out of its folder"),
        ("..\\evil.txt", "leads out of its folder"),
        ("predictions\\evil.parquet", "leads out of its folder"),
    ],
)
def test_paths_that_lead_elsewhere_are_refused(zipped, tmp_path, name, line):
    artifacts = tmp_path / "artifacts"
    with pytest.raises(InputError, match=line):
        import_file(zipped([(name, "x")]), artifacts)
    assert left_in(artifacts) == []
    assert not list(tmp_path.rglob("evil*"))


def test_links_are_refused(run, zipped, tmp_path):
    link = zipfile.ZipInfo("log.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(InputError, match="is a link"):
        import_file(zipped([(link, "/etc/passwd")]), tmp_path / "artifacts")
    (run.folder / "log.txt").symlink_to("/etc/hostname")
    with pytest.raises(InputError, match="is a link"):
        import_file(run.folder, tmp_path / "artifacts")
    assert left_in(tmp_path / "artifacts") == []


def test_a_bomb_is_not_unpacked(zipped, tmp_path):
    bomb = zipped([("log.txt", b"0" * 60_000_000)])
    assert bomb.stat().st_size < 100_000
    for act in (describe_file, lambda path: import_file(path, tmp_path / "artifacts")):
        with pytest.raises(InputError, match=r"would unpack to 60 MB"):
            act(bomb)
    assert left_in(tmp_path / "artifacts") == []


@pytest.mark.parametrize(
    ("member", "content", "line"),
    [
        ("run.json", "{", "run.json: This is not JSON"),
        ("run.json", "[]", "run.json: This has no format number"),
        ("run.json", "[" * 100_000, "cannot be imported"),
        ("run.json", '{"format": 99}', "has format 99, newer than"),
        ("run.json", '{"format": 1}', "missing required field `id`"),
        ("predictions/val.parquet", "x", "not a readable Parquet file"),
        ("history.csv", "epoch,loss\n1,high\n", "Column `loss` is 'high' in row 1"),
        ("catalog.parquet", "x", r"catalog\.parquet: This cannot be read"),
    ],
)
def test_broken_files_give_one_line_and_leave_nothing(
    zipped, tmp_path, member, content, line
):
    path = zipped([(member, content)], without=(member,))
    with pytest.raises(InputError, match=line) as caught:
        import_file(path, tmp_path / "artifacts")
    assert "\n" not in str(caught.value)
    assert ".tmp-" not in str(caught.value)
    assert left_in(tmp_path / "artifacts") == []


def test_two_runs_in_a_zip_or_none(run, zipped, tmp_path):
    text = (run.folder / "run.json").read_text()
    with pytest.raises(InputError, match="holds 2 runs"):
        import_file(zipped([("other/run.json", text)]), tmp_path / "artifacts")
    with zipfile.ZipFile(tmp_path / "none.zip", "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(InputError, match="holds no run"):
        import_file(tmp_path / "none.zip", tmp_path / "artifacts")


def test_a_damaged_or_cut_zip(zipped, tmp_path):
    path = zipped()
    content = bytearray(path.read_bytes())
    content[60:120] = b"\xff" * 60
    path.write_bytes(content)
    with pytest.raises(InputError, match="damaged zip"):
        import_file(path, tmp_path / "artifacts")
    path.write_bytes(content[:200])
    with pytest.raises(InputError, match="damaged zip"):
        import_file(path, tmp_path / "artifacts")
    assert left_in(tmp_path / "artifacts") == []


def test_what_is_understood_of_a_run(zipped):
    found = describe_file(zipped([("x.py", "x")]))
    facts = dict(zip(found.facts["what"], found.facts["value"], strict=True))
    assert (found.kind, facts["title"]) == ("run", "Far away")
    assert found.splits["n_images"].tolist() == [2]
    assert found.class_names == ("a", "b")
    assert "1 file is not used: x.py." in found.notes


def test_its_images_can_be_named(run, tmp_path, make_dataset):
    root = make_dataset()
    copy = import_file(run.folder, tmp_path / "artifacts", data=root)
    assert copy.dataset_path == root.resolve()
    shutil.rmtree(root)
    with pytest.raises(InputError):
        import_file(run.folder, tmp_path / "artifacts", data=root)
