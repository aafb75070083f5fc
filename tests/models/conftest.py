"""A small classifier in several formats: linear in an image's mean brightness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper
from onnx_files import write_graph

WEIGHTS = np.array([[0.02, -0.01, 0.0, 0.005]], dtype=np.float32)
BIAS = np.array([0.0, 1.0, 0.5, -1.0], dtype=np.float32)


def expected(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Its logits for (n, size, size, channels) images."""
    logits: NDArray[np.float32] = images.mean(axis=(1, 2, 3))[:, None] * WEIGHTS + BIAS
    return logits


def write_onnx(
    path: Path,
    *,
    shape: Sequence[str | int] = ("n", 1, 16, 16),
    dtype: int = TensorProto.FLOAT,
    before: Sequence[NodeProto] = (),
    outputs: Sequence[str] = ("logits",),
    n_outputs: int = 4,
) -> Path:
    """An ONNX file, by the protobuf helpers alone; the mean is taken over all axes."""
    name = "images"
    nodes: list[NodeProto] = []
    if dtype != TensorProto.FLOAT:
        nodes.append(helper.make_node("Cast", [name], ["cast"], to=TensorProto.FLOAT))
        name = "cast"
    nodes += before
    name = before[-1].output[0] if before else name
    nodes += [
        helper.make_node("Flatten", [name], ["flat"], axis=1),
        helper.make_node("ReduceMean", ["flat", "axis"], ["mean"], keepdims=1),
        helper.make_node("Gemm", ["mean", "weights", "bias"], ["logits"]),
    ]
    held: dict[str, NDArray[np.int64] | NDArray[np.float32]] = {
        "axis": np.array([1], dtype=np.int64),
        "weights": WEIGHTS[:, :n_outputs],
        "bias": BIAS[:n_outputs],
    }
    return write_graph(
        path,
        nodes,
        held,
        shape=shape,
        dtype=dtype,
        outputs=outputs,
        n_outputs=n_outputs,
    )


@dataclass(frozen=True)
class Bright:
    """The classifier of this module."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    expected: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    write_onnx: Callable[..., Path]


@pytest.fixture(scope="session")
def bright() -> Bright:
    """Its weights, what it gives, and its ONNX file."""
    return Bright(WEIGHTS, BIAS, expected, write_onnx)
