"""What people have yet to say before something can be started."""

from __future__ import annotations

from hirise.errors import InputError


class Lacking(InputError):
    """Nothing is wrong yet; a field is empty that must not stay so."""
