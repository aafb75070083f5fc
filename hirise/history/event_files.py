"""TensorBoard's event files, read and written without TensorBoard or TensorFlow."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import google_crc32c
import numpy as np
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from hirise.errors import InputError

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
# Of TensorFlow's event, summary and tensor.proto; `*` marks what is repeated.
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

MOST_RECORD = 16_000_000
"""Bytes of a record that is kept; a larger one, such as a graph, is only checked."""
_CHUNK = 1_000_000
_HEAD = struct.Struct("<QI")
_FOOT = struct.Struct("<I")


class CutShort(InputError):
    """The file ends within a record: it is being written, or its writer was killed."""

    def __init__(self, path: Path, record: int) -> None:
        what = f"This is cut short in its record {record}."
        if not record:
            what = "This is empty."
        how = "Wait until it is complete, or copy it again."
        super().__init__(what, where=path, how=how)
        self.record = record


def read_records(path: Path) -> Iterator[bytes]:
    """The payloads of an event file, in their order; those over 16 MB are left out.

    Raises
    ------
    CutShort
        After the last whole record, if something follows it.
    InputError
        Not such a file, or a checksum is wrong.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "events.out.tfevents.1")
    ...     _ = path.write_bytes(write_records([b"first", b"second"]))
    ...     list(read_records(path))
    [b'first', b'second']
    """
    with path.open("rb") as file:
        end = os.fstat(file.fileno()).st_size
        at = number = 0
        while at < end:
            number += 1
            length = _length(path, file.read(_HEAD.size), at, number)
            at += _HEAD.size + length + _FOOT.size
            if at > end:
                raise CutShort(path, number)
            payload, crc = _payload(file, length)
            if _FOOT.unpack(file.read(_FOOT.size))[0] != _masked(crc):
                raise _damaged(path, number)
            if payload is not None:
                yield payload


def write_records(payloads: Iterable[bytes]) -> bytes:
    """The content of a file that holds `payloads`.

    Examples
    --------
    >>> len(write_records([b"payload"])) - len(b"payload")  # lengths and checksums
    16
    """
    parts = []
    for payload in payloads:
        length = struct.pack("<Q", len(payload))
        parts += [length, _FOOT.pack(_masked(google_crc32c.value(length)))]
        parts += [payload, _FOOT.pack(_masked(google_crc32c.value(payload)))]
    return b"".join(parts)


def _length(path: Path, head: bytes, at: int, number: int) -> int:
    # Checked before it is believed: a damaged length may claim exabytes.
    if len(head) == _HEAD.size:
        length, crc = _HEAD.unpack(head)
        if crc == _masked(google_crc32c.value(head[:8])):
            return int(length)
    if at == 0:
        raise InputError(
            "This is not an event file of TensorBoard.",
            where=path,
            how="Give a file named events.out.tfevents.…, or the log folder that "
            "holds it.",
        )
    if len(head) < _HEAD.size:
        raise CutShort(path, number)
    raise _damaged(path, number)


def _payload(file: BinaryIO, length: int) -> tuple[bytes | None, int]:
    if length <= MOST_RECORD:
        payload = file.read(length)
        return payload, google_crc32c.value(payload)
    crc = 0
    while length:
        chunk = file.read(min(length, _CHUNK))
        if not chunk:  # it shrank meanwhile
            break
        crc = google_crc32c.extend(crc, chunk)
        length -= len(chunk)
    return None, crc


def _masked(crc: int) -> int:
    # As TFRecord does, lest checksums of data that holds checksums be weak.
    rotated = (crc >> 15 | crc << 17) & 0xFFFFFFFF
    return (rotated + 0xA282EAD8) & 0xFFFFFFFF


def _damaged(path: Path, number: int) -> InputError:
    return InputError(
        f"This is damaged: the checksum of its record {number} is wrong.",
        where=path,
        how="Copy it again, or export the curves as CSV.",
    )


VERSION = "brain.Event:"
# By the numbers of TensorFlow's `DataType`.
_CONTENT = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8", 19: "<f2"}
_LISTS = {1: "float_val", 2: "double_val", 3: "int_val", 9: "int64_val"}


class Scalar(NamedTuple):
    """A value as it was logged; `value` is None for what is not a single number."""

    tag: str
    step: int
    value: float | None


def read_scalars(path: Path) -> Iterator[Scalar]:
    """All values of an event file, in the order in which they were written.

    Raises
    ------
    CutShort
        After the last whole record, if something follows it.
    InputError
        Empty, not an event file, or damaged; the line says which.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "events.out.tfevents.1")
    ...     point = scalar_event("epoch_loss", 0.5, step=3, wall_time=1.0)
    ...     _ = path.write_bytes(write_records([version_event(1.0), point]))
    ...     list(read_scalars(path))
    [Scalar(tag='epoch_loss', step=3, value=0.5)]
    """
    if path.stat().st_size == 0:
        raise CutShort(path, 0)
    for number, record in enumerate(read_records(path)):
        event = _parsed(path, record)
        if number == 0 and not _is_first(event):
            raise _other_records(path)
        for value in event.summary.value:
            yield Scalar(value.tag, event.step, _number(value))


def _parsed(path: Path, record: bytes) -> Any:
    try:
        return Event.FromString(record)
    except DecodeError as error:
        raise _other_records(path) from error


def _other_records(path: Path) -> InputError:
    return InputError(
        "This holds records, but not those of TensorBoard.",
        where=path,
        how="Give an event file, named events.out.tfevents.…",
    )


def _is_first(event: Any) -> bool:
    return str(event.file_version).startswith(VERSION)


def _number(value: Any) -> float | None:
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        return float(value.simple_value)
    return _tensor_number(value.tensor) if kind == "tensor" else None


def _tensor_number(tensor: Any) -> float | None:
    if any(dim.size != 1 for dim in tensor.tensor_shape.dim):
        return None
    if tensor.tensor_content:
        dtype = np.dtype(_CONTENT.get(tensor.dtype, "V1"))
        if dtype.kind == "V" or len(tensor.tensor_content) != dtype.itemsize:
            return None
        return float(np.frombuffer(tensor.tensor_content, dtype)[0])
    if tensor.dtype == 19 and len(tensor.half_val) == 1:
        # Half floats come as bits, in the lower half of an int32.
        bits = np.array([tensor.half_val[0] & 0xFFFF], np.uint16)
        return float(bits.view(np.float16)[0])
    if tensor.dtype not in _LISTS:
        return None
    numbers = getattr(tensor, _LISTS[tensor.dtype])
    return float(numbers[0]) if len(numbers) == 1 else None


_STRING = 7
"""TensorFlow's `DT_STRING`."""
_TENSOR = 2
"""TensorBoard's `DATA_CLASS_TENSOR`, which its texts are."""


