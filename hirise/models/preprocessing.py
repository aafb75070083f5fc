"""What lies beside a model and says how it takes its images."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hirise.data.resizing import CROP, INTERPOLATIONS, PLAIN, Resizing
from hirise.files import read_json
from hirise.models.pixel_scales import RGB
from hirise.runs import Run
from hirise.runs.images import resizing_of

BESIDE = "beside the model"
MOST_BYTES = 1_000_000
"""Of such a file; a larger one is something else."""
USUAL_PIXELS = 1 / 255
BY_NUMBER = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic"}
"""Pillow's numbers of its filters, as Hugging Face writes them."""
CROPPED_BELOW = 384
"""Hugging Face's ConvNext images of this size and more are not cropped."""


@dataclass(frozen=True)
class Preprocessing:
    """How a model takes its images, as far as a file beside it says.

    Attributes
    ----------
    source : str
        What says so.
    scale : str, optional
        See `hirise.models.pixel_scales.scale_named`.
    resizing : Resizing, optional
    size : int, optional
        Width and height of the images.
    class_names : tuple of str
        In the order of the outputs; () if it does not say.
    channels : str, optional
        See `hirise.models.pixel_scales.CHANNELS`.
    """

    source: str
    scale: str | None = None
    resizing: Resizing | None = None
    size: int | None = None
    class_names: tuple[str, ...] = ()
    channels: str | None = None


def preprocessing_of_run(run: Run) -> Preprocessing:
    """How the model of a run took its images, as the run records it."""
    names, recipe = run.info.class_names, run.info.recipe or {}
    source = f"Run {run.info.id}"
    if not run.info.model:
        # What `hirise train` trains is given plain pixels.
        size = _whole(recipe.get("image_size"))
        if size is None:
            return Preprocessing(source, class_names=names)
        return Preprocessing(source, "0-255", PLAIN, size, names, RGB)
    recorded = run.info.model
    columns = recorded.get("columns", [])
    if sorted(columns) == list(range(len(names))):
        names = tuple(names[columns.index(output)] for output in range(len(names)))
    return Preprocessing(
        source,
        recorded.get("scale"),
        resizing_of(run),
        _whole(recorded.get("size")),
        names,
        recorded.get("channels", RGB),
    )


def read_preprocessing(model: Path) -> Preprocessing | None:
    """What Hugging Face, timm or Ultralytics wrote beside a model; None if nothing.

    `preprocessor_config.json` (Hugging Face), `config.json` with `pretrained_cfg`
    (timm), or `args.yaml` of a classification (Ultralytics, one folder above the
    weights). A file that says nothing of this, or cannot be read, counts as none.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     text = '{"pretrained_cfg": {"mean": [0.5], "std": [0.5], "crop_pct": 1.0}}'
    ...     _ = Path(folder, "config.json").write_text(text)
    ...     read_preprocessing(Path(folder, "model.onnx")).scale
    'mean=0.5;std=0.5'
    """
    folder = model if model.is_dir() else model.parent
    config = _read_object(folder / "config.json")
    names = _class_names(config)
    hugging_face = _read_object(folder / "preprocessor_config.json")
    if hugging_face:
        return _hugging_face(hugging_face, names)
    timm = config.get("pretrained_cfg")
    if isinstance(timm, dict):
        return _timm(timm, names)
    for place in (folder, folder.parent):
        arguments = _read_arguments(place / "args.yaml")
        if arguments.get("task") == "classify":
            size = _whole(arguments.get("imgsz"))
            source = f"args.yaml {BESIDE}"
            return Preprocessing(source, "0-1", Resizing(CROP), size)
    if not names:
        return None
    return Preprocessing(f"config.json {BESIDE}", class_names=names)


