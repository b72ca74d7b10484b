"""A server on 127.0.0.1 that serves files, each with a chosen fault, and records the requests."""

import http.server
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FORMS = {
    "feed": "application/rss+xml",
    "hls": "application/vnd.apple.mpegurl",
    "html": "text/html",
    "index": "application/vnd.pypi.simple.v1+json",
}
PAGE = b"<!DOCTYPE html><html><head><title>Welcome to the hotel</title></head><body>Please log in</body></html>"


class Server(http.server.ThreadingHTTPServer):
    """Server of a folder. ``faults``: the fault of a path, see Handler. ``requests``: requested paths, in order."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.faults: dict[str, str] = {}
        self.requests: list[str] = []

    @property
    def address(self) -> str:
        """Address at which it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def count(self, path: str) -> int:
        """Return how often ``path`` was requested."""
        return self.requests.count(path)

    def handle_error(self, *_: object) -> None:
        """Ignore errors: these tests are about clients that hang up."""


class Handler(http.server.BaseHTTPRequestHandler):
    """Handler that answers GET and HEAD with the file of the path, or with its fault.

    Faults: a status (``404``), one with Retry-After (``429 after 7``), ``first 500`` (once, then the file),
    ``later 403`` (half the file, then that status), ``redirect`` (to itself), ``reset``, ``stalled``, ``truncated``
    (from the second time on), ``cut`` (always), ``cut first``, ``page`` (HTML instead of the file), ``page as video``,
    ``feed``, ``hls``, ``html`` and ``index`` (the file is of that type). The file of a folder is its index.html.
    """

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Print nothing: the server records the requests."""

    def do_HEAD(self) -> None:
        """Answer without a body."""
        self._answer(body=False)

    def do_GET(self) -> None:
        """Answer with a body."""
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        path = self.path.split("?")[0]
        self.server.requests.append(path)
        fault = self.server.faults.get(path, "")
        kind, _, detail = fault.partition(" ")
        file = self.server.folder / path.lstrip("/")
        file = file / "index.html" if file.is_dir() else file
        content = file.read_bytes() if file.is_file() else b""
        if kind.isdecimal() or not (fault or file.is_file()):
            self._refuse(int(kind) if kind.isdecimal() else 404, detail.removeprefix("after "))
        elif (kind, self.server.count(path)) == ("first", 1) or (kind == "later" and self.server.count(path) > 2):
            self._refuse(int(detail))
        elif kind == "redirect":
            self._refuse(302, location=self.path)
        elif kind == "reset":
            self._reset()
        elif kind == "encoded":
            # As some servers do with .tar.gz, if the client accepts any encoding.
            encoding = "gzip" if "gzip" in self.headers.get("Accept-Encoding", "") else ""
            self._send(content, "application/x-tar", body, encoding=encoding)
        elif kind == "page":
            self._send(PAGE, "video/mp4" if detail else "text/html", body)
        elif kind in FORMS:
            self._send(content, FORMS[kind], body)
        elif kind == "cut":
            self._send(content, "video/mp4", body, half=not detail or self.server.count(path) == 1)
        else:
            half = kind in ("later", "truncated", "stalled") and body and self.server.count(path) > 1
            self._send(content, "video/mp4", body, half=half, stall=kind == "stalled")

    def _refuse(self, status: int, retry_after: str = "", location: str = "") -> None:
        self.send_response(status)
        if retry_after:
            self.send_header("Retry-After", retry_after)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _reset(self) -> None:
        """End the connection as if a cable was pulled."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def _send(
        self, content: bytes, form: str, body: bool, half: bool = False, stall: bool = False, encoding: str = ""
    ) -> None:
        self.send_response(200)
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Type", form)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content[: len(content) // 2] if half else content)
            self.wfile.flush()
            if stall:
                time.sleep(5)
            if half:
                self.close_connection = True


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """Serve ``folder`` for the duration of the context."""
    with Server(folder) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
