"""What the callbacks of all frameworks share: a recorder of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hirise.progress import Progress
from hirise.recording.recorder import Recorder
from hirise.runs import Run


class RecordingCallback:
    """Makes a `Recorder` from its own arguments, which are those of `Recorder`."""

    layout = ""
    """What the run's dataset is said to come from."""

    def __init__(
        self,
        title: str = "run",
        *,
        class_names: Sequence[str] | None = None,
        settings: Mapping[str, Any] | None = None,
        artifacts: str | Path = "artifacts",
        on_collapse: str = "warn",
        progress: Progress | None = None,
    ) -> None:
        super().__init__()
        self.recorder = self.make_recorder(
            title,
            class_names=class_names,
            settings=settings,
            artifacts=artifacts,
            on_collapse=on_collapse,
            progress=progress,
        )
        self.recorder.layout = self.layout

    def make_recorder(self, title: str, **options: Any) -> Recorder:
        return Recorder(title, **options)

    @property
    def run(self) -> Run:
        """The run as it now stands on disk."""
        return self.recorder.run
