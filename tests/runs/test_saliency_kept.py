"""Maps in a run folder: written, merged, read back, and whole or not there."""

import numpy as np
import pandas as pd
import pytest

from hirise.errors import InputError
from hirise.runs.saliency import (
    COLUMNS,
    GRID,
    pack_map,
    read_saliency,
    saliency_path,
    stored_images,
    unpack_map,
    write_saliency,
)


def rows(*images, share=0.25, asked="a"):
    heat = np.zeros((GRID, GRID))
    heat[3, 4], heat[5, 6] = 8, 2
    row = (asked, "grad-cam", 0.5, share, pack_map(heat))
    return pd.DataFrame([(name, *row) for name in images], columns=list(COLUMNS))


@pytest.fixture
def run(artifacts, make_run):
    return make_run(artifacts).read()


def test_a_map_and_back():
    heat = np.zeros((GRID, GRID))
    heat[3, 4], heat[5, 6] = 8, 2
    stored = pack_map(heat)
    assert len(stored) == 2048
    found = unpack_map(stored)
    assert (found[3, 4], found[5, 6], found.sum()) == (1, 0.25, 1.25)
    for odd in (np.zeros((GRID, GRID)), np.full((GRID, GRID), np.nan)):
        assert not unpack_map(pack_map(odd)).any()


def test_rows_are_merged_and_the_new_one_stays(run):
    before = run.stamp
    assert read_saliency(run, "val") is None
    write_saliency(run, "val", rows("1", "2"))
    assert run.stamp != before
    write_saliency(run, "val", rows("2", "3", share=np.nan))
    found = read_saliency(run, "val").set_index("image")
    assert list(found.index) == ["1", "2", "3"]
    assert found["border_share"].isna().tolist() == [False, True, True]
    assert unpack_map(found.loc["3", "map"])[3, 4] == 1
    assert list(stored_images(run, "val")) == ["1", "2", "3"]
    assert stored_images(run, "test") == []
    assert "map" not in read_saliency(run, "val", maps=False)


def test_an_interrupted_writing_leaves_what_was_there(run, monkeypatch):
    def broken(frame, path, **_):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(pd.DataFrame, "to_parquet", broken)
    with pytest.raises(KeyboardInterrupt):
        write_saliency(run, "val", rows("1"))
    assert list((run.folder / "saliency").iterdir()) == []
    monkeypatch.undo()
    write_saliency(run, "val", rows("1"))
    monkeypatch.setattr(pd.DataFrame, "to_parquet", broken)
    with pytest.raises(KeyboardInterrupt):
        write_saliency(run, "val", rows("2"))
    assert list(stored_images(run, "val")) == ["1"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda table: table.drop(columns="border_share"),
        lambda table: table.assign(map=b"short"),
        lambda table: table.assign(asked="no class"),
        lambda table: table.assign(method="guess"),
        lambda table: table.assign(border_area="much"),
        lambda table: pd.concat([table, table]),
        lambda table: table.assign(image=3),
    ],
)
def test_other_tables_are_one_line(run, spoil):
    path = saliency_path(run.folder, "val")
    path.parent.mkdir()
    spoil(rows("1")).to_parquet(path)
    with pytest.raises(InputError, match="Delete the file, then: hirise") as caught:
        read_saliency(run, "val")
    assert "\n" not in str(caught.value)


def test_a_broken_file_is_one_line(run):
    path = saliency_path(run.folder, "val")
    path.parent.mkdir()
    path.write_bytes(b"PAR1 nothing")
    with pytest.raises(InputError, match=r"val\.parquet: cannot be read as maps"):
        read_saliency(run, "val")
