"""An untrusted model in a process of its own, with limits of memory and time."""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from hirise.arrays import Floats, Ints
from hirise.errors import InputError, parameter, shown
from hirise.models.pixel_scales import Encoding
from hirise.models.predictor import FEATURES, ModelFacts
from hirise.progress import Progress

WORKER = (sys.executable, "-m", "hirise.models.worker")
POLL_SECONDS = 0.1
"""Between two checks of the memory of the process."""
GB = 1e9


@dataclass(frozen=True)
class Limits:
    """What an untrusted model may take.

    Attributes
    ----------
    memory : float
        GB that its process may hold.
    silence : float
        Seconds without a batch, or a model, being ready.
    seconds : float
        In all.
    """

    memory: float = min(8.0, 0.8 * psutil.virtual_memory().total / GB)
    silence: float = 120.0
    seconds: float = 3_600.0


class SandboxedPredictor:
    """A `Predictor` in another process, which ends with this one.

    Raises
    ------
    InputError
        If the model cannot be loaded, or takes more than its limits, here or later.
    """

    def __init__(
        self,
        path: Path,
        form: str,
        *,
        size: int | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.path = path
        self.limits = limits or Limits()
        self.features: NDArray[np.float32] | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="hirise-model-"))
        self.ends = time.monotonic() + self.limits.seconds
        self.process = subprocess.Popen(
            [*WORKER, str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self.answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        # A thread, as Windows has no reading of a pipe with a time limit.
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            self._ask(
                model=str(path.absolute()),
                form=form,
                size=size,
                memory=int(self.limits.memory * GB),
            )
            facts = self._until("facts")["facts"]
        except BaseException:
            self.close()
            raise
        ends = facts["input_range"]
        self.facts = ModelFacts(
            **facts | {"input_range": None if ends is None else tuple(ends)}
        )

    def predict(
        self,
        pixels: NDArray[np.uint8],
        rows: Ints,
        encoding: Encoding,
        progress: Progress | None = None,
    ) -> Floats:
        """See `Predictor.predict`."""
        self._ask(do="predict", encoding=encoding, pixels=self._file_of(pixels, rows))
        self._until("ready", progress=progress)
        # Written by the untrusted process: a pickle in it would run its code here.
        outputs: Floats = np.load(self.folder / "outputs.npy", allow_pickle=False)
        expected = (len(rows), self.facts.n_outputs)
        if outputs.shape != expected:
            raise InputError(
                f"The model gave {outputs.shape}, not {expected} numbers.",
                where=self.path,
            )
        self.features = self._read_features(len(rows))
        return outputs

    def _read_features(self, n_images: int) -> NDArray[np.float32] | None:
        """See `Predictor.predict`; what is not one list per image is left out."""
        path = self.folder / FEATURES
        if not path.is_file():
            return None
        features: NDArray[np.float32] = np.load(path, allow_pickle=False)
        is_table = features.ndim == 2 and len(features) == n_images
        return features if is_table else None

    def activations(
        self, pixels: NDArray[np.uint8], rows: Ints, encoding: Encoding, **about: Any
    ) -> dict[str, Any]:
        """See `Predictor.activations`."""
        file = self._file_of(pixels, rows)
        self._ask(do="activations", encoding=encoding, pixels=file, about=about)
        self._until("ready")
        document: dict[str, Any] = json.loads(
            (self.folder / "activations.json").read_text("utf-8")
        )
        return document

    def explain(
        self, pixels: NDArray[np.uint8], outputs: Ints, encoding: Encoding
    ) -> tuple[str, NDArray[np.float32]]:
        """See `Predictor.explain`."""
        file = self._file_of(pixels, outputs)
        self._ask(do="explain", encoding=encoding, pixels=file)
        method = str(self._until("ready")["method"])
        maps: NDArray[np.float32] = np.load(
            self.folder / "maps.npy", allow_pickle=False
        )
        return method, maps

    def close(self) -> None:
        """End the process and remove its files."""
        # No request to end, which the code of a model could ignore.
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _file_of(self, pixels: NDArray[np.uint8], rows: Ints) -> str:
        """Where the process finds pixels, mapped as they are here, and rows."""
        np.save(self.folder / "rows.npy", rows)
        if isinstance(pixels, np.memmap) and pixels.filename is not None:
            return str(pixels.filename)
        path = self.folder / "pixels.npy"
        np.save(path, pixels)
        return str(path)

    def _ask(self, **request: Any) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except OSError as error:
            raise self._ended() from error

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.answers.put(line)
        self.answers.put("")

    def _until(self, key: str, *, progress: Progress | None = None) -> dict[str, Any]:
        """The next answer that holds `key`; reports the progress until then."""
        while True:
            answer = self._answer()
            if "done" in answer and progress is not None:
                progress.update("Predicting", answer["done"], answer["of"])
            if key in answer:
                return answer

    def _answer(self) -> dict[str, Any]:
        silent = time.monotonic() + self.limits.silence
        while True:
            try:
                line = self.answers.get(timeout=POLL_SECONDS)
            except queue.Empty:
                self._check(silent)
                continue
            if not line:
                raise self._ended()
            answer: dict[str, Any] = json.loads(line)
            if "error" in answer:
                raise self._failed(str(answer["error"]))
            return answer

    def _check(self, silent: float) -> None:
        """End a process that is silent, takes too long or too much memory."""
        now = time.monotonic()
        if now > silent:
            raise InputError(
                "The model was ended because it gave no output for "
                f"{self.limits.silence:,.0f} seconds.",
                where=self.path,
            )
        if now > self.ends:
            raise InputError(
                f"The model was ended after {self.limits.seconds / 60:,.0f} minutes.",
                where=self.path,
                how=f"Raise the limit ({parameter('time_limit')}) if it may take "
                "longer.",
            )
        # From outside too: the limit that the process sets itself works on Linux alone.
        try:
            held = psutil.Process(self.process.pid).memory_info().rss
        except psutil.NoSuchProcess:
            return
        if held > self.limits.memory * GB:
            raise self._too_large()

    def _failed(self, error: str) -> InputError:
        if error == "memory":
            return self._too_large()
        if str(self.path) in error:
            return InputError(error)
        return InputError(shown(error), where=self.path)

    def _too_large(self) -> InputError:
        return InputError(
            f"The model needs more than {self.limits.memory:.1f} GB of memory.",
            where=self.path,
            how=f"Raise the limit ({parameter('memory_limit')}) if it may have more.",
        )

    def _ended(self) -> InputError:
        status = self.process.wait()
        signal = f"signal {-status}" if status < 0 else f"status {status}"
        return InputError(
            f"The process of the model ended early ({signal}), perhaps for lack of "
            f"memory: its limit is {self.limits.memory:.1f} GB.",
            where=self.path,
            how=f"Raise the limit with {parameter('memory_limit')}.",
        )
