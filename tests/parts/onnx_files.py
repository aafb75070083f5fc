"""ONNX files made by hand: whole graphs, and those that take too long or too much."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Shape = Sequence[int | str]

SIDE = 16
CLASSES = 4
LINEAR = (
    helper.make_node("Flatten", ["images"], ["flat"]),
    helper.make_node("Gemm", ["flat", "weights"], ["x"]),
)
"""Nodes from images to one number per class; for `write_linear`."""


def write_graph(
    path: Path,
    nodes: Sequence[Any],
    held: dict[str, Any],
    *,
    shape: Shape = ("n", 1, SIDE, SIDE),
    dtype: int = TensorProto.FLOAT,
    outputs: Sequence[str] = ("logits",),
    n_outputs: int = CLASSES,
) -> Path:
    """A model from `images` to `outputs`; `held` are its constants."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("images", dtype, shape)],
        [
            helper.make_tensor_value_info(one, TensorProto.FLOAT, ("n", n_outputs))
            for one in outputs
        ],
        [numpy_helper.from_array(value, key) for key, value in held.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 9
    onnx.save(model, path)
    return path


def write_linear(path: Path, nodes: Sequence[Any], **held: Any) -> Path:
    """A model whose constant `weights` are ones."""
    weights = np.ones((SIDE**2, CLASSES), np.float32)
    return write_graph(path, nodes, {**held, "weights": weights})


def write_endless(path: Path) -> Path:
    """It counts to 2⁶² before it answers."""
    x = ("n", CLASSES)
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("Add", ["x", "x"], ["twice"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("n", TensorProto.INT64, ()),
            helper.make_tensor_value_info("go", TensorProto.BOOL, ()),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, x),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, ()),
            helper.make_tensor_value_info("twice", TensorProto.FLOAT, x),
        ],
    )
    loop = helper.make_node("Loop", ["most", "true", "x"], ["logits"], body=body)
    return write_linear(
        path, [*LINEAR, loop], most=np.array(2**62), true=np.array(True)
    )


def write_greedy(path: Path, numbers: int) -> Path:
    """It holds that many numbers of 4 bytes, twice, before it answers."""
    nodes = [
        *LINEAR,
        helper.make_node("Expand", ["one", "shape"], ["large"]),
        helper.make_node("Exp", ["large"], ["larger"]),
        helper.make_node("ReduceSum", ["larger"], ["sum"], keepdims=0),
        helper.make_node("Add", ["x", "sum"], ["logits"]),
    ]
    shape = np.array([numbers], dtype=np.int64)
    return write_linear(path, nodes, one=np.ones(1, np.float32), shape=shape)
