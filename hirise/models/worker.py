"""The process in which an untrusted model runs: `python -m hirise.models.worker`."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from hirise.errors import InputError, error_line, parameter
from hirise.models.pixel_scales import Encoding
from hirise.models.predictor import FEATURES, Predictor
from hirise.progress import Progress

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
    # A core dump could be as large as all of its memory.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # RLIMIT_AS would count what is only reserved; TensorFlow reserves a lot.
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        # A parent that is killed cannot end this process itself.
        ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGKILL)
    return cut


def _leave_network() -> bool:
    """A network namespace of its own has no way out: Linux only."""
    if sys.platform != "linux":
        return False
    # Read before `unshare`, after which both are those of nobody.
    user, group = os.getuid(), os.getgid()
    unshare = ctypes.CDLL(None, use_errno=True).unshare
    if unshare(_NEW_NET) == 0:
        return True
    # Who is not root may have one within a user namespace.
    if unshare(_NEW_USER | _NEW_NET) != 0:
        return False
    for name, text in (
        ("uid_map", f"{user} {user} 1"),
        # Without root, Linux lets a process write gid_map only once this is denied.
        ("setgroups", "deny"),
        ("gid_map", f"{group} {group} 1"),
    ):
        Path(f"/proc/self/{name}").write_text(text)
    return True


REFUSED = ("ResourceExhausted", "bad_alloc", "OOM when", "Failed to allocate memory")
"""Messages of TensorFlow, C++ and onnxruntime where Python raises a MemoryError."""


def main() -> None:
    """Load the model that the first line names, then carry out each request."""
    folder = Path(sys.argv[1])
    answers = _answers_only(folder / "log.txt")

    def answer(**values: Any) -> None:
        answers.write(json.dumps(values) + "\n")
        answers.flush()

    try:
        request = json.loads(sys.stdin.readline())
        cut = confine(request["memory"])
        predictor = Predictor(
            Path(request["model"]), request["form"], size=request["size"]
        )
        answer(facts=asdict(replace(predictor.facts, network_cut=cut)))
        for line in sys.stdin:
            _do(json.loads(line), predictor, folder, answer)
    except InputError as error:
        cause = error.__cause__
        is_memory = cause is not None and memory_ran_out(cause)
        answer(error="memory" if is_memory else error.worded(parameter))
    except Exception as error:
        # Whatever an untrusted model makes its runtime raise must come out as one line.
        text = f"{type(error).__name__}: {error_line(error)[:300]}"
        if memory_ran_out(error):
            text = "memory"
        answer(error=text)


def memory_ran_out(error: BaseException) -> bool:
    """Whether this is how Python or a runtime says that memory was refused.

    Examples
    --------
    >>> memory_ran_out(MemoryError()), memory_ran_out(ValueError("no"))
    (True, False)
    """
    text = f"{type(error).__name__} {error}"
    return isinstance(error, MemoryError) or any(words in text for words in REFUSED)


class _PipedProgress(Progress):
    """Passes progress on to the process that started this one."""

    def __init__(self, answer: Callable[..., None]) -> None:
        super().__init__()
        self.answer = answer

    def show(self, done: int, total: int) -> None:
        self.answer(done=done, of=total)


def _do(
    request: dict[str, Any],
    predictor: Predictor,
    folder: Path,
    answer: Callable[..., None],
) -> None:
    pixels = np.load(request["pixels"], mmap_mode="r", allow_pickle=False)
    rows = np.load(folder / "rows.npy", allow_pickle=False)
    encoding = Encoding(*request["encoding"])
    if request["do"] == "predict":
        outputs = predictor.predict(pixels, rows, encoding, _PipedProgress(answer))
        np.save(folder / "outputs.npy", outputs)
        # Those of an earlier request must not pass for these images.
        (folder / FEATURES).unlink(missing_ok=True)
        if predictor.features is not None:
            np.save(folder / FEATURES, predictor.features)
        answer(ready="outputs.npy")
    elif request["do"] == "explain":
        method, maps = predictor.explain(pixels, rows, encoding)
        np.save(folder / "maps.npy", maps)
        answer(ready="maps.npy", method=method)
    else:
        document = predictor.activations(pixels, rows, encoding, **request["about"])
        (folder / "activations.json").write_text(json.dumps(document), "utf-8")
        answer(ready="activations.json")


def _answers_only(log: Path) -> TextIO:
    """Standard output as it was; what else is printed goes to a file from now on."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # By descriptors, as native code does not print through `sys.stdout`.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    return answers


if __name__ == "__main__":
    main()
