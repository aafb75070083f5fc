"""TFRecord framing: each record with its length, and a checksum of either.

A record is its length (8 bytes, little endian), the masked CRC-32C of the length, the
payload, and the masked CRC-32C of the payload.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import google_crc32c

from hirise.errors import InputError

MOST_RECORD = 16_000_000
"""Bytes of a record that is kept; a larger one, such as a graph, is only checked."""
_CHUNK = 1_000_000
_HEAD = struct.Struct("<QI")
_FOOT = struct.Struct("<I")


class CutShort(InputError):
    """The file ends within a record: it is being written, or its writer was killed."""


def read_records(path: Path) -> Iterator[bytes]:
    """The payloads of an event file, in their order; those over 16 MB are left out.

    Raises
    ------
    CutShort
        After the last whole record, if something follows it.
    InputError
        Not such a file, or a checksum is wrong.
    """
    with path.open("rb") as file:
        end = os.fstat(file.fileno()).st_size
        at = number = 0
        while at < end:
            number += 1
            length = _length(path, file.read(_HEAD.size), at, number)
            at += _HEAD.size + length + _FOOT.size
            if at > end:
                raise _cut_short(path, number)
            payload, crc = _payload(file, length)
            if _FOOT.unpack(file.read(_FOOT.size))[0] != _masked(crc):
                raise _damaged(path, number)
            if payload is not None:
                yield payload


def write_records(payloads: Iterable[bytes]) -> bytes:
    """The content of a file that holds `payloads`."""
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
            f"{path}: is not an event file of TensorBoard. Give a file that is called "
            f"events.out.tfevents.…, or the log folder around it."
        )
    if len(head) < _HEAD.size:
        raise _cut_short(path, number)
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
    rotated = (crc >> 15 | crc << 17) & 0xFFFFFFFF
    return (rotated + 0xA282EAD8) & 0xFFFFFFFF


def _cut_short(path: Path, number: int) -> CutShort:
    return CutShort(
        f"{path}: is cut short in its record {number}. Wait until it is written, or "
        f"copy it again, whole."
    )


def _damaged(path: Path, number: int) -> InputError:
    return InputError(
        f"{path}: is damaged: the checksum of its record {number} is wrong. Copy it "
        f"again, or export the curves as CSV."
    )
