"""A small simulated Mars with six classes, each seen by many observations.

Landmarks of one observation share its look. Here every class has dozens of
observations to train on and others to be judged by, so that a sound training takes a
minute and what is planted is all that is wrong. Two classes are left out: at 64 pixels
slope streaks are too fine to be seen, and impact ejecta are rarer than one landmark in
a hundred.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hirise.data import read_catalog
from hirise.data.features import image_features, write_image_features
from hirise.data.images import load_images
from hirise.mars.labels import HIRISE_CLASSES
from hirise.mars.simulated.image import augmented, simulate_landmark
from hirise.mars.simulated.plan import FIRST_THEMES, class_of, observation_name

SEEDS, TRAINING_SEEDS, LANDMARKS = 60, 42, 2
COPIES = ("", "fh")
LEFT_OUT = ("impact ejecta", "slope streak")
CLASSES = tuple(name for name in HIRISE_CLASSES if name not in LEFT_OUT)
SIZE = 64


@dataclass(frozen=True, eq=False)
class Images:
    """Some images: (n, 64, 64, 1) float32 from 0 to 255, (n,) class ids, (n,) names."""

    x: NDArray[np.float32]
    y: NDArray[np.int64]
    names: NDArray[Any]

    def only(self, rows: Any) -> Images:
        """The images of these rows."""
        return Images(self.x[rows], self.y[rows], self.names[rows])

    def labelled(self, y: NDArray[np.int64]) -> Images:
        """The same images with other labels."""
        return replace(self, y=y)


@dataclass(frozen=True, eq=False)
class Mars:
    """All images, sorted by file name, and which of them are for training.

    `features` is the file that `hirise.data.features` makes of them.
    """

    folder: Path
    features: Path
    images: Images
    training: NDArray[np.bool_]

    @property
    def sides(self) -> tuple[Images, Images]:
        """Those to train on and those to be judged by."""
        return self.images.only(self.training), self.images.only(~self.training)


def small_mars(folder: Path) -> Mars:
    """Simulate it in the layout of v3, if it is not there, and read its pixels."""
    if not folder.is_dir():
        _write(folder)
    catalog = read_catalog(folder)
    table, decoded = catalog.table.sort_values("image"), load_images(catalog, size=SIZE)
    features = folder / "image_features.parquet"
    if not features.is_file():
        write_image_features(image_features(catalog, decoded), features)
    pixels = decoded.pixels[table.index]
    names = table["image"].to_numpy(dtype=object)
    x = pixels.astype(np.float32)
    images = Images(x, table["label"].to_numpy(dtype=np.int64), names)
    training = np.array([int(name[4:7]) < TRAINING_SEEDS for name in names])
    return Mars(folder, features, images, training)


def _write(folder: Path) -> None:
    place = folder / "map-proj-v3"
    place.mkdir(parents=True)
    lines = []
    for seed in range(SEEDS):
        for number in range(len(FIRST_THEMES)):
            observation = observation_name(seed, number)
            for index in range(LANDMARKS):
                landmark = f"{observation}_RED-{index:04d}"
                name = HIRISE_CLASSES[class_of(landmark, number)]
                if name not in LEFT_OUT:
                    label = CLASSES.index(name)
                    lines += [f"{copy} {label}\n" for copy in _copies(place, landmark)]
    (folder / "labels-map-proj-v3.txt").write_text("".join(lines), "utf-8")
    rows = [f"{number},{name}\n" for number, name in enumerate(CLASSES)]
    classmap = folder / "landmarks_map-proj-v3_classmap.csv"
    classmap.write_text("".join(rows), "utf-8")


def _copies(place: Path, landmark: str) -> list[str]:
    original, names = simulate_landmark(landmark), []
    for copy in COPIES:
        names.append(f"{landmark}{'-' if copy else ''}{copy}.jpg")
        picture = Image.fromarray(augmented(original, copy))
        picture.resize((SIZE, SIZE)).save(place / names[-1], quality=95)
    return names
