"""The messages in an event file, as far as curves and texts need them.

The numbers are those of TensorFlow's `event.proto`, `summary.proto`, `tensor.proto` and
`tensor_shape.proto`. They live in a pool of their own, so that they never meet those
that TensorFlow or TensorBoard register under their names.
"""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

_PACKAGE = "hirise"
_TYPES = {
    "double": FieldDescriptorProto.TYPE_DOUBLE,
    "float": FieldDescriptorProto.TYPE_FLOAT,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "int64": FieldDescriptorProto.TYPE_INT64,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "string": FieldDescriptorProto.TYPE_STRING,
}
_ONE_OF = ("simple_value", "tensor")
_MESSAGES: dict[str, tuple[tuple[int, str, str], ...]] = {
    "Dim": ((1, "size", "int64"),),
    "Shape": ((2, "dim", "*Dim"),),
    "Tensor": (
        (1, "dtype", "int32"),
        (2, "tensor_shape", "Shape"),
        (4, "tensor_content", "bytes"),
        (5, "float_val", "*float"),
        (6, "double_val", "*double"),
        (7, "int_val", "*int32"),
        (8, "string_val", "*bytes"),
        (10, "int64_val", "*int64"),
        (13, "half_val", "*int32"),
    ),
    "PluginData": ((1, "plugin_name", "string"), (2, "content", "bytes")),
    "Metadata": (
        (1, "plugin_data", "PluginData"),
        (2, "display_name", "string"),
        (3, "summary_description", "string"),
        (4, "data_class", "int32"),
    ),
    "Value": (
        (1, "tag", "string"),
        (2, "simple_value", "float"),
        (8, "tensor", "Tensor"),
        (9, "metadata", "Metadata"),
    ),
    "Summary": ((1, "value", "*Value"),),
    "Event": (
        (1, "wall_time", "double"),
        (2, "step", "int64"),
        (3, "file_version", "string"),
        (5, "summary", "Summary"),
    ),
}


def _event_class() -> Any:
    file = FileDescriptorProto(name="hirise.proto", package=_PACKAGE, syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for number, field, kind in fields:
            _add_field(message, number, field, kind)
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Event"))


def _add_field(message: Any, number: int, name: str, kind: str) -> None:
    many, bare = kind.startswith("*"), kind.removeprefix("*")
    added = message.field.add(name=name, number=number)
    added.label = added.LABEL_REPEATED if many else added.LABEL_OPTIONAL
    if bare in _TYPES:
        added.type = _TYPES[bare]
    else:
        added.type = added.TYPE_MESSAGE
        added.type_name = f".{_PACKAGE}.{bare}"
    if name in _ONE_OF:
        if not message.oneof_decl:
            message.oneof_decl.add(name="value")
        added.oneof_index = 0


Event = _event_class()
"""One record of an event file."""
