"""A `Progress` that keeps what it receives."""

from __future__ import annotations

from hirise.progress import Progress


class RecordedProgress(Progress):
    """`updates` as (step, done, total), `messages` as they came."""

    def __init__(self) -> None:
        super().__init__()
        self.updates: list[tuple[str, int, int]] = []
        self.messages: list[str] = []

    def show(self, done: int, total: int) -> None:
        self.updates.append((self.status.step, done, total))

    def tell(self, message: str) -> None:
        self.messages.append(message)
