"""Tags of a run and its images, and corrected labels, in the run folder."""

import json

import pytest

from hirise.errors import InputError
from hirise.runs import create_run, read_tags, tag_images, tag_run
from hirise.runs.corrected import CORRECTED, keep_corrected, read_corrected
from hirise.runs.tags import MOST_TAGS, TAGS, check_tag


def test_a_run_and_its_images_have_tags(make_run, artifacts):
    run = make_run(artifacts).read()
    stamp = run.stamp
    assert read_tags(run).run == ()
    tag_run(run, "promising")
    tag_run(run, " second try ")
    tag_images(run, "val", "blurred", ["a.jpg", "b.jpg", "a.jpg"])
    tag_images(run, "val", "check", ["b.jpg"])
    tag_images(run, "test", "blurred", ["a.jpg"])
    document = json.loads((run.folder / TAGS).read_text())
    assert document == {
        "format": 1,
        "run": ["promising", "second try"],
        "images": {
            "val": {"blurred": ["a.jpg", "b.jpg"], "check": ["b.jpg"]},
            "test": {"blurred": ["a.jpg"]},
        },
    }
    # Nothing that was evaluated changes.
    assert run.stamp == stamp
    assert not (run.folder / ".lock").exists()


def test_removed_tags_leave_nothing(make_run, artifacts):
    run = make_run(artifacts).read()
    tag_run(run, "promising")
    tag_images(run, "val", "blurred", ["a.jpg"])
    tag_images(run, "val", "blurred", ["a.jpg", "unknown.jpg"], remove=True)
    tags = tag_run(run, "promising", remove=True)
    assert (tags.run, tags.images) == ((), {})


@pytest.mark.parametrize("tag", ["", " ", "a,b", "two\nlines", "x" * 41])
def test_what_is_no_tag_is_refused(tag):
    with pytest.raises(InputError, match="one line of 1 to 40 characters"):
        check_tag(tag)


def test_there_are_bounds(make_run, artifacts):
    run = make_run(artifacts).read()
    for number in range(MOST_TAGS):
        tag_run(run, f"tag {number}")
    tag_run(run, "tag 7")  # one that it has
    with pytest.raises(InputError, match="100 different tags"):
        tag_run(run, "one more")
    assert len(read_tags(run).run) == MOST_TAGS
    with pytest.raises(InputError, match="100,001 images have the tag"):
        tag_images(run, "val", "all", map(str, range(100_001)))


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"format": 1, "run": "x"}', '{"format": 1, "run": [""]}']
)
def test_a_broken_file_is_one_line(make_run, artifacts, text):
    run = make_run(artifacts).read()
    (run.folder / TAGS).write_text(text)
    with pytest.raises(InputError, match=r"Restore the file, or delete|no format"):
        read_tags(run)


def test_nothing_is_written_into_an_example(artifacts):
    run = create_run(artifacts / "examples", title="x", class_names=["a"]).read()
    for change in (
        lambda: tag_run(run, "x"),
        lambda: tag_images(run, "val", "x", ["a.jpg"]),
        lambda: keep_corrected(run, {"a.jpg": "a"}),
    ):
        with pytest.raises(InputError, match="is an example"):
            change()


def test_corrected_labels_are_read_as_they_were_written(make_run, artifacts):
    run = make_run(artifacts).read()
    assert read_corrected(run) == {}
    labels = {"a,b.jpg": "crater", 'say "x".jpg': "dark dune", "ü.jpg": "ö"}
    keep_corrected(run, labels)
    assert read_corrected(run) == labels
    keep_corrected(run, {})
    assert not (run.folder / CORRECTED).exists()


@pytest.mark.parametrize("text", ["", "image\na.jpg\n", "image,class_name\na\n"])
def test_another_table_is_refused(make_run, artifacts, text):
    run = make_run(artifacts).read()
    (run.folder / CORRECTED).write_text(text)
    with pytest.raises(InputError, match="columns image,class_name"):
        read_corrected(run)
