"""A web server on loopback that misbehaves as told."""

from __future__ import annotations

import io
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image


class FaultyServer(ThreadingHTTPServer):
    """Sends `content`; each request takes the next of `faults`, `always` goes for all.

    `ranges` holds the header `Range` of each request.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = b""
        self.faults: list[str] = []
        self.always: list[str] = []
        self.ranges: list[str | None] = []
        self.address = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Serves `server.content`; the next of `server.faults` spoils the answer."""

    server: FaultyServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        self.close_connection = True
        self.server.ranges.append(self.headers.get("Range"))
        fault = self.server.faults.pop(0) if self.server.faults else ""
        if fault.isdigit():
            self.send_error(int(fault))
            return
        if fault == "elsewhere":
            self.send_response(302)
            self.send_header("Location", self.path.replace("/files/", "/moved/"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self._send(fault)

    def _send(self, fault: str) -> None:
        content = self.server.content
        start = self._start(fault)
        if start >= len(content) and start:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = b"<html>log in</html>" if fault == "login page" else content[start:]
        if fault == "other bytes":
            body = bytes(255 - byte for byte in body)
        self.send_response(206 if start else 200)
        if start:
            shift = 7 if fault == "other range" else 0
            span = f"bytes {start + shift}-{len(content) - 1}/{len(content)}"
            self.send_header("Content-Range", span)
        if fault not in ("no length", "endless"):
            more = {"too long": 999, "too short": -9}.get(fault, 0)
            self.send_header("Content-Length", str(len(body) + more))
        self.end_headers()
        self._write(body, fault)

    def _start(self, fault: str) -> int:
        wanted = self.headers.get("Range")
        if wanted is None or fault == "no ranges" or "no ranges" in self.server.always:
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def _write(self, body: bytes, fault: str) -> None:
        if fault == "break off":
            body = body[: max(1, len(body) // 3)]
        if fault == "nothing":
            body = b""
        if fault == "endless":
            body = body * 2
        self.wfile.write(body[: len(body) // 2] if fault == "slow" else body)
        if fault == "slow":
            self.wfile.flush()
            time.sleep(0.5)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyServer]:
    """A running server; set its `content`, `faults` and `always`."""
    monkeypatch.setenv("no_proxy", "*")
    server = FaultyServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def zip_of(files: dict[str, bytes]) -> bytes:
    """A zip with these entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def make_zip() -> Callable[[dict[str, bytes]], bytes]:
    """A zip with the given entries: `make_zip({"a.txt": b"…"})`."""
    return zip_of


@pytest.fixture
def release_zip() -> bytes:
    """A small v3.2 release as it is published, side files of macOS and all."""
    buffer = io.BytesIO()
    Image.effect_noise((32, 32), 60).save(buffer, "JPEG")
    top = "hirise-map-proj-v3_2"
    names = [f"ESP_00000{one}_1450_RED-0001.jpg" for one in range(1, 7)]
    labels = "".join(f"{name} {row % 2}\n" for row, name in enumerate(names))
    images = {f"{top}/map-proj-v3_2/{name}": buffer.getvalue() for name in names}
    side_files = {f"__MACOSX/{top}/map-proj-v3_2/._{name}": b"\0" for name in names}
    return zip_of(
        {
            "README.txt": b"read me",
            f"{top}/labels-map-proj_v3_2.txt": labels.encode(),
            f"{top}/.DS_Store": b"\0",
            **images,
            **side_files,
        }
    )
