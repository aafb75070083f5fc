"""Event files for the tests of histories, and one that Keras wrote."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from hirise.history.event_files import scalar_event, version_event, write_records

# Of `keras.callbacks.TensorBoard`, from its folder `validation`: three epochs of
# val_accuracy .55, .575, .575 and val_loss .766084, .762330, .758693.
KERAS_WROTE = base64.b64decode(
    "PgAAAAAAAADZ0kDnCQAAgP+5wtpBGg1icmFpbi5FdmVudDoyUiQKInRlbnNvcmZsb3cuY29yZS51"
    "dGlsLmV2ZW50c193cml0ZXJBR9vfNgAAAAAAAABPV4zvCVTE4P+5wtpBKisKKQoOZXBvY2hfYWNj"
    "dXJhY3lCCggBEgAiBM3MDD9KCwoJCgdzY2FsYXJz/k+8YzIAAAAAAAAAJBlW7Akly+D/ucLaQSon"
    "CiUKCmVwb2NoX2xvc3NCCggBEgAiBBQeRD9KCwoJCgdzY2FsYXJzXOMvgjgAAAAAAAAAo3l9Vwmp"
    "2QEAusLaQRABKisKKQoOZXBvY2hfYWNjdXJhY3lCCggBEgAiBDMzEz9KCwoJCgdzY2FsYXJz78Qa"
    "WDQAAAAAAAAAXjMXXAnn3wEAusLaQRABKicKJQoKZXBvY2hfbG9zc0IKCAESACIECyhDP0oLCgkK"
    "B3NjYWxhcnPRVABkOAAAAAAAAACjeX1XCXmtDQC6wtpBEAIqKwopCg5lcG9jaF9hY2N1cmFjeUIK"
    "CAESACIEMzMTP0oLCgkKB3NjYWxhcnPMvOtiNAAAAAAAAABeMxdcCV+0DQC6wtpBEAIqJwolCgpl"
    "cG9jaF9sb3NzQgoIARIAIgSuOUI/SgsKCQoHc2NhbGFyc6iPnNg="
)


@pytest.fixture
def keras_wrote() -> bytes:
    return KERAS_WROTE


@pytest.fixture
def write_events(tmp_path: Path) -> Callable[..., Path]:
    """`write_events("train/events.out.tfevents.1", {"epoch_loss": [1, 0.5]})`."""

    def write_events(
        name: str,
        curves: Mapping[str, Sequence[float]],
        *,
        first: int = 0,
        every: int = 1,
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        points = [
            scalar_event(tag, value, step=first + i * every, wall_time=100.0 + i)
            for tag, values in curves.items()
            for i, value in enumerate(values)
        ]
        path.write_bytes(write_records([version_event(99.0), *points]))
        return path

    return write_events
