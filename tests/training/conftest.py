"""A small network trained on small made-up images, once for all tests that read it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hirise.recipes import recipe_named, with_settings
from hirise.runs import Run
from hirise.training.plan import Plan, make_plan
from hirise.training.session import train

SMALL = {
    "image_size": "32",
    "filters": "4,8,8",
    "epochs": "3",
    "batch_size": "16",
    "select_by": "macro_f1",
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """96 images in the v3 layout, two classes told apart by their brightness."""
    root: Path = tmp_path_factory.mktemp("data")
    images = root / "map-proj-v3"
    images.mkdir()
    rng = np.random.default_rng(0)
    lines = []
    for number in range(96):
        label = number % 2
        name = f"ESP_{number // 8:06d}_1450_RED-{number % 8:04d}.jpg"
        pixels = rng.integers(0, 100, (32, 32), dtype=np.uint8)
        Image.fromarray(pixels + np.uint8(140 * label)).save(images / name)
        lines.append(f"{name} {label}\n")
    (root / "labels-map-proj-v3.txt").write_text("".join(lines))
    classmap = root / "landmarks_map-proj-v3_classmap.csv"
    classmap.write_text("0,other\n1,crater\n")
    return root


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A cache of decoded images for what is made once, before `own_cache`."""
    before = os.environ.get("HIRISE_CACHE")
    os.environ["HIRISE_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["HIRISE_CACHE"]
    else:
        os.environ["HIRISE_CACHE"] = before


@pytest.fixture(scope="session")
def make_small_plan(folder: Path) -> Callable[..., Plan]:
    """`make_small_plan(epochs="1", seed=3)`: small-cnn, made small."""

    def make(*, recipe: str = "small-cnn", seed: int = 0, **settings: str) -> Plan:
        changed = with_settings(recipe_named(recipe), SMALL | settings)
        return make_plan(folder, changed, split="landmark", seed=seed)

    return make


@pytest.fixture(scope="session")
def trained(
    make_small_plan: Callable[..., Plan],
    shared_cache: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """A finished run; not to be changed."""
    return train(make_small_plan(), artifacts=tmp_path_factory.mktemp("artifacts"))
