from __future__ import annotations

import errno
import shutil
from collections import namedtuple

import numpy as np
import pytest
from PIL import Image

from hirise.data import load_images, read_catalog
from hirise.errors import InputError
from hirise.mars.names import parse_names
from hirise.mars.simulated import simulate_image, write_release
from hirise.mars.simulated.image import COPIES, simulate_landmark
from hirise.mars.simulated.plan import plan_landmarks
from hirise.mars.simulated.release import image_table, split_lines

N = 40
# facts.md: images of v3.2 per class, the share of "other" in its test split.
V3_2 = np.array([52_722, 5_024, 766, 1_575, 1_654, 476, 1_834, 896]) / 64_947
TEST_OTHER = 0.8265


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated") / "mars"
    write_release(folder, n_landmarks=N, seed=3)
    return folder


@pytest.fixture(scope="module")
def plan():
    return plan_landmarks(1_500, 0)


def some_landmarks(plan, label, n):
    """Landmarks of a class, from as many observations as there are."""
    found = plan[plan["label"] == label]
    return found.sort_values("landmark", key=lambda names: names.str[-4:])[
        "landmark"
    ].head(n)


def test_a_release_is_read_as_simulated_and_whole(release):
    catalog = read_catalog(release)
    table = catalog.table
    assert catalog.layout == "simulated"
    assert catalog.problems.empty
    assert (catalog.n_labels, catalog.n_absent) == (len(table), 0)
    assert min(catalog.class_counts) > 0
    assert (table["landmark"] != "").all()
    copies = table.groupby("landmark")["augmentation"].agg(set)
    sides = table.groupby("landmark")["split"].agg(set)
    for landmark, side in sides.items():
        whole = {"", *COPIES} if side != {"test"} else {""}
        assert copies[landmark] == whole
        assert len(side) == 1
    assert set(table["split"]) == {"train", "val", "test"}
    assert len(copies) == N


def test_every_image_is_a_grey_jpeg_of_227_pixels(release):
    paths = list((release / "map-proj-v3_2").iterdir())
    for path in paths:
        with Image.open(path) as image:
            assert (image.format, image.mode, image.size) == ("JPEG", "L", (227, 227))
    sizes = [path.stat().st_size for path in paths]
    assert 8_000 < np.mean(sizes) < 18_000
    assert "computed" in (release / "SIMULATED.txt").read_text()