def version_event(wall_time: float) -> bytes:
    """The first record of every event file.

    Examples
    --------
    >>> Event.FromString(version_event(1.0)).file_version
    'brain.Event:2'
    """
    return _written(Event(wall_time=wall_time, file_version="brain.Event:2"))


def scalar_event(
    tag: str, value: float, *, step: int, wall_time: float, shown_as: str = ""
) -> bytes:
    """A point of a curve; `shown_as` is its title in TensorBoard, if not the tag.

    Examples
    --------
    >>> event = Event.FromString(scalar_event("loss", 0.5, step=3, wall_time=1.0))
    >>> event.step, event.summary.value[0].simple_value
    (3, 0.5)
    """
    event = Event(wall_time=wall_time, step=step)
    added = event.summary.value.add(tag=tag, simple_value=value)
    added.metadata.plugin_data.plugin_name = "scalars"
    if shown_as:
        added.metadata.display_name = shown_as
    return _written(event)


def text_event(tag: str, markdown: str, *, step: int, wall_time: float) -> bytes:
    """A text, which TensorBoard shows as Markdown.

    Examples
    --------
    >>> event = Event.FromString(text_event("verdict", "weak", step=3, wall_time=1.0))
    >>> event.summary.value[0].tensor.string_val[0]
    b'weak'
    """
    event = Event(wall_time=wall_time, step=step)
    added = event.summary.value.add(tag=tag)
    added.tensor.dtype = _STRING
    # Written although it is empty, as the shape of a scalar is.
    added.tensor.tensor_shape.SetInParent()
    added.tensor.string_val.append(markdown.encode("utf-8", "replace"))
    added.metadata.plugin_data.plugin_name = "text"
    added.metadata.data_class = _TENSOR
    return _written(event)


def _written(event: Any) -> bytes:
    return bytes(event.SerializeToString(deterministic=True))
