"""What test modules name of TensorFlow and Keras, imported when a test first uses it.

Each process of the tests collects all modules. TensorFlow takes seconds to import, and
one process runs all the tests that need it.
"""

from __future__ import annotations

import importlib
from typing import Any


class Later:
    """`Later("keras")` is that module, and `Later("keras", "ops")` its `ops`."""

    def __init__(self, module: str, name: str = "") -> None:
        self._module = module
        self._name = name

    def _found(self) -> Any:
        module = importlib.import_module(self._module)
        return getattr(module, self._name) if self._name else module

    def __getattr__(self, name: str) -> Any:
        # pytest asks each object of a module for `__test__` and `_mock_name`.
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._found(), name)

    def __call__(self, *given: Any, **named: Any) -> Any:
        return self._found()(*given, **named)
