"""Files and folders: read safely, written whole, locked, listed without clutter."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from hirise.errors import InputError, parameter

TEMPORARY = ".tmp-"
"""How the names of files and folders begin that are still being written."""


def read_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises
    ------
    OSError
        If it cannot be read, or is no plain file.
    InputError
        If it is not JSON, as RFC 8259 has it: no NaN, no half of a surrogate pair.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "run.json")
    ...     write_json(path, {"split": "val"})
    ...     read_json(path)
    {'split': 'val'}
    """
    if path.exists() and not path.is_file():  # a named pipe would be waited for
        raise OSError(errno.EINVAL, "not a plain file", str(path))
    try:
        return msgspec.json.decode(path.read_bytes())
    # A file of nothing but brackets is valid, but nested deeper than can be read.
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InputError(
            f"This is not JSON ({error}).",
            where=path,
            how="Restore the file, or delete it.",
        ) from error


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON file, which appears whole; NaN is refused.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "scores.json")
    ...     write_json(path, {"accuracy": 0.5})
    ...     print(path.read_text(), end="")
    {
      "accuracy": 0.5
    }
    """
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    with disk_errors(path.parent):
        write_whole(path, lambda new: new.write_text(text + "\n", encoding="utf-8"))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside, reach the disk, rename: a reader sees the old file or the new one.

    The suffix stays the last part of the name, because Keras goes by it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "labels.csv")
    ...     write_whole(path, lambda beside: beside.write_text("crater"))
    ...     path.read_text(), len(list(Path(folder).iterdir()))
    ('crater', 1)
    """
    path.parent.mkdir(exist_ok=True)
    # With the pid, lest two processes that write the same file meet in this one.
    beside = path.with_name(f"{TEMPORARY}{os.getpid()}-{path.name}")
    try:
        write(beside)
        # Unsynced, a power cut may leave the new name with no content behind it.
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def append_text(path: Path, text: str) -> None:
    r"""Add `text` to a file in one piece, and wait until the disk has it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "history.csv")
    ...     for line in ("epoch\n", "1\n"):
    ...         append_text(path, line)
    ...     path.read_text()
    'epoch\n1\n'
    """
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def scratch_folder(parent: Path, *, name: str = "") -> Iterator[Path]:
    """A hidden folder in `parent`, for what is to be renamed; the rest of it goes.

    What is put into it lies one level deeper than runs are looked for. One with a
    `name` of its own takes the place of what an earlier, killed process left there.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as parent:
    ...     with scratch_folder(Path(parent), name="run") as folder:
    ...         print(folder.name)
    ...     list(Path(parent).iterdir())
    .tmp-run
    []
    """
    parent.mkdir(parents=True, exist_ok=True)
    if name:
        folder = parent / f"{TEMPORARY}{name}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    else:
        folder = Path(mkdtemp(prefix=TEMPORARY, dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def whole_folder(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """A folder to fill; it becomes `target` when it is whole, else nothing is left.

    Raises
    ------
    OSError
        If `target` holds something and is not to be replaced, or the disk refuses.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as parent:
    ...     with whole_folder(Path(parent, "run")) as folder:
    ...         _ = Path(folder, "run.json").write_text("{}")
    ...     [path.name for path in Path(parent, "run").iterdir()]
    ['run.json']
    """
    with scratch_folder(target.parent) as beside:
        new, earlier = beside / "new", beside / "earlier"
        new.mkdir()
        yield new
        if replace and target.exists():
            # A rename replaces no folder that holds something.
            target.rename(earlier)
        try:
            new.rename(target)
        except OSError:
            if earlier.exists():
                earlier.rename(target)
            raise


_ADVICE = {
    errno.ENOSPC: "Free some space there, or ",
    errno.EDQUOT: "Free some space there, or ",
    errno.EROFS: "Change its permissions, or ",
    errno.EACCES: "Change its permissions, or ",
    errno.EPERM: "Change its permissions, or ",
}


@contextmanager
def disk_errors(folder: Path, *, elsewhere: str = "") -> Iterator[None]:
    """Word it in one line when `folder` is full or read-only.

    `elsewhere` says how to write to another place.

    Examples
    --------
    >>> try:
    ...     with disk_errors(Path("runs"), elsewhere="name another folder"):
    ...         raise OSError(errno.ENOSPC, "No space left on device")
    ... except InputError as error:
    ...     print(error)
    runs: This cannot be written (No space left on device). Free some space there, or
    name another folder.
    """
    try:
        yield
    except OSError as error:
        elsewhere = elsewhere or f"choose another folder with {parameter('artifacts')}"
        how = _ADVICE.get(error.errno or 0, "") + elsewhere
        if error.errno == errno.ENAMETOOLONG:
            how = "choose a shorter name"
        raise InputError(
            f"This cannot be written ({error.strerror or error}).",
            where=folder,
            how=f"{how[0].upper()}{how[1:]}.",
        ) from error


def check_room(folder: Path, n_bytes: int, *, what: str) -> None:
    """Refuse to begin `what` if the disk of `folder` has less than `n_bytes` free."""
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise InputError(
            f"{what} needs {human_size(n_bytes)}, but only {human_size(free)} are free "
            "there.",
            where=folder,
            how=f"Free some space, or name another folder with {parameter('to')}.",
        )


def human_size(n_bytes: int) -> str:
    """A size for people; 1 MB is 1,000,000 bytes.

    Examples
    --------
    >>> human_size(911_235_740), human_size(17_200), human_size(900)
    ('911 MB', '17.2 kB', '900 bytes')
    """
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        # 999,500 bytes would be rounded to 1e+03 kB.
        if n_bytes >= 0.9995 * size:
            return f"{n_bytes / size:.3g} {unit}"
    return f"{n_bytes:,} bytes"


def read_bytes_or_none(path: Path) -> bytes | None:
    """What the file holds; None if it cannot be read.

    Examples
    --------
    >>> read_bytes_or_none(Path("/no such file")) is None
    True
    """
    try:
        return path.read_bytes()
    except OSError:
        return None


@contextmanager
def held_lock(path: Path, *, what: str, patience: float = 0.0) -> Iterator[None]:
    """Hold the lock file `path`, which the system frees if the process is killed.

    Raises
    ------
    InputError
        If another process holds it for more than `patience` seconds: `what` is at work.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with held_lock(Path(folder, "lock"), what="A job"):
    ...         Path(folder, "lock").exists()
    True
    """
    lock = FileLock(path, timeout=patience)
    try:
        lock.acquire()
    except Timeout:
        raise InputError(
            f"{what} is already running here.",
            where=path.parent,
            how="Wait until it is done.",
        ) from None
    try:
        yield
    finally:
        # Removed while it is held: afterwards it may be the next holder's.
        with suppress(OSError):  # Windows removes no open file
            path.unlink()
        lock.release()


IMAGE_SUFFIXES = (
    *(".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp", ".avif", ".gif"),
    *(".ppm", ".pgm"),
)
IMAGE_FORMATS = "PNG, JPEG, TIFF, BMP, WebP, AVIF, GIF or PPM"


def is_hidden(name: str) -> bool:
    """Whether this is a hidden file or folder, or what macOS leaves in a zip.

    Examples
    --------
    >>> [name for name in (".git", "__MACOSX", "crater.jpg") if is_hidden(name)]
    ['.git', '__MACOSX']
    """
    return name.startswith((".", "__MACOSX"))


def is_image(name: str) -> bool:
    """Whether a file of this name is read as an image.

    Examples
    --------
    >>> [name for name in ("a.JPG", "._a.jpg", "labels.txt") if is_image(name)]
    ['a.JPG']
    """
    return name.lower().endswith(IMAGE_SUFFIXES) and not is_hidden(name)


def is_text(name: str) -> bool:
    r"""Whether a file name is proper text; on Linux it may be any bytes.

    Examples
    --------
    >>> is_text("Krater-ä.jpg"), is_text("\udcff.jpg")
    (True, False)
    """
    # Python reads stray bytes in names as lone surrogates (PEP 383).
    return name.isascii() or not any("\ud800" <= char <= "\udfff" for char in name)


def subfolders(folder: Path) -> list[Path]:
    """The subfolders by name, links to folders among them, hidden ones not.

    Raises
    ------
    InputError
        If the folder cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for name in ("val", "train", ".git"):
    ...         Path(folder, name).mkdir()
    ...     [path.name for path in subfolders(Path(folder))]
    ['train', 'val']
    """
    names = [entry.name for entry in _scan(folder) if entry.is_dir()]
    return [folder / name for name in sorted(names) if not is_hidden(name)]


def image_names(folder: Path) -> tuple[str, ...]:
    """The names of the image files directly in `folder`, sorted.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for name in ("b.png", "a.jpg", "labels.txt"):
    ...         Path(folder, name).touch()
    ...     image_names(Path(folder))
    ('a.jpg', 'b.png')
    """
    names = (entry.name for entry in _scan(folder))
    return tuple(sorted(name for name in names if is_image(name)))


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise InputError(
            f"This folder cannot be read ({error.strerror}).",
            where=folder,
            how="Change its rights.",
        ) from None
