"""An event file -> the numbers in it, by tag and step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from google.protobuf.message import DecodeError

from hirise.errors import InputError
from hirise.eventfiles.messages import Event
from hirise.eventfiles.records import CutShort, read_records

VERSION = "brain.Event:"
# By the numbers of TensorFlow's `DataType`.
_CONTENT = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8", 19: "<f2"}
_LISTS = {1: "float_val", 2: "double_val", 3: "int_val", 9: "int64_val"}


class Scalar(NamedTuple):
    """A value as it was logged; `value` is None for what is no single number."""

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
    """
    if path.stat().st_size == 0:
        raise CutShort(f"{path}: is empty. Wait until something is logged.")
    for number, record in enumerate(read_records(path)):
        event = _parsed(path, record)
        if number == 0 and not _is_first(event):
            raise InputError(
                f"{path}: holds records, but not those of TensorBoard. Give an event "
                f"file, called events.out.tfevents.…"
            )
        for value in event.summary.value:
            yield Scalar(value.tag, event.step, _number(value))


def _parsed(path: Path, record: bytes) -> Any:
    try:
        return Event.FromString(record)
    except DecodeError as error:
        raise InputError(
            f"{path}: holds records, but not those of TensorBoard. Give an event "
            f"file, called events.out.tfevents.…"
        ) from error


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
        bits = np.array([tensor.half_val[0] & 0xFFFF], np.uint16)
        return float(bits.view(np.float16)[0])
    if tensor.dtype not in _LISTS:
        return None
    numbers = getattr(tensor, _LISTS[tensor.dtype])
    return float(numbers[0]) if len(numbers) == 1 else None
