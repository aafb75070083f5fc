"""Files made to do harm, for `hostile_models.py`."""

from __future__ import annotations

import base64
import io
import json
import marshal
import os
import pickle
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from onnx import helper
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "parts"))

from onnx_files import (
    SIDE,
    write_endless,
    write_greedy,
    write_linear,
)

HUGE = 44_722
"""Pixels of a side: 2,000 megapixels."""


class Bomb:
    """Its pickle makes the file PLANTED when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.system, (f"touch {self.path}",))


def keras_file(path: Path, layers: list[dict], weights: bytes = b"") -> Path:
    """A `.keras` archive of a Sequential model."""
    first = {
        "module": "keras.layers",
        "class_name": "InputLayer",
        "config": {"batch_shape": [None, SIDE, SIDE, 1], "name": "images"},
    }
    config = {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "m", "layers": [first, *layers]},
        "build_config": {"input_shape": [None, SIDE, SIDE, 1]},
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", weights)
    return path


def layer(kind: str, **config: object) -> dict:
    return {"module": "keras.layers", "class_name": kind, "config": config}


def with_lambda(folder: Path, planted: Path) -> Path:
    """A Lambda layer whose marshalled code calls `os.system`."""
    source = f"lambda x: (__import__('os').system('touch {planted}'), x)[1]"
    function = eval(source)
    code = base64.b64encode(marshal.dumps(function.__code__)).decode()
    held = {
        "class_name": "__lambda__",
        "config": {"code": code, "defaults": None, "closure": None},
    }
    return keras_file(
        folder / "m.keras",
        [layer("Lambda", name="l", function=held, arguments={})],
    )


def any_function(folder: Path, planted: Path) -> Path:
    """An activation that names `os.system` as a registered object."""
    call = {"module": "os", "class_name": "function", "config": "system"}
    return keras_file(
        folder / "m.keras",
        [layer("Flatten", name="f"), layer("Activation", name="a", activation=call)],
    )


def pickle_file(folder: Path, planted: Path) -> Path:
    path = folder / "m.pkl"
    path.write_bytes(pickle.dumps(Bomb(planted)))
    return path


def pickle_as_keras(folder: Path, planted: Path) -> Path:
    path = folder / "m.keras"
    path.write_bytes(pickle.dumps(Bomb(planted)))
    return path


def pickle_inside(folder: Path, planted: Path) -> Path:
    path = keras_file(folder / "m.keras", [layer("Flatten", name="f")])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("assets/f/x.pkl", pickle.dumps(Bomb(planted)))
    return path


def out_of_the_folder(folder: Path, planted: Path) -> Path:
    """Members that would be unpacked above the folder."""
    path = keras_file(folder / "m.keras", [layer("Flatten", name="f")])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(f"../{planted.name}", "x")
        archive.writestr(f"assets/../../{planted.name}", "x")
        archive.writestr(str(planted), "x")
    return path


def claims_10_gb(folder: Path, planted: Path) -> Path:
    """Weights whose file says 10 GB and holds nothing."""
    held = io.BytesIO()
    with h5py.File(held, "w") as file:
        group = file.create_group("layers/dense/vars")
        group.create_dataset(
            "0", shape=(2_500_000_000, 1), dtype="float32", chunks=(1_000_000, 1)
        )
        group.create_dataset("1", shape=(1,), dtype="float32")
    return keras_file(
        folder / "m.keras",
        [
            layer("Flatten", name="f"),
            layer("Dense", name="dense", units=2_500_000_000 // SIDE**2),
        ],
        held.getvalue(),
    )


def npz_claims_10_gb(folder: Path, planted: Path) -> Path:
    """Predictions whose array's header says 10 GB."""
    path = folder / "p.npz"
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        head,
        {"descr": "<f4", "fortran_order": False, "shape": (312_500_000, 8)},
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("proba.npy", head.getvalue() + b"\0" * 64)
    return path


def npz_pickle(folder: Path, planted: Path) -> Path:
    """Predictions whose array of objects is a pickle."""
    path = folder / "p.npz"
    np.savez(path, proba=np.array([Bomb(planted)], dtype=object))
    return path


def endless(folder: Path, planted: Path) -> Path:
    """A loop to 2⁶²."""
    return write_endless(folder / "m.onnx")


def greedy(folder: Path, planted: Path) -> Path:
    """An answer that needs 80 GB."""
    return write_greedy(folder / "m.onnx", 10_000_000_000)


def harmless(folder: Path) -> Path:
    """A model that does no harm."""
    nodes = [
        helper.make_node("Flatten", ["images"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weights"], ["logits"]),
    ]
    return write_linear(folder / "m.onnx", nodes)


def huge_png(path: Path) -> None:
    """2,000 megapixels of black, in 2 MB."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
        )

    packer = zlib.compressobj(9)
    row = bytes(HUGE + 1)
    packed = b"".join(packer.compress(row) for _ in range(HUGE)) + packer.flush()
    head = struct.pack(">IIBBBBB", HUGE, HUGE, 8, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", packed)
        + chunk(b"IEND", b"")
    )


def dataset(folder: Path, *, huge: bool = False) -> Path:
    """Forty small images in a folder for each class."""
    random = np.random.default_rng(0)
    for name in "abcd":
        (folder / name).mkdir(parents=True)
        for n in range(10):
            pixels = random.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{n}.png")
    if huge:
        huge_png(folder / "a" / "huge.png")
    return folder


MODELS: dict[str, Callable[[Path, Path], Path]] = {
    "Lambda layer with os.system": with_lambda,
    "activation os.system": any_function,
    "pickle .pkl": pickle_file,
    "pickle named .keras": pickle_as_keras,
    "pickle in a .keras": pickle_inside,
    "zip with ../ paths": out_of_the_folder,
    "weights that claim 10 GB": claims_10_gb,
    "endless loop": endless,
    "80 GB of memory": greedy,
}
FILES: dict[str, Callable[[Path, Path], Path]] = {
    ".npz that claims 10 GB": npz_claims_10_gb,
    ".npz with a pickle": npz_pickle,
}
