"""The exchange of a rehearsal: a process of our own on loopback, its greeting, its operator's door, its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.request import ProxyHandler, Request, build_opener

from astra_actors.kernel.errors import AstraError

GREETING_S: Final = 60.0  # a world of hundreds of markets is drawn before the first connection is taken
ANSWER_S: Final = 10.0
END_S: Final = 10.0
ACCOUNT: Final = 1  # the development account that trades: a deposit wallet, the kind that most new users have


class VenueFailed(AstraError):
    """The exchange of the rehearsal did not start, or answers no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A development account. Its key is computed from a seed and worth nothing."""

    private_key: str
    signature_type: int
    funder: str
    collateral_usd: int

    @property
    def environ(self) -> dict[str, str]:
        """The account as the environment of a live run names it."""
        return {
            "POLY_PRIVATE_KEY": self.private_key,
            "SIGNATURE_TYPE": str(self.signature_type),
            "FUNDER_ADDRESS": self.funder,
        }


class RehearsalVenue:
    """`astra exchange` as a child. Killed, it comes back on the same port with what is on its disk."""

    def __init__(self, folder: Path, flags: Sequence[str]) -> None:
        self._folder, self._flags = folder, list(flags)
        self._process: subprocess.Popen[str] | None = None
        self._port = 0
        self.greeting: dict[str, Any] = {}
        self.deaths = 0

    @property
    def books(self) -> Path:
        """Where it writes orders, trades and fills."""
        return self._folder / "exchange" / "exchange.sqlite"

    @property
    def account(self) -> Account:
        told = self.greeting["accounts"][ACCOUNT]
        return Account(
            private_key=told["private_key"],
            signature_type=told["signature_type"],
            funder=told["funder"],
            collateral_usd=told["collateral_usd"],
        )

    def start(self) -> None:
        """Start it and wait for its greeting; raises `VenueFailed` with what it said instead."""
        self._folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "astra_actors.cli.main", "exchange", "--json", "--port", str(self._port)]
        said = self._folder / "exchange.err"
        with said.open("a") as errors:
            self._process = subprocess.Popen(
                [*command, "--data-dir", str(self._folder), *self._flags],
                stdout=subprocess.PIPE,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                env=_without_settings(os.environ),
                text=True,
                start_new_session=True,  # Ctrl-C is ours: it must outlive our last cancel
            )
        line = self._first_line(self._process)
        if not line:
            self.stop()
            raise VenueFailed(f"the exchange did not start: {said.read_text()[-500:].strip() or 'it said nothing'}")
        self.greeting = json.loads(line)
        self._port = int(self.greeting["clob"].rpartition(":")[2])

    def kill(self) -> None:
        """SIGKILL it, and start it again where it was."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self.deaths += 1
        self.start()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL when that is not enough."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def get(self, path: str) -> Any:
        """One question at the operator's door."""
        return self._ask(Request(f"{self.greeting['admin']}/{path}"))

    def post(self, path: str, content: Mapping[str, Any]) -> Any:
        """One deed there."""
        body = json.dumps(content).encode()
        return self._ask(Request(f"{self.greeting['admin']}/{path}", body, {"Content-Type": "application/json"}))

    def _ask(self, request: Request) -> Any:
        try:
            with build_opener(ProxyHandler({})).open(request, timeout=ANSWER_S) as answer:
                return json.loads(answer.read())
        except (OSError, ValueError) as error:
            raise VenueFailed(f"the exchange does not answer {request.full_url}: {error}") from None

    def _first_line(self, process: subprocess.Popen[str]) -> str:
        """The greeting; a process that says nothing is not waited for for ever."""
        assert process.stdout is not None
        patience = threading.Timer(GREETING_S, process.kill)
        patience.start()
        try:
            return process.stdout.readline()
        finally:
            patience.cancel()


def _without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The exchange has flags of its own; what the environment says to a run, or of an account, is not for it."""
    return {name: value for name, value in environ.items() if not name.startswith(("ASTRA_", "POLY_", "FUNDER_"))}
