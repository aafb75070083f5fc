"""What a setting may be, and how it is read from text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


class Rule(Protocol):
    """What a setting may be; both methods raise ValueError saying what was expected."""

    @property
    def expected(self) -> str:
        """What a value may be, in words such as "a number from 0 to 1"."""

    def parse(self, text: str) -> Any: ...
    def check(self, value: Any) -> Any: ...


@dataclass(frozen=True)
class Number:
    """A whole or broken number from `low` to `high`."""

    kind: type[int] | type[float]
    low: float
    high: float

    def parse(self, text: str) -> int | float:
        try:
            return self.check(self.kind(text))
        except ValueError:
            raise ValueError(self.expected) from None

    def check(self, value: Any) -> int | float:
        allowed = int if self.kind is int else (int, float)
        if isinstance(value, bool) or not isinstance(value, allowed):
            raise ValueError(self.expected)
        if not self.low <= value <= self.high:
            raise ValueError(self.expected)
        return self.kind(value)

    @property
    def expected(self) -> str:
        noun = "a whole number" if self.kind is int else "a number"
        return f"{noun} from {self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Numbers:
    """From `fewest` to `most` numbers; as text with commas between them."""

    each: Number
    fewest: int
    most: int

    @property
    def expected(self) -> str:
        return f"{self.fewest} to {self.most} numbers with commas between"

    def parse(self, text: str) -> tuple[int | float, ...]:
        parts = [part for part in text.split(",") if part.strip()]
        return self._counted(tuple(self._one(self.each.parse, part) for part in parts))

    def check(self, value: Any) -> tuple[int | float, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError(f"{self.fewest} to {self.most} numbers")
        return self._counted(tuple(self._one(self.each.check, item) for item in value))

    def _counted(self, values: tuple[int | float, ...]) -> tuple[int | float, ...]:
        if not self.fewest <= len(values) <= self.most:
            raise ValueError(self.expected)
        return values

    def _one(self, step: Any, item: Any) -> int | float:
        try:
            value: int | float = step(item)
        except ValueError as error:
            raise ValueError(f"numbers with commas between, each {error}") from None
        return value


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def expected(self) -> str:
        return f"one of {', '.join(self.words)}"

    def parse(self, text: str) -> str:
        return self.check(text.strip())

    def check(self, value: Any) -> str:
        if value not in self.words:
            raise ValueError(self.expected)
        return str(value)


@dataclass(frozen=True)
class Switch:
    """True or false."""

    @property
    def expected(self) -> str:
        return "true or false"

    def parse(self, text: str) -> bool:
        known = {"true": True, "yes": True, "1": True}
        known |= {"false": False, "no": False, "0": False}
        return self.check(known.get(text.strip().lower()))

    def check(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError(self.expected)
        return value


@dataclass(frozen=True)
class Text:
    """One line of at most `most` characters, or nothing."""

    most: int = 1000

    @property
    def expected(self) -> str:
        return f"a line of at most {self.most} characters"

    def parse(self, text: str) -> str:
        return self.check(text.strip())

    def check(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > self.most:
            raise ValueError(self.expected)
        if not value.isprintable():
            raise ValueError(self.expected)
        return value
