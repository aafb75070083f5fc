import pytest

from hirise.errors import InputError
from hirise.mars.blog import EXERCISES, parse_exercises
from hirise.training.replay.plan import image_folder, make_replay


def test_whole_landmarks_are_sampled_and_split_as_the_blog_did(make_dataset):
    data = make_dataset(observations=10, landmarks=5)
    plan = make_replay(data, epochs=1, images=60)
    assert (len(plan.training), len(plan.test)) == (48, 12)
    images = [*plan.training["image"], *plan.test["image"]]
    assert len(set(images)) == 60
    landmarks = {image.replace("-r90", "") for image in images}
    assert len(landmarks) == 30
    assert plan.training["file"].is_monotonic_increasing
    again = make_replay(data, epochs=1, images=60)
    assert again.test["image"].tolist() == plan.test["image"].tolist()


def test_the_folder_holds_the_training_images_alone(make_dataset):
    plan = make_replay(make_dataset(observations=10), epochs=1, images=None)
    with image_folder(plan) as folder:
        files = sorted(path.name for path in folder.iterdir())
        assert files == plan.training["file"].tolist()
        first = folder / files[0]
        source = plan.catalog.root / plan.training["path"][0]
        assert first.read_bytes() == source.read_bytes()
    assert not folder.exists()
    assert source.exists()


def test_too_few_images_are_refused(make_dataset):
    with pytest.raises(InputError, match="needs 60 images or more, got 48"):
        make_replay(make_dataset(), epochs=1, images=None)


def test_exercises_by_name():
    assert parse_exercises("1,2a,2b,3,4a,4b,4c,final") == EXERCISES
    assert [one.key for one in parse_exercises("final, 3")] == ["3", "final"]
    with pytest.raises(InputError, match=r"No exercise '4d'.*There are: 1, 2a"):
        parse_exercises("4d")
    with pytest.raises(InputError, match="names none"):
        parse_exercises(" ,")
