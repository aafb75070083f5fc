"""Numbers and texts -> the records of an event file."""

from __future__ import annotations

from typing import Any

from hirise.eventfiles.messages import Event

_STRING = 7
"""TensorFlow's `DT_STRING`."""
_TENSOR = 2
"""TensorBoard's `DATA_CLASS_TENSOR`, which its texts are."""


def version_event(wall_time: float) -> bytes:
    """The first record of every event file."""
    return _written(Event(wall_time=wall_time, file_version="brain.Event:2"))


def scalar_event(
    tag: str, value: float, *, step: int, wall_time: float, shown_as: str = ""
) -> bytes:
    """A point of a curve; `shown_as` is its title in TensorBoard, if not the tag."""
    event = Event(wall_time=wall_time, step=step)
    added = event.summary.value.add(tag=tag, simple_value=value)
    added.metadata.plugin_data.plugin_name = "scalars"
    if shown_as:
        added.metadata.display_name = shown_as
    return _written(event)


def text_event(tag: str, markdown: str, *, step: int, wall_time: float) -> bytes:
    """A text, which TensorBoard shows as Markdown."""
    event = Event(wall_time=wall_time, step=step)
    added = event.summary.value.add(tag=tag)
    added.tensor.dtype = _STRING
    added.tensor.tensor_shape.SetInParent()
    added.tensor.string_val.append(markdown.encode("utf-8", "replace"))
    added.metadata.plugin_data.plugin_name = "text"
    added.metadata.data_class = _TENSOR
    return _written(event)


def _written(event: Any) -> bytes:
    return bytes(event.SerializeToString(deterministic=True))
