"""A small classifier in several formats: linear in an image's mean brightness."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from onnx import TensorProto, helper
from onnx_files import write_graph

WEIGHTS = np.array([[0.02, -0.01, 0.0, 0.005]], dtype=np.float32)
BIAS = np.array([0.0, 1.0, 0.5, -1.0], dtype=np.float32)


def expected(images):
    """Its logits for (n, size, size, channels) images."""
    return images.mean(axis=(1, 2, 3))[:, None] * WEIGHTS + BIAS


def write_onnx(
    path,
    *,
    shape=("n", 1, 16, 16),
    dtype=TensorProto.FLOAT,
    before=(),
    outputs=("logits",),
    n_outputs=4,
):
    """An ONNX file, by the protobuf helpers alone; the mean is taken over all axes."""
    name = "images"
    nodes = []
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
    held = {
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


@pytest.fixture(scope="session")
def bright():
    """Its weights, what it gives, and its ONNX file."""
    return SimpleNamespace(
        weights=WEIGHTS, bias=BIAS, expected=expected, write_onnx=write_onnx
    )
