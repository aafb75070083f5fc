from __future__ import annotations

import shutil

import pytest
from PIL import Image

from hirise.data import read_catalog
from hirise.errors import InputError

A, B, C, D = (f"ESP_000001_1450_RED-{number:04d}.jpg" for number in range(4))


def label_file(root):
    return root / "labels-map-proj-v3.txt"


def problems_of(catalog):
    return [tuple(row) for row in catalog.problems.itertuples(index=False)]


def test_present_labelled_images_by_name(make_dataset):
    root = make_dataset({B: 1, A: 0, C: 3, D: 1}, present=[A, B])
    catalog = read_catalog(root)
    assert catalog.table.to_dict("list") == {
        "image": [A, B],
        "path": [f"map-proj-v3/{A}", f"map-proj-v3/{B}"],
        "label": [0, 1],
        "class_name": ["other", "crater"],
        "observation": ["ESP_000001_1450"] * 2,
        "landmark": ["ESP_000001_1450_RED-0000", "ESP_000001_1450_RED-0001"],
        "augmentation": ["", ""],
        "split": ["", ""],
    }
    assert (catalog.n_labels, catalog.n_absent) == (4, 2)
    assert catalog.labelled == (1, 2, 0, 1)
    assert catalog.class_counts == (1, 1, 0, 0)
    assert catalog.layout == "hirise-v3"
    assert problems_of(catalog) == []
    assert list(catalog.problems.columns) == ["image", "problem", "detail"]


def test_problems_are_rows_and_side_files_are_none(make_dataset):
    root = make_dataset({A: 0, B: 1, C: 2, D: 3})
    images = root / "map-proj-v3"
    with label_file(root).open("a") as file:
        file.write(f"{A} 0\n{B} 2\n")
    (images / C).write_bytes((images / C).read_bytes()[:-9])
    (images / D).write_text("<html>not found</html>")
    shutil.copy(images / A, images / "new.jpg")
    (images / f"._{A}").write_bytes(b"mac")
    (root / "__MACOSX" / "map-proj-v3").mkdir(parents=True)
    catalog = read_catalog(root)
    assert list(catalog.table["image"]) == [A]
    assert problems_of(catalog) == [
        (A, "repeated", "line 1 says other, line 5 says other"),
        (B, "conflicting", "line 2 says crater, line 6 says dark dune"),
        ("new.jpg", "unlabelled", "not in labels-map-proj-v3.txt"),
        (C, "corrupt", "truncated: no JPEG end marker"),
        (D, "corrupt", "not an image"),
    ]
    assert (catalog.n_labels, catalog.n_absent) == (4, 0)


def test_one_image_in_a_hundred_of_another_size_is_counted_and_kept(make_dataset):
    names = [f"ESP_000001_1450_RED-{number:04d}.jpg" for number in range(100)]
    root = make_dataset({name: number % 2 for number, name in enumerate(names)})
    Image.new("RGB", (40, 30)).save(root / "map-proj-v3" / names[1])
    catalog = read_catalog(root)
    told = (names[1], "resized", "40×30 instead of 16×16 pixels")
    assert problems_of(catalog) == [told]
    assert len(catalog.table) == 100


def test_sizes_that_vary_are_a_range_and_no_problem(make_dataset):
    root = make_dataset({A: 0, B: 1, C: 2})
    Image.new("RGB", (40, 12)).save(root / "map-proj-v3" / B)
    catalog = read_catalog(root)
    assert catalog.problems.empty
    assert str(catalog.sizes) == "16–40 × 12–16 pixels"


def test_empty_and_too_large_files_are_corrupt(make_dataset, monkeypatch):
    root = make_dataset({A: 0, B: 1, C: 2})
    (root / "map-proj-v3" / A).write_bytes(b"")
    Image.new("L", (60, 60)).save(root / "map-proj-v3" / B)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 2_000)
    assert problems_of(read_catalog(root)) == [
        (A, "corrupt", "empty file"),
        (B, "corrupt", "too many pixels (over 2,000)"),
    ]


@pytest.mark.parametrize("where", ["inner", "outer"])
def test_the_release_is_found_from_inside_and_from_outside(make_dataset, where):
    root = make_dataset()
    given = root / "map-proj-v3" if where == "inner" else root.parent
    assert read_catalog(given).root == root


def test_v3_2_has_a_published_split(make_dataset):
    root = make_dataset({A: 0, B: 1, C: 2})
    label_file(root).rename(root / "labels-map-proj_v3_2.txt")
    split = root / "labels-map-proj_v3_2_train_val_test.txt"
    split.write_text(f"{A} 0 train\n{A} 0 train\n{B} 1 val\n")
    catalog = read_catalog(root)
    assert catalog.layout == "hirise-v3.2"
    assert list(catalog.table["split"]) == ["train", "val", ""]


def test_a_release_without_class_map_has_the_eight_classes(make_dataset):
    root = make_dataset({A: 7})
    with pytest.raises(
        InputError, match=r"line 1: Class id 7 .* \(0 to 3\), as in 1 lines"
    ):
        read_catalog(root)
    (root / "landmarks_map-proj-v3_classmap.csv").unlink()
    assert list(read_catalog(root).table["class_name"]) == ["spider"]


def test_fingerprint_follows_names_and_labels_not_the_place(make_dataset):
    one = read_catalog(make_dataset({A: 0, B: 1}, name="one")).fingerprint
    same = read_catalog(make_dataset({B: 1, A: 0}, name="two")).fingerprint
    other = read_catalog(make_dataset({A: 0, B: 2}, name="three")).fingerprint
    assert one == same != other


def test_every_invalid_folder_is_one_clear_line(make_dataset, tmp_path):
    def refused(path):
        with pytest.raises(InputError) as error:
            read_catalog(path)
        assert "\n" not in str(error.value)
        return str(error.value)

    assert "does not exist" in refused(tmp_path / "gone")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "holds no dataset. Expected: a folder of images" in refused(empty)
    root = make_dataset({A: 0, B: 1})
    assert "This is a file" in refused(label_file(root))
    label_file(root).write_text("x.jpg 0\n")
    assert "None of the 1 images" in refused(root)
    label_file(root).write_text(f"{A} 0\n{B}\n")
    assert "Expected: IMAGE ID" in refused(root)
    label_file(root).write_text(f"{A} 0\n")
    (root / "map-proj-v3" / A).write_bytes(b"no image")
    assert "All 1 labelled images are corrupt" in refused(root)
    shutil.rmtree(root / "map-proj-v3")
    assert "holds labels but no images" in refused(root)


@pytest.mark.real
def test_the_real_sample(real_catalog):
    assert (real_catalog.n_labels, real_catalog.n_absent) == (73_031, 67_027)
    assert len(real_catalog.table) == 6_004
    assert real_catalog.problems.empty
    assert real_catalog.class_counts == (5000, 408, 108, 180, 154, 15, 95, 44)
    assert sum(real_catalog.labelled) == 73_031
    assert real_catalog.table["image"].is_monotonic_increasing
