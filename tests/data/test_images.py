from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from recorded_progress import RecordedProgress

from hirise.data import images as images_module
from hirise.data import load_images, read_catalog
from hirise.errors import InputError

A, B, C = (f"ESP_000001_1450_RED-{number:04d}.jpg" for number in range(3))


def cache_entries():
    return sorted(path.name for path in Path(os.environ["HIRISE_CACHE"]).iterdir())


def sizes_kept():
    return {name.rpartition("-")[2] for name in cache_entries()}


def test_pixels_are_those_of_the_files(make_dataset):
    root = make_dataset({A: 0, B: 1, C: 2})
    decoded = load_images(read_catalog(root), size=16)
    assert decoded.pixels.shape == (3, 16, 16, 1)
    assert decoded.pixels.dtype == np.uint8
    assert decoded.kept.all()
    assert decoded.problems.empty
    for row, name in enumerate((A, B, C)):
        with Image.open(root / "map-proj-v3" / name) as image:
            np.testing.assert_array_equal(
                decoded.pixels[row, ..., 0], np.asarray(image)
            )


def test_another_size_is_the_mean_over_the_area(make_dataset):
    root = make_dataset({A: 0})
    halves = np.zeros((300, 400), dtype=np.uint8)
    halves[:, 200:] = 200
    Image.fromarray(halves).convert("RGB").save(root / "map-proj-v3" / A, quality=95)
    pixels = load_images(read_catalog(root), size=10).pixels[0]
    np.testing.assert_allclose(pixels[:, :4], 0, atol=2)
    np.testing.assert_allclose(pixels[:, 6:], 200, atol=2)
    assert pixels.mean() == pytest.approx(100, abs=3)


def test_sixteen_bits_keep_their_upper_half(make_dataset):
    root = make_dataset({A: 0})
    path = root / "map-proj-v3" / A
    Image.fromarray(np.full((8, 8), 40_000, dtype=np.uint16)).save(path, format="PNG")
    assert (load_images(read_catalog(root), size=8).pixels == 40_000 // 256).all()


def test_what_cannot_be_decoded_is_masked(make_dataset):
    root = make_dataset({A: 0, B: 1, C: 2}, size=64)
    path = root / "map-proj-v3" / B
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)
    Image.fromarray(noise).save(path, format="PNG")
    # Its head is whole: only decoding shows that the rest is missing.
    path.write_bytes(path.read_bytes()[:2000])
    for _ in ("decoded", "from the cache"):
        decoded = load_images(read_catalog(root), size=64)
        assert list(decoded.kept) == [True, False, True]
        assert list(decoded.problems["image"]) == [B]
        assert list(decoded.problems["problem"]) == ["corrupt"]
        assert (decoded.pixels[1] == 0).all()


def test_a_file_that_is_gone_or_a_bomb_is_masked(make_dataset, monkeypatch):
    root = make_dataset({A: 0, B: 1, C: 2})
    Image.new("L", (60, 60)).save(root / "map-proj-v3" / B)
    catalog = read_catalog(root)
    (root / "map-proj-v3" / A).unlink()
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 2_000)
    decoded = load_images(catalog, size=16)
    assert list(decoded.kept) == [False, False, True]
    assert "too many pixels" in decoded.problems["detail"][1]


def test_the_second_time_nothing_is_decoded(make_dataset, monkeypatch):
    catalog = read_catalog(make_dataset())
    progress = RecordedProgress()
    first = load_images(catalog, size=16, progress=progress)
    n = len(catalog.table)
    step = "Reading the images"
    assert progress.updates == [(step, 0, 0), (step, n, n)]
    monkeypatch.setattr(images_module, "decode", None)
    again = load_images(catalog, size=16, progress=progress)
    assert progress.updates[2:] == [(step, 0, 0)]
    np.testing.assert_array_equal(first.pixels, again.pixels)
    with pytest.raises(ValueError, match="read-only"):
        again.pixels[0] = 1


def test_the_content_is_the_key_not_the_date(make_dataset):
    root = make_dataset({A: 0, B: 1})
    before = load_images(read_catalog(root), size=16).pixels[0].copy()
    path = root / "map-proj-v3" / A
    stamp = path.stat()
    Image.fromarray(255 - before[..., 0]).save(path)
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    after = load_images(read_catalog(root), size=16).pixels[0]
    assert not np.array_equal(before, after)
    assert len(cache_entries()) == 2


def test_a_damaged_entry_is_made_anew(make_dataset):
    catalog = read_catalog(make_dataset({A: 0, B: 1}))
    before = load_images(catalog, size=16).pixels.copy()
    (entry,) = cache_entries()
    path = Path(os.environ["HIRISE_CACHE"], entry, "pixels.npy")
    path.write_bytes(path.read_bytes()[:200])
    np.testing.assert_array_equal(load_images(catalog, size=16).pixels, before)


def test_the_least_recently_used_entry_goes_first(make_dataset, monkeypatch):
    catalog = read_catalog(make_dataset({A: 0, B: 1}))
    load_images(catalog, size=64)
    load_images(catalog, size=65)
    folder = Path(os.environ["HIRISE_CACHE"])
    for age, size in ((50, 65), (90, 64)):
        (entry,) = folder.glob(f"*-{size}")
        os.utime(entry, (1e9 - age, 1e9 - age))
    abandoned = folder / ".tmp-1"
    abandoned.mkdir()
    os.utime(abandoned, (1e9, 1e9))
    load_images(catalog, size=64)
    # Each entry is about 8.5 kB; the limit has room for two.
    monkeypatch.setenv("HIRISE_CACHE_GB", "2e-5")
    load_images(catalog, size=63)
    assert sizes_kept() == {"63", "64"}
    monkeypatch.setenv("HIRISE_CACHE_GB", "0")
    assert load_images(catalog, size=62).pixels.shape == (2, 62, 62, 1)
    assert sizes_kept() == {"62"}


def test_an_invalid_limit_is_one_line(make_dataset, monkeypatch):
    monkeypatch.setenv("HIRISE_CACHE_GB", "much")
    with pytest.raises(InputError, match="HIRISE_CACHE_GB is 'much'"):
        load_images(read_catalog(make_dataset({A: 0})), size=8)


def test_a_full_disk_is_one_line_and_leaves_nothing(make_dataset, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(images_module, "_write_header", full)
    with pytest.raises(InputError, match=r"\(No space left on device\)\. Free"):
        load_images(read_catalog(make_dataset({A: 0})), size=8)
    assert cache_entries() == []


def test_a_cache_that_cannot_be_written_is_one_line(make_dataset, monkeypatch):
    root = make_dataset({A: 0})
    monkeypatch.setenv("HIRISE_CACHE", str(root / "labels-map-proj-v3.txt" / "x"))
    with pytest.raises(InputError, match=r"This cannot be written \(Not"):
        load_images(read_catalog(root), size=8)


def test_two_processes_at_once_agree(make_dataset):
    root = make_dataset(observations=10, landmarks=10)
    code = (
        "import sys; from pathlib import Path\n"
        "from hirise.data import load_images, read_catalog\n"
        "print(int(load_images(read_catalog(Path(sys.argv[1])), size=32).pixels.sum()))"
    )
    command = [sys.executable, "-c", code, str(root)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
    sums = {process.communicate()[0] for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert len(sums) == 1
    assert len(cache_entries()) == 1


@pytest.mark.real
def test_real_images(real_catalog):
    decoded = load_images(real_catalog, size=64)
    assert decoded.pixels.shape == (6_004, 64, 64, 1)
    assert decoded.kept.all()
