"""Limits that a process puts on itself before it loads a stranger's model."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
"""Flags of Linux' unshare(2)."""
_PARENT_DIED = 1
"""Option of Linux' prctl(2): the signal that comes then."""


def confine(memory: int) -> bool:
    """Cut this process off from the network and bound its memory, where that works.

    Parameters
    ----------
    memory : int
        Bytes of data that it may hold. The process that started it watches this too,
        as some systems have no such limit.

    Returns
    -------
    bool
        Whether the network is out of reach.
    """
    if sys.platform == "win32":
        return False
    import resource

    cut = _leave_network()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # RLIMIT_AS would count what is only reserved; TensorFlow reserves a lot.
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGKILL)
    return cut


def _leave_network() -> bool:
    """A network namespace of its own has no way out: Linux only."""
    if sys.platform != "linux":
        return False
    user, group = os.getuid(), os.getgid()
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    if unshare(_NEW_NET) == 0:
        return True
    # Who is not root may have one within a user namespace.
    if unshare(_NEW_USER | _NEW_NET) != 0:
        return False
    for name, text in (
        ("uid_map", f"{user} {user} 1"),
        ("setgroups", "deny"),
        ("gid_map", f"{group} {group} 1"),
    ):
        Path(f"/proc/self/{name}").write_text(text)
    return True
