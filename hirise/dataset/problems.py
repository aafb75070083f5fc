"""What is wrong with the images of a folder, one row per image and problem."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

COLUMNS = ("image", "problem", "detail")


def problem_rows(
    images: Sequence[str], problem: str, detail: str | Sequence[str]
) -> pd.DataFrame:
    """A table of problems: columns `image`, `problem` and `detail`, all text."""
    columns = {"image": images, "problem": problem, "detail": detail}
    return pd.DataFrame(columns, index=range(len(images)), columns=COLUMNS, dtype="str")


def one_label_each(
    lines: pd.DataFrame, class_names: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The images with one label, and the problems of those that have several.

    An image that several lines give the same label keeps it. One with two different
    labels is left out: neither can be trusted.

    Parameters
    ----------
    lines : DataFrame
        Columns `image`, `label` and `line`, as `hirise.labels.read_label_file` returns.
    class_names : sequence of str
        In the order of the ids.
    """
    again = lines[lines["image"].duplicated(keep=False)]
    names = again["label"].map(dict(enumerate(class_names)))
    said = "line " + again["line"].astype("str") + " says " + names
    groups = again.assign(said=said).groupby("image")
    several = groups["label"].min() != groups["label"].max()
    details = groups["said"].agg(", ".join)
    conflicting, repeated = details[several], details[~several]
    labels = lines.drop_duplicates("image")
    labels = labels[~labels["image"].isin(conflicting.index)]
    problems = [
        problem_rows(list(repeated.index), "repeated", list(repeated)),
        problem_rows(list(conflicting.index), "conflicting", list(conflicting)),
    ]
    return labels, pd.concat(problems, ignore_index=True)


def looked_at(looks: pd.DataFrame) -> pd.DataFrame:
    """The corrupt images, and those of another size than most: they will be resized.

    Parameters
    ----------
    looks : DataFrame
        Column `image` and what `hirise.dataset.probe.probe_images` returns.
    """
    bad = looks[looks["detail"] != ""]
    corrupt = problem_rows(list(bad["image"]), "corrupt", list(bad["detail"]))
    sound = looks[looks["detail"] == ""]
    if sound.empty:
        return corrupt
    width, height = sound.value_counts(["width", "height"]).index[0]
    other = sound[(sound["width"] != width) | (sound["height"] != height)]
    details = [
        f"{w}×{h} instead of {width}×{height} pixels"
        for w, h in zip(other["width"], other["height"], strict=True)
    ]
    resized = problem_rows(list(other["image"]), "resized", details)
    return pd.concat([corrupt, resized], ignore_index=True)
