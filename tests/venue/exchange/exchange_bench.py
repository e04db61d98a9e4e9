"""`astra exchange` in a process of its own, the official client in this one, and nothing shared but loopback."""

from __future__ import annotations

import ctypes
import itertools
import json
import logging
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import OrderArgs

logging.getLogger("py_clob_client_v2").setLevel(logging.CRITICAL)
POLYGON = 137
PATIENCE_S = 20.0
_PR_SET_PDEATHSIG = 1
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Listed:
    """A market that was listed for one case."""

    cid: str
    yes: str
    no: str

    def token(self, outcome: str) -> str:
        return self.yes if outcome == "YES" else self.no


class Bench:
    """Start, ask, steer and end one exchange."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self.folder, self.flags = folder, flags
        self.process: subprocess.Popen[str] | None = None
        self.hello: dict[str, Any] = {}
        self._clients: dict[tuple[int, str], ClobClient] = {}

    def __enter__(self) -> Bench:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(timeout=PATIENCE_S) == 0, (self.folder / "err").read_text()

    def start(self, *flags: str) -> None:
        """Start it, and wait for its greeting."""
        words = ["exchange", "--json", "--data-dir", str(self.folder / "data"), *self.flags, *flags]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "astra_actors.cli.main", *words],
            stdout=subprocess.PIPE,
            stderr=(self.folder / "err").open("w"),
            text=True,
            preexec_fn=_die_with_the_parent if sys.platform == "linux" else None,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, (self.folder / "err").read_text()
        self.hello = json.loads(line)

    def kill(self) -> None:
        """SIGKILL, as a machine does it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=PATIENCE_S)

    @property
    def port(self) -> int:
        return int(self.hello["clob"].rsplit(":", 1)[1])

    @cached_property
    def accounts(self) -> list[dict[str, Any]]:
        return list(self.hello["accounts"])

    # -- what no venue has --------------------------------------------------------------------------------------------

    def ask(
        self, url: str, body: Any = None, *, method: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of one plain request."""
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        method = method or ("GET" if data is None else "POST")
        request = urllib.request.Request(
            url, data=data, method=method, headers={"Content-Type": "application/json", **(headers or {})}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, _json(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, _json(error.read())

    def admin(self, path: str, body: Any = None) -> Any:
        """A question or a deed of the operator's."""
        status, content = self.ask(f"{self.hello['admin']}/{path}", body)
        assert status == 200, content
        return content

    def act(self, do: str, **wish: Any) -> Any:
        return self.admin("act", {"do": do, **wish})["answer"]

    def switch(self, **forms: str) -> None:
        self.admin("switches", forms)

    def enrich(self, usd: int = 1_000_000) -> None:
        """Give the first four wallets so much that no case is about money unless it says so."""
        for account in self.accounts[:4]:
            self.act("deposit", address=account["funder"], cash_e6=usd * 1_000_000)

    def market(self, *, sets: int = 0, holders: tuple[int, ...] = (0, 1), **options: Any) -> Listed:
        """A market of its own for one case, with complete sets in some wallets."""
        number = next(_NUMBERS)
        cid = "0x" + f"{self.port:08x}{number:08x}".rjust(62 if options.get("version") == "v2" else 64, "a")
        first = 10**70 + self.port * 10**9 + 2 * number
        yes, no = options.pop("yes", str(first)), options.pop("no", str(first + 1))
        self.admin("markets", {"condition_id": cid, "yes": yes, "no": no, "question": f"Case {number}?", **options})
        if sets:
            for who in holders:
                self.act("split", address=self.accounts[who]["funder"], market=cid, size_e6=sets * 1_000_000)
        return Listed(cid, yes, no)

    # -- the official client ------------------------------------------------------------------------------------------

    def client(self, who: int = 0) -> ClobClient:
        """The official client of one account, its API key created or derived."""
        known = self._clients.get((who, self.hello["clob"]))
        if known is None:
            account = self.accounts[who]
            known = ClobClient(
                self.hello["clob"],
                POLYGON,
                key=account["private_key"],
                signature_type=account["signature_type"],
                funder=account["funder"],
            )
            known.set_api_creds(known.create_or_derive_api_key())
            self._clients[who, self.hello["clob"]] = known
        return known

    def limit(
        self, who: int, token: str, side: str, price: float, size: float, kind: str = "GTC", **more: Any
    ) -> dict[str, Any]:
        """Post a limit order; the answer as it came, without waiting for hashes."""
        post_only = more.pop("post_only", False)
        args = OrderArgs(token_id=token, price=price, size=size, side=side, **more)
        answer: dict[str, Any] = self.client(who).create_and_post_order(
            args, order_type=kind, post_only=post_only, defer_exec=True
        )
        return answer

    def until(self, condition: Callable[[], Any], told: str) -> Any:
        """Ask again until something has come true; the questions themselves take the time."""
        give_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up:
            if found := condition():
                return found
        raise AssertionError(f"in vain, for {PATIENCE_S:.0f} s: {told}")


def _die_with_the_parent() -> None:
    """A test run that is killed leaves no exchange behind."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode()
