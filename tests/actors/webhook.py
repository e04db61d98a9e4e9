"""A real webhook on loopback: it keeps what it was sent, and when."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE_S = 150.0  # until a message that must come is given up: a broken run, not a busy machine


class Webhook:
    """Listen on a free port of 127.0.0.1. `refuse` answers that many posts with 503 first."""

    def __init__(self, *, refuse: int = 0, path: str = "/hook/tok3n-in-the-path") -> None:
        self.posts: list[tuple[float, dict[str, Any]]] = []
        self.asked: list[str] = []
        self._refuse, self._came = refuse, threading.Condition()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(hook.take(self.path, body))
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}{path}?key=tok3n-in-the-query"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def take(self, path: str, body: dict[str, Any]) -> int:
        with self._came:
            self.asked.append(path)
            if len(self.asked) <= self._refuse:
                return 503
            self.posts.append((time.time(), body))
            self._came.notify_all()
            return 200

    def wait_for(self, words: str, count: int = 1) -> list[tuple[float, dict[str, Any]]]:
        """The posts whose title has these words, once there are `count` of them."""
        with self._came:
            came = self._came.wait_for(lambda: len(self.titled(words)) >= count, timeout=PATIENCE_S)
            assert came, f"in vain for {count} × {words!r}; there came {[body['title'] for _, body in self.posts]}"
            return self.titled(words)

    def titled(self, words: str) -> list[tuple[float, dict[str, Any]]]:
        return [post for post in self.posts if words in post[1]["title"]]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