def _read_object(path: Path) -> dict[str, Any]:
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return {}
        document = read_json(path)
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _read_arguments(path: Path) -> dict[str, str]:
    """The plain `key: value` lines of a YAML file."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return {}
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        return {}
    return dict(re.findall(r"^(\w+): *([^\s#]+) *$", text, re.MULTILINE))


def _class_names(config: dict[str, Any]) -> tuple[str, ...]:
    """Names by id, as Hugging Face writes them in `id2label`."""
    names = config.get("id2label") or config.get("label_names")
    if isinstance(names, list):
        return tuple(map(str, names))
    if not isinstance(names, dict):
        return ()
    ids = [str(number) for number in range(len(names))]
    return tuple(str(names[one]) for one in ids) if set(ids) == set(names) else ()


def _hugging_face(
    config: dict[str, Any], names: tuple[str, ...]
) -> Preprocessing | None:
    sides = config.get("crop_size") if config.get("do_center_crop") else None
    resized, cropped = _side(config.get("size")), _side(sides)
    method = BY_NUMBER.get(config.get("resample", 2), "bilinear")
    size = cropped or resized
    resizing = Resizing(interpolation=method)
    percentage = _fraction(config.get("crop_pct"))
    if cropped is not None:
        resizing = Resizing(CROP, resized, method)
    elif isinstance(config.get("size"), dict) and "shortest_edge" in config["size"]:
        is_cropped = percentage and size and size < CROPPED_BELOW
        shorter = int(size / percentage) if is_cropped and size and percentage else None
        resizing = Resizing(CROP, shorter, method)
    mean, std = config.get("image_mean"), config.get("image_std")
    factor = config.get("rescale_factor", USUAL_PIXELS)
    scale = None
    if not config.get("do_rescale", True):
        scale = None if config.get("do_normalize") else "0-255"
    elif isinstance(factor, float) and abs(factor - USUAL_PIXELS) < 1e-6:
        is_plain = not config.get("do_normalize", True)
        scale = "0-1" if is_plain else _scale_of(mean, std)
    source = f"preprocessor_config.json {BESIDE}"
    return Preprocessing(source, scale, resizing, size, names)


def _timm(config: dict[str, Any], names: tuple[str, ...]) -> Preprocessing:
    shape = config.get("input_size")
    size = _whole(shape[-1]) if isinstance(shape, list) and shape else None
    method = str(config.get("interpolation", "bilinear"))
    method = method if method in INTERPOLATIONS else "bilinear"
    fraction = _fraction(config.get("crop_pct")) or 1.0
    resizing = None
    if config.get("crop_mode", "center") == "center":
        shorter = None if size is None else int(size / fraction)
        resizing = Resizing(CROP, shorter, method)
    elif fraction == 1.0 and config.get("crop_mode") == "squash":
        resizing = Resizing(interpolation=method)
    scale = _scale_of(config.get("mean"), config.get("std"))
    return Preprocessing(f"config.json {BESIDE}", scale, resizing, size, names)


def _scale_of(mean: Any, std: Any) -> str | None:
    """Mean and deviation as `scale_named` reads them."""
    both = [mean, std]
    if not all(isinstance(one, list) and len(one) in (1, 3) for one in both):
        return None
    if not all(isinstance(n, int | float) and 0 <= n < 10 for one in both for n in one):
        return None
    if min(std) <= 0:
        return None
    texts = [",".join(format(float(n), ".6g") for n in one) for one in both]
    return f"mean={texts[0]};std={texts[1]}"


def _side(size: Any) -> int | None:
    """The side of a square, as a number or as Hugging Face writes it."""
    if isinstance(size, dict):
        if size.get("height") != size.get("width"):
            return None
        size = size.get("shortest_edge", size.get("height"))
    return _whole(size)


def _whole(number: Any) -> int | None:
    try:
        return int(number) if 0 < int(number) <= 10_000 else None
    except (TypeError, ValueError):
        return None


def _fraction(number: Any) -> float | None:
    is_fraction = isinstance(number, int | float) and 0.1 <= number <= 1
    return float(number) if is_fraction else None


def told(found: Preprocessing) -> str:
    """One line of what is said of a model's images.

    Examples
    --------
    >>> told(Preprocessing("args.yaml beside the model", "0-1", PLAIN))
    'args.yaml beside the model says: pixel scale 0-1, resize stretch (bilinear).'
    """
    parts = []
    if found.scale:
        parts.append(f"pixel scale {found.scale}")
    if found.resizing:
        parts.append(f"resize {found.resizing} ({found.resizing.interpolation})")
    if found.class_names:
        parts.append(f"{len(found.class_names)} classes in their order")
    return f"{found.source} says: {', '.join(parts) or 'nothing'}."
