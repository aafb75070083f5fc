"""The three HiRISE releases, with every trap that they hold."""

from __future__ import annotations

import os

import pytest
from PIL import Image

from hirise.data import assign_split, read_catalog
from hirise.errors import InputError

A, B, C, D = (f"ESP_000001_1450_RED-{number:04d}.jpg" for number in range(4))
COPY = "ESP_000001_1450_RED-0001-r90.jpg"


@pytest.fixture
def make_release(tmp_path):
    """A release: its label file, image folder, and what else lies beside them."""

    def make(label_file, image_folder, labels, *, images=None, name="data", **beside):
        root = tmp_path / name
        folder = root / image_folder
        folder.mkdir(parents=True)
        lines = "".join(f"{image} {label}\n" for image, label in labels.items())
        (root / label_file).write_text(lines)
        for image in labels if images is None else images:
            Image.new("L", (8, 8)).save(folder / image)
        for file, text in beside.items():
            (root / file).write_text(text)
        return root

    return make


def test_v1_has_classes_of_its_own(make_release):
    root = make_release("labels-map-proj.txt", "map-proj", {A: 6, B: 3, C: 0})
    catalog = read_catalog(root)
    assert catalog.layout == "hirise-v1"
    assert list(catalog.table["class_name"]) == ["edge", "streak", "other"]
    assert len(catalog.class_names) == 7
    assert catalog.table["path"][0] == f"map-proj/{A}"
    assert catalog.table["landmark"][0] == "ESP_000001_1450_RED-0000"
    with pytest.raises(InputError, match="hirise-v1 comes without a split"):
        assign_split(catalog, "published")


def test_an_id_that_v1_does_not_have(make_release):
    root = make_release("labels-map-proj.txt", "map-proj", {A: 0, B: 7})
    with pytest.raises(InputError, match=r"line 2: Class id 7 .* \(0 to 6\)"):
        read_catalog(root)


def test_v1_never_takes_the_images_of_v3(make_release):
    labels = {A: 1, B: 2}
    root = make_release("labels-map-proj.txt", "map-proj", labels, images=[A])
    more = make_release("labels.txt", "map-proj-v3", {A: 1, B: 1, C: 1}, name="v3")
    (more / "map-proj-v3").rename(root / "map-proj-v3")
    catalog = read_catalog(root)
    assert list(catalog.table["path"]) == [f"map-proj/{A}"]
    assert catalog.n_absent == 1
    (root / "map-proj").rename(root.parent / "moved")
    with pytest.raises(InputError, match="no images of hirise-v1"):
        read_catalog(root)


def test_v3_never_takes_the_images_of_v1(make_release):
    root = make_release("labels-map-proj-v3.txt", "map-proj", {A: 1, B: 2})
    with pytest.raises(InputError, match="no images of hirise-v3"):
        read_catalog(root)


@pytest.mark.parametrize("dash", ["-", "_"])
def test_v3_2_with_its_traps(make_release, dash):
    labels = {A: 0, B: 1, COPY: 1, C: 2, D: 0}
    split = (
        f"{A} 0 train\n{B} 1 val\n{COPY} 1 val\n{B} 1 val\n{A} 0 train\n{C} 2 test\n"
    )
    version = f"map-proj{dash}v3{dash}2"
    root = make_release(
        f"labels-{version}.txt",
        version,
        labels,
        **{
            f"labels-{version}_train_val_test.txt": split,
            f"landmarks_{version}_classmap.csv": "0,other\n1,crater\n2,dark dune\n",
        },
    )
    side_files = root / "__MACOSX" / version
    side_files.mkdir(parents=True)
    for image in labels:
        (side_files / f"._{image}").write_bytes(b"\0\5\26\7")
        (root / version / f"._{image}").write_bytes(b"\0\5\26\7")
    catalog = read_catalog(root)
    assert catalog.layout == "hirise-v3.2"
    assert catalog.class_names == ("other", "crater", "dark dune")
    assert len(catalog.table) == catalog.n_labels == 5
    assert catalog.problem_counts == {}
    sides = dict(zip(catalog.table["image"], catalog.table["split"], strict=True))
    assert sides == {A: "train", B: "val", COPY: "val", C: "test", D: ""}
    published = assign_split(catalog, "published")
    assert list(published.split) == list(catalog.table["split"])


def test_several_releases_below_one_folder_are_not_joined(make_release, tmp_path):
    make_release("labels-map-proj.txt", "map-proj", {A: 0}, name="one")
    make_release("labels-map-proj-v3.txt", "map-proj-v3", {A: 0}, name="three")
    with pytest.raises(InputError, match=r"several releases: one, three\. Name one"):
        read_catalog(tmp_path)


def test_problems_are_counted_with_the_absent(make_release):
    labels = {A: 0, B: 1, C: 2}
    root = make_release("labels-map-proj-v3.txt", "map-proj-v3", labels, images=[A, D])
    assert read_catalog(root).problem_counts == {"unlabelled": 1, "absent": 2}


@pytest.mark.skipif(os.name == "nt", reason="links, pipes and such names are POSIX")
def test_names_that_are_no_text_and_pipes_harm_nothing(make_release):
    root = make_release("labels-map-proj-v3.txt", "map-proj-v3", {A: 0, B: 1})
    folder = root / "map-proj-v3"
    os.mkfifo(folder / C)
    with (root / "labels-map-proj-v3.txt").open("a") as file:
        file.write(f"{C} 1\n")
    try:
        (folder / os.fsdecode(b"caf\xe9.jpg")).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system refuses names that are no text")
    catalog = read_catalog(root)
    assert list(catalog.table["image"]) == [A, B]
    assert [tuple(row) for row in catalog.problems.itertuples(index=False)] == [
        ("caf\\udce9.jpg", "unlabelled", "not in labels-map-proj-v3.txt"),
        (C, "corrupt", "not a file"),
    ]


@pytest.mark.slow
def test_all_of_v3_is_indexed(make_release):
    names = [
        f"ESP_{observation:06d}_1450_RED-{landmark:04d}.jpg"
        for observation in range(232)
        for landmark in range(315)
    ][:73_031]
    labels = {name: number % 8 for number, name in enumerate(names)}
    root = make_release("labels-map-proj-v3.txt", "map-proj-v3", labels, images=[])
    few = []
    for number in range(8):
        few.append(root / f"few-{number}.jpg")
        Image.effect_noise((227, 227), 40 + number).save(few[-1])
    for number, name in enumerate(names):
        (root / "map-proj-v3" / name).symlink_to(few[number % 8])
    catalog = read_catalog(root)
    assert len(catalog.table) == catalog.n_labels == 73_031
