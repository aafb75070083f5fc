"""Simulated Mars as a folder in the layout of HiRISE v3.2."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd
from PIL import Image

from hirise.errors import InputError, parameter
from hirise.files import check_room, disk_errors, whole_folder
from hirise.mars.labels import HIRISE_CLASSES
from hirise.mars.releases import SIMULATED
from hirise.mars.simulated.image import COPIES, augmented, simulate_landmark
from hirise.mars.simulated.plan import DEFAULT_LANDMARKS, draw, plan_landmarks

JPEG_QUALITY = 95
BYTES_PER_IMAGE = 17_000
"""With room to spare; on disk, files take whole blocks."""

IMAGE_FOLDER = "map-proj-v3_2"
LABEL_FILE = "labels-map-proj_v3_2.txt"
SPLIT_FILE = "labels-map-proj_v3_2_train_val_test.txt"
CLASS_MAP = "landmarks_map-proj-v3_2_classmap.csv"
CONTENTS = (IMAGE_FOLDER, LABEL_FILE, SPLIT_FILE, CLASS_MAP, SIMULATED)

REPEATED = 0.044
"""Share of rows that the split file of v3.2 repeats, in train and val."""

NOTE = """\
Simulated Mars: these images were computed, no camera took them.
Layout and class frequencies are those of the HiRISE landmarks v3.2. The rest is
invented.

landmarks {n_landmarks}
seed {seed}
made with: hirise data simulate --landmarks {n_landmarks} --seed {seed}
"""

Progress = Callable[[], object]


def write_release(
    folder: Path,
    *,
    n_landmarks: int = DEFAULT_LANDMARKS,
    seed: int = 0,
    progress: Progress = lambda: None,
) -> int:
    """Simulate a release; it appears in `folder` when it is whole.

    Parameters
    ----------
    folder : Path
        New, empty, or an earlier simulated release, which is replaced.
    n_landmarks : int
        Those in train and val come in seven copies, those in test in one.
    seed : int
        0 to 999. Another seed gives other landmarks, with other names.
    progress : callable
        Called whenever a landmark is written.

    Returns
    -------
    int
        Images written.

    Raises
    ------
    InputError
        If a number is out of range, the folder holds anything else, or the disk is
        full or read-only.
    """
    plan = plan_landmarks(n_landmarks, seed)
    images = image_table(plan)
    target = folder.resolve()
    check_target(target, folder)
    elsewhere = f"choose another folder with {parameter('to')}"
    with (
        disk_errors(folder, elsewhere=elsewhere),
        whole_folder(target, replace=True) as unfinished,
    ):
        needed = len(images) * BYTES_PER_IMAGE
        check_room(target.parent, needed, what=f"Simulating {len(images):,} images")
        note = NOTE.format(n_landmarks=n_landmarks, seed=seed)
        (unfinished / SIMULATED).write_text(note, encoding="utf-8")
        _write_tables(unfinished, images)
        (unfinished / IMAGE_FOLDER).mkdir()
        for landmark, copies in images.groupby("landmark", sort=False):
            _write_copies(unfinished / IMAGE_FOLDER, str(landmark), copies)
            progress()
    return len(images)


def image_table(plan: pd.DataFrame) -> pd.DataFrame:
    """The images of planned landmarks.

    Returns
    -------
    DataFrame, one row per image
        The columns of `plan_landmarks`, `augmentation` and `image` (file name).

    Examples
    --------
    >>> plan = pd.DataFrame({"landmark": ["a"], "label": [1], "split": ["train"]})
    >>> image_table(plan)["image"].tolist()[:3]
    ['a.jpg', 'a-r90.jpg', 'a-r180.jpg']
    """
    suffixes = pd.DataFrame({"augmentation": ["", *COPIES]})
    images = plan.merge(suffixes, how="cross")
    images = images[(images["augmentation"] == "") | (images["split"] != "test")]
    ending = ("-" + images["augmentation"]).where(images["augmentation"] != "", "")
    image = images["landmark"] + ending + ".jpg"
    return images.assign(image=image).reset_index(drop=True)


def check_target(target: Path, folder: Path) -> None:
    """Refuse a folder that holds anything but an earlier simulated release.

    `target` is `folder` as an absolute path; messages show `folder`.
    """
    how = f"Name a new or empty folder with {parameter('to')}."
    if target.exists() and not target.is_dir():
        raise InputError("This is a file.", where=folder, how=how)
    if target in (Path.cwd(), *Path.cwd().parents):
        raise InputError("This is the working folder.", where=folder, how=how)
    names = sorted(path.name for path in target.iterdir()) if target.is_dir() else []
    foreign = [name for name in names if name not in CONTENTS]
    if names and (foreign or SIMULATED not in names):
        raise InputError(
            f"This folder holds something else ({(foreign or names)[0]}), so it is "
            "left as it is.",
            where=folder,
            how=how,
        )


def label_lines(images: pd.DataFrame) -> pd.Series[str]:
    """The lines of the label file, for the rows of `image_table`.

    Examples
    --------
    >>> images = pd.DataFrame({"image": ["a.jpg", "b.jpg"], "label": [1, 0]})
    >>> label_lines(images).tolist()
    ['a.jpg 1', 'b.jpg 0']
    """
    return images["image"] + " " + images["label"].astype("str")


def split_lines(images: pd.DataFrame) -> pd.Series[str]:
    """The lines of the split file; as in the real one, some stand there twice.

    Examples
    --------
    >>> plan = pd.DataFrame({"landmark": ["a"], "label": [1], "split": ["test"]})
    >>> split_lines(image_table(plan)).tolist()
    ['a.jpg 1 test']
    """
    lines = label_lines(images) + " " + images["split"]
    again = images["landmark"].map(lambda name: draw(f"repeat {name}") < REPEATED)
    return pd.concat([lines, lines[again & (images["split"] != "test")]])


def _write_tables(folder: Path, images: pd.DataFrame) -> None:
    names = [f"{number},{name}" for number, name in enumerate(HIRISE_CLASSES)]
    files: dict[str, Iterable[str]] = {
        LABEL_FILE: label_lines(images),
        SPLIT_FILE: split_lines(images),
        CLASS_MAP: names,
    }
    for file, lines in files.items():
        (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_copies(folder: Path, landmark: str, copies: pd.DataFrame) -> None:
    original = simulate_landmark(landmark)
    for image, augmentation in zip(
        copies["image"], copies["augmentation"], strict=True
    ):
        copy = Image.fromarray(augmented(original, augmentation))
        copy.save(folder / image, "JPEG", quality=JPEG_QUALITY)
