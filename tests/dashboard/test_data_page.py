"""The Data page in each state: what it shows, or why it cannot."""

import pytest

from hirise.labels import HIRISE_CLASSES


def words(app):
    """All text of the page, as it was written before it was escaped."""
    blocks = [*app.markdown, *app.caption, *app.subheader, *app.header]
    text = "\n".join(block.value for block in blocks)
    return text.replace("\\", "").replace("\u2060", "")


def alternatives(app):
    return [chart.proto.alt for chart in app.get("plotly_chart")]


def test_counts_are_those_of_the_labels_that_were_seen(example, open_page):
    app = open_page(example("healthy"), "data")
    assert not app.exception
    counts = app.dataframe[0].value
    # 250 of the 400 labels were given to train on, the other 150 to judge by.
    assert counts.sum().to_dict() == {"train": 250, "val": 150}
    assert list(counts.index) == list(HIRISE_CLASSES)


def test_of_predictions_alone_the_judged_split_is_counted(example, open_page):
    app = open_page(example("without_proba"), "data")
    counts = app.dataframe[0].value
    assert counts.sum().to_dict() == {"test": 400}
    assert "Only the test images are known, not those of training." in words(app)


def test_without_truth_there_is_nothing_to_count(example, open_page):
    app = open_page(example("without_truth"), "data")
    assert "No labels to count" in [one.value for one in app.subheader]
    assert "Images of each class on each side of the split" not in alternatives(app)


@pytest.mark.parametrize("kind", ["two_classes", "forty_classes", "odd_names"])
def test_any_names_and_number_of_classes_are_counted(example, open_page, kind):
    app = open_page(example(kind), "data")
    assert not app.exception
    assert "Images of each class on each side of the split" in alternatives(app)
