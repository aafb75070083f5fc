"""Why a process failed, from how it ended and what it printed."""

from __future__ import annotations

from collections.abc import Sequence


def why_failed(status: int | None, lines: Sequence[str]) -> str:
    """In one line; `status` is None where another process started it."""
    said = [line for line in lines if line.startswith("hirise: ")]
    if said:
        return said[-1].removeprefix("hirise: ")
    if status is not None and status < 0:
        return f"It was ended from outside (signal {-status}); out of memory, perhaps."
    return f"It ended after: {lines[-1]}" if lines else "It ended without a word."
