from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hirise.data import Catalog, assign_split, check_split_kind
from hirise.errors import InputError

SIDES = {"train", "val", "test"}


def make_catalog(rows):
    """`rows`: (observation, landmark, label, augmentation) per image."""
    table = pd.DataFrame(rows, columns=["observation", "landmark", "label", "copy"])
    image = table["landmark"] + "-" + table["copy"] + ".jpg"
    classes = tuple(f"c{number}" for number in range(table["label"].max() + 1))
    table = table.assign(
        image=image,
        path=image,
        class_name=[classes[label] for label in table["label"]],
        augmentation=table["copy"],
        split="",
    )
    return Catalog("", table, pd.DataFrame(), classes, "hirise-v3", len(table))


def grid(observations, landmarks, n_classes=2, copies=("", "r90")):
    return make_catalog(
        [
            (f"o{o}", f"o{o}l{landmark}", landmark % n_classes, copy)
            for o in range(observations)
            for landmark in range(landmarks)
            for copy in copies
        ]
    )


def test_random_has_the_fractions_in_every_class():
    catalog = grid(observations=10, landmarks=10)
    result = assign_split(catalog, "random", seed=1)
    counts = pd.crosstab(catalog.table["class_name"], result.split)
    assert (counts["train"] == 65).all()
    assert (counts["val"] == 15).all()
    assert (counts["test"] == 20).all()
    assert "100 images are augmented copies" in result.notes[0]


@pytest.mark.parametrize("kind", ["landmark", "observation"])
def test_a_group_stays_in_one_split(kind):
    catalog = grid(observations=12, landmarks=8)
    split = assign_split(catalog, kind).split
    assert split.groupby(catalog.table[kind]).nunique().max() == 1
    assert set(split) == SIDES


def test_same_seed_same_split_whatever_the_row_order():
    catalog = grid(observations=12, landmarks=8)
    shuffled = replace(catalog, table=catalog.table.sample(frac=1, random_state=3))
    for kind in ("random", "landmark", "observation"):
        one = assign_split(catalog, kind, seed=5).split
        same = assign_split(shuffled, kind, seed=5).split
        assert list(same.index) == list(shuffled.table.index)
        pd.testing.assert_series_equal(one, same.sort_index())
        assert not one.equals(assign_split(catalog, kind, seed=6).split)


def test_a_class_in_three_observations_is_in_every_split():
    rows = [(f"o{o}", f"o{o}l{n}", 0, "") for o in range(30) for n in range(20)]
    rows += [(f"o{o}", f"o{o}rare{n}", 1, "") for o in (4, 9, 17) for n in range(3)]
    catalog = make_catalog(rows)
    for seed in range(10):
        result = assign_split(catalog, "observation", seed=seed)
        assert result.notes == ()
        rare = result.split[catalog.table["label"] == 1]
        assert rare.value_counts().to_dict() == {"train": 3, "val": 3, "test": 3}


def test_a_class_that_cannot_be_everywhere_is_named():
    rows = [(f"o{o}", f"o{o}l{n}", 0, "") for o in range(9) for n in range(4)]
    rows += [("o2", "o2rare", 1, ""), ("o3", "o3rare", 1, ""), ("o5", "o5x", 2, "")]
    result = assign_split(make_catalog(rows), "observation")
    assert result.notes == (
        "No image of 'c1' in val (2 in all).",
        "No image of 'c2' in val (1 in all).",
        "No image of 'c2' in test (1 in all).",
    )


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 2)), min_size=12, max_size=60
    ).filter(lambda rows: len({observation for observation, _ in rows}) >= 3),
    st.integers(0, 99),
)
def test_any_groups_are_assigned_whole(rows, seed):
    catalog = make_catalog(
        [(f"o{o}", f"l{n}", label, "") for n, (o, label) in enumerate(rows)]
    )
    split = assign_split(catalog, "observation", seed=seed).split
    assert split.groupby(catalog.table["observation"]).nunique().max() == 1
    assert set(split) <= SIDES
    assert (split == "train").any()


@pytest.mark.parametrize(
    "fractions",
    [
        (0.5, 0.5),
        (0.5, 0.3, 0.1),
        (1.0, 0.0, 0.0),
        (0.7, -0.1, 0.4),
        (float("nan"),) * 3,
    ],
)
def test_fractions_that_make_no_whole_are_refused(fractions):
    with pytest.raises(InputError, match="three positive numbers that sum to 1"):
        assign_split(grid(5, 5), "random", fractions=fractions)


def test_kinds_that_are_unknown_or_not_possible():
    catalog = grid(observations=2, landmarks=4)
    with pytest.raises(InputError, match=r"no split 'landmarks'.*'landmark'\?"):
        assign_split(catalog, "landmarks")
    with pytest.raises(InputError, match=r"be made\. hirise-v3 comes without a"):
        assign_split(catalog, "published")
    with pytest.raises(InputError, match="only 2 observations"):
        assign_split(catalog, "observation")
    assert check_split_kind(catalog, "landmark") is None
    nameless = replace(catalog, table=catalog.table.assign(landmark=""))
    assert "The file names do not tell the landmark" in str(
        check_split_kind(nameless, "landmark")
    )


def test_published_is_what_came_with_the_release():
    catalog = grid(observations=1, landmarks=2)
    sides = ["train", "val", "test", ""]
    catalog = replace(catalog, table=catalog.table.assign(split=sides))
    assert list(assign_split(catalog, "published").split) == sides


@pytest.mark.real
@pytest.mark.parametrize("kind", ["random", "landmark", "observation"])
def test_real_classes_are_in_every_split(real_catalog, kind):
    for seed in range(3):
        result = assign_split(real_catalog, kind, seed=seed)
        assert not [note for note in result.notes if note.startswith("No image")]
        shares = result.split.value_counts(normalize=True)
        assert shares["train"] == pytest.approx(0.65, abs=0.02)
        assert shares["val"] == pytest.approx(0.15, abs=0.02)
