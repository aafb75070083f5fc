"""What the tests share: the real images where they are, and small made-up ones."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from hirise.data import Catalog, read_catalog

ROOT = Path(__file__).resolve().parents[1]
CLASS_NAMES = ("other", "crater", "dark dune", "slope streak")

MakeDataset = Callable[..., Path]

IMPORTED = pytest.StashKey[bool]()
"""Whether TensorFlow has been imported."""

# Also for what is started as a process: a folder of runs holds those of its test alone.
os.environ["HIRISE_EXAMPLES"] = ""
# Each process, of the tests and of what they start, would compile every module again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@cache
def needs_tensorflow(file: str) -> bool:
    """Whether the tests of a file are marked `tensorflow`."""
    return "pytest.mark.tensorflow" in (ROOT / file).read_text(encoding="utf-8")


class WholeFiles(LoadFileScheduling):  # type: ignore[misc]
    """Files stay whole, and files that start the same dear thing stay together.

    Of the quick tests, all that need TensorFlow, which takes seconds to import; of the
    slow ones, all walks in a browser, which wait for each other's processors otherwise.
    """

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        if self.config.option.markexpr == "not slow":
            return "tensorflow" if needs_tensorflow(file) else file
        return "browser" if file.startswith("tests/browser/") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(
    config: pytest.Config, log: Producer
) -> WholeFiles | None:
    """What `--dist loadfile` in pyproject.toml stands for."""
    return WholeFiles(config, log) if config.option.dist == "loadfile" else None


def pytest_collection_finish() -> None:
    leave_out_of_garbage()


def leave_out_of_garbage() -> None:
    """Leave what was imported out of later collections of garbage.

    Streamlit collects after each run of a page, which among the million objects of
    TensorFlow takes longer than the page.
    """
    gc.collect()
    gc.freeze()


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """As at first, once TensorFlow has been imported."""
    if "tensorflow" in sys.modules and not item.config.stash.get(IMPORTED, False):
        item.config.stash[IMPORTED] = True
        leave_out_of_garbage()


@pytest.fixture(scope="session", autouse=True)
def no_power_cut() -> Iterator[None]:
    """Files are not forced onto the disk: that takes longer than most tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="session")
def places_of_caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A path per test; `mktemp` would list the thousands that are there already."""
    base = tmp_path_factory.mktemp("caches")
    return (base / str(number) for number in count())


@pytest.fixture(autouse=True)
def own_cache(
    places_of_caches: Iterator[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each test keeps decoded and simulated images in folders of its own."""
    place = next(places_of_caches)
    monkeypatch.setenv("HIRISE_CACHE", str(place / "cache"))
    monkeypatch.setenv("HIRISE_SIMULATED", str(place / "simulated"))


@pytest.fixture(scope="session")
def real_v3() -> Path:
    """The folder of real images in the official v3 layout; skips where it is absent."""
    default = ROOT.parent / "shared" / "data" / "hirise-map-proj-v3"
    folder = Path(os.environ.get("HIRISE_V3", default))
    if not folder.is_dir():
        pytest.skip(f"no real images: {folder} is no folder; set HIRISE_V3")
    return folder


@pytest.fixture(scope="session")
def real_catalog(real_v3: Path) -> Catalog:
    """The real images, read once: 73,031 labels take a second."""
    return read_catalog(real_v3)


def hirise_name(observation: int, landmark: int, augmentation: str = "") -> str:
    """A file name that follows the HiRISE grammar."""
    suffix = f"-{augmentation}" if augmentation else ""
    return f"ESP_{observation:06d}_1450_RED-{landmark:04d}{suffix}.jpg"


def write_image(path: Path, *, size: int = 16, seed: int = 0) -> None:
    """A grey JPEG of noise whose brightness follows `seed`."""
    noise = np.random.default_rng(seed).integers(0, 128, (size, size), dtype=np.uint8)
    Image.fromarray(noise + np.uint8(seed * 37 % 128)).save(path)


def write_dataset(
    root: Path,
    labels: Mapping[str, int],
    *,
    present: Iterable[str] | None = None,
    class_names: Iterable[str] = CLASS_NAMES,
    size: int = 16,
) -> Path:
    """A folder in the v3 layout: label file, class map, and the images in `present`."""
    images = root / "map-proj-v3"
    images.mkdir(parents=True)
    lines = [f"{name} {label}\n" for name, label in labels.items()]
    (root / "labels-map-proj-v3.txt").write_text("".join(lines), encoding="utf-8")
    rows = [f"{number},{name}\n" for number, name in enumerate(class_names)]
    classmap = root / "landmarks_map-proj-v3_classmap.csv"
    classmap.write_text("".join(rows), encoding="utf-8")
    for seed, name in enumerate(labels if present is None else present):
        write_image(images / name, size=size, seed=seed)
    return root


@pytest.fixture
def make_dataset(tmp_path: Path) -> MakeDataset:
    """`make_dataset({"ESP_….jpg": 0, …})`, or `make_dataset(observations=6, …)`.

    Without labels: `observations` × `landmarks` × ("", "r90") images, the class of a
    landmark being its number modulo the number of classes.
    """

    def make(
        labels: Mapping[str, int] | None = None,
        *,
        observations: int = 6,
        landmarks: int = 4,
        name: str = "data",
        present: Iterable[str] | None = None,
        class_names: Iterable[str] = CLASS_NAMES,
        size: int = 16,
    ) -> Path:
        if labels is None:
            labels = {
                hirise_name(observation, landmark, copy): landmark % len(CLASS_NAMES)
                for observation in range(observations)
                for landmark in range(landmarks)
                for copy in ("", "r90")
            }
        return write_dataset(
            tmp_path / name,
            labels,
            present=present,
            class_names=class_names,
            size=size,
        )

    return make