def test_an_image_can_be_simulated_again_from_its_name(release):
    catalog = read_catalog(release)
    rows = [0, len(catalog.table) // 2]
    pixels = load_images(catalog, size=227).pixels
    for row in rows:
        again = simulate_image(catalog.table["image"][row]).astype(int)
        assert np.abs(again - pixels[row, ..., 0]).mean() < 2


def test_bytes_depend_on_the_name_alone(release, tmp_path):
    write_release(tmp_path / "more", n_landmarks=N + 8, seed=3)
    folders = [folder / "map-proj-v3_2" for folder in (release, tmp_path / "more")]
    one, other = ({path.name: path for path in each.iterdir()} for each in folders)
    shared = one.keys() & other.keys()
    assert len(shared) > len(one) / 2
    assert all(one[name].read_bytes() == other[name].read_bytes() for name in shared)


def test_another_seed_gives_other_landmarks():
    names = [set(plan_landmarks(N, seed)["landmark"]) for seed in (0, 1)]
    assert not names[0] & names[1]


def test_copies_are_rotated_clockwise_flipped_and_brighter():
    landmark = plan_landmarks(N, 0)["landmark"][0]
    original = simulate_image(f"{landmark}.jpg")
    copy = {name: simulate_image(f"x/{landmark}-{name}.jpg") for name in COPIES}
    # The upper left corner goes to the upper right when turned clockwise.
    assert (copy["r90"][:, -1] == original[0]).all()
    assert (copy["r180"][-1] == original[0, ::-1]).all()
    assert (copy["r270"][::-1, 0] == original[0]).all()
    assert (copy["fh"][:, 0] == original[:, -1]).all()
    assert (copy["fv"][0] == original[-1]).all()
    assert (copy["brt"] >= original.clip(max=234)).all()
    for name in set(COPIES) - {"brt"}:
        assert np.array_equal(np.sort(copy[name], None), np.sort(original, None))


def test_class_frequencies_are_those_of_v3_2(plan):
    images = image_table(plan)
    shares = np.bincount(images["label"]) / len(images)
    assert np.abs(shares - V3_2).max() < 0.005
    assert (shares / V3_2).round(1).max() <= 1.2
    test = images[images["split"] == "test"]
    train = images[images["split"] == "train"]
    assert (test["label"] == 0).mean() == pytest.approx(TEST_OTHER, abs=0.005)
    dark = [(side["label"] == 2).mean() for side in (test, train)]
    assert 2.3 < dark[0] / dark[1] < 3.5


def test_rare_classes_sit_in_few_observations_and_give_themselves_away(plan):
    observation = parse_names(plan["landmark"] + ".jpg")["observation"]
    n_observations = observation.groupby(plan["label"]).nunique()
    assert n_observations[[4, 6, 7]].between(3, 6).all()
    assert n_observations[1] > 20
    usual = plan.groupby(observation)["label"].agg(lambda labels: labels.mode()[0])
    right = observation.map(usual) == plan["label"]
    assert right.mean() > (plan["label"] == 0).mean() + 0.03


def test_the_split_file_repeats_rows_of_train_and_val_only(plan):
    lines = split_lines(image_table(plan))
    again = lines[lines.duplicated()]
    assert 0.02 < len(again) / len(lines) < 0.08
    assert set(again.str.split().str[2]) == {"train", "val"}


def test_classes_have_different_pictures(plan):
    images = {
        label: np.stack([simulate_landmark(name) for name in chosen])
        for label in (2, 4)
        if len(chosen := some_landmarks(plan, label, 8))
    }
    usual = {label: np.median(each, axis=(1, 2)) for label, each in images.items()}
    assert usual[2].mean() < usual[4].mean() - 30


@pytest.mark.parametrize("name", ["ESP_011623_2100_RED-0069.jpg", "a.jpg", ""])
def test_the_name_of_a_real_image_is_refused(name):
    with pytest.raises(ValueError, match="not one of simulated Mars"):
        simulate_image(name)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_landmarks": 39}, "`landmarks` must be from 40 to 20,000, got 39"),
        ({"seed": 1000}, "`seed` must be from 0 to 999, got 1000"),
    ],
)
def test_numbers_out_of_range_are_refused(tmp_path, options, message):
    with pytest.raises(InputError, match=message):
        write_release(tmp_path / "mars", **options)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_anything_else_is_left_as_it_is(release, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    own = tmp_path / "own"
    shutil.copytree(release, own)
    (own / "results.csv").write_text("mine")
    for folder, name in ((tmp_path, "notes.txt"), (own, "results.csv")):
        with pytest.raises(InputError, match=f"holds something else .*{name}"):
            write_release(folder, n_landmarks=N)
    with pytest.raises(InputError, match="is a file"):
        write_release(tmp_path / "notes.txt", n_landmarks=N)
    assert (own / "results.csv").read_text() == "mine"


def test_the_working_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="working folder"):
        write_release(tmp_path, n_landmarks=N)


def test_an_earlier_simulation_is_replaced(release, tmp_path):
    folder = tmp_path / "mars"
    shutil.copytree(release, folder)
    write_release(folder, n_landmarks=N, seed=4)
    observations = read_catalog(folder).table["observation"]
    assert observations.str[4:7].unique().tolist() == ["004"]
    assert [path.name for path in tmp_path.iterdir()] == ["mars"]


def test_a_full_disk_leaves_nothing_half_written(release, tmp_path, monkeypatch):
    folder = tmp_path / "mars"
    shutil.copytree(release, folder)
    before = sorted(path.name for path in folder.rglob("*"))
    save, n_saved = Image.Image.save, iter(range(100))

    def save_until_full(self, *args, **options):
        if next(n_saved) == 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        save(self, *args, **options)

    monkeypatch.setattr(Image.Image, "save", save_until_full)
    with pytest.raises(InputError, match=r"cannot be written \(No space left"):
        write_release(folder, n_landmarks=N, seed=5)
    assert sorted(path.name for path in folder.rglob("*")) == before
    assert [path.name for path in tmp_path.iterdir()] == ["mars"]


def test_too_little_room_is_reported_before_anything_is_written(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")(1, 1, 1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(
        InputError, match=r"images needs 3\.54 MB, but only 1 MB are free"
    ):
        write_release(tmp_path / "mars", n_landmarks=N)
    assert list(tmp_path.iterdir()) == []
