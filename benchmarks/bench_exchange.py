"""The local exchange over loopback: an order's round trip, orders a second, and market frames a second to 1 and 10 listeners.

The baseline of the round trips is the smallest question there is (`GET /ok`) over the same connection; that of orders a
second is one in flight; that of the frames is one listener. Orders are signed beforehand, so what is measured is the
exchange: verification, matching, disk, answer. Frames are counted at both ends, and every one has to arrive.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx2
import psutil
from _table import at_percent, options, show
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import OrderArgs, RequestArgs
from py_clob_client_v2.headers.headers import create_level_2_headers
from py_clob_client_v2.order_utils.model.order_data_v2 import order_to_json_v2
from websockets.asyncio.client import ClientConnection, connect

TOKENS_MAX: Final = 200
BATCH: Final = 15
ROUNDS: Final = 8
PART: Final = 50  # requests of one kind before it is the other's turn
SETTLE_S: Final = 0.5  # a frame that was made leaves once the disk has what it tells
LISTED: Final = '"new_market"'


@dataclass
class Running:
    """An exchange in a process of its own."""

    process: subprocess.Popen[str]
    hello: dict[str, Any]

    @classmethod
    def start(cls, folder: str, *flags: str) -> Running:
        words = ["-m", "astra_actors.cli.main", "exchange", "--json", "--data-dir", folder, *flags]
        process = subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        return cls(process, json.loads(process.stdout.readline()))

    @property
    def port(self) -> int:
        return int(self.hello["clob"].rsplit(":", 1)[1])

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(20)


class Signer:
    """One account with money, and requests of it that are ready to be written: bids at forty prices of one market."""

    def __init__(self, running: Running) -> None:
        admin, account = running.hello["admin"], running.hello["accounts"][0]
        wallet = {"do": "deposit", "address": account["funder"], "cash_e6": 10**12}
        httpx2.post(f"{admin}/act", json=wallet).raise_for_status()
        market = {"condition_id": "0x" + "b" * 64, "yes": "1001", "no": "1002", "question": "?"}
        httpx2.post(f"{admin}/markets", json=market).raise_for_status()
        self._client = ClobClient(running.hello["clob"], 137, key=account["private_key"], signature_type=0)
        self._client.set_api_creds(self._client.create_or_derive_api_key())

    def singles(self, count: int) -> list[bytes]:
        """One order in each request."""
        return [self._posted("/order", self._wire(number)) for number in range(count)]

    def batches(self, count: int) -> list[bytes]:
        """So many orders in requests of fifteen."""
        numbers = [range(first, min(first + BATCH, count)) for first in range(0, count, BATCH)]
        return [self._posted("/orders", [self._wire(number) for number in batch]) for batch in numbers]

    def _wire(self, number: int) -> Any:
        args = OrderArgs(token_id="1001", price=0.01 + 0.01 * (number % 40), size=10, side="BUY")
        return order_to_json_v2(self._client.create_order(args), self._client.creds.api_key, "GTC")

    def _posted(self, path: str, content: Any) -> bytes:
        body, client = json.dumps(content, separators=(",", ":")), self._client
        headers = create_level_2_headers(client.signer, client.creds, RequestArgs("POST", path, None, body))
        return request("POST", path, body, headers)


def request(method: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> bytes:
    """One HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


async def ask(port: int, requests: list[bytes]) -> list[float]:
    """Milliseconds of each request over one connection, one after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    took = []
    for each in requests:
        begun = time.perf_counter()
        writer.write(each)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(length)
        assert head.startswith(b"HTTP/1.1 200"), head
        took.append((time.perf_counter() - begun) * 1_000)
    writer.close()
    return took


async def at_once(port: int, requests: list[bytes], connections: int) -> None:
    """All of them over several connections."""
    await asyncio.gather(*(ask(port, requests[start::connections]) for start in range(connections)))


def throughput(running: Running, signer: Signer, orders: int) -> list[dict[str, Any]]:
    """Orders a second each way, and what one costs the exchange's process; the ways take turns."""
    port, process = running.port, psutil.Process(running.process.pid)
    count = max(BATCH, orders // ROUNDS)
    ways: dict[str, Callable[[], tuple[list[bytes], int]]] = {
        "orders, one at a time": lambda: (signer.singles(count), 1),
        "orders, 8 connections": lambda: (signer.singles(count), 8),
        "orders, 15 in a request": lambda: (signer.batches(count), 1),
    }
    found: dict[str, list[tuple[float, float]]] = {}
    for _ in range(ROUNDS):
        for name, prepare in ways.items():
            requests, connections = prepare()
            used, begun = sum(process.cpu_times()[:2]), time.perf_counter()
            asyncio.run(at_once(port, requests, connections))
            took, used = time.perf_counter() - begun, sum(process.cpu_times()[:2]) - used
            found.setdefault(name, []).append((count / took, 1_000 * used / count))
    rows: list[dict[str, Any]] = []
    for name, figures in found.items():
        rate, cpu_ms = (statistics.median(column) for column in zip(*figures, strict=True))
        base = rows[0]["per_s"] if rows else rate
        rows.append({"what": name, "per_s": rate, "ratio": rate / base, "cpu_ms": cpu_ms})
    return rows


class Ears:
    """Listeners of the market channel, and what each of them has heard of its tokens."""

    def __init__(self, running: Running, listeners: int) -> None:
        self._running = running
        page = httpx2.get(f"{running.hello['gamma']}/markets/keyset?limit=100").json()["markets"]
        self._tokens = [token for market in page for token in json.loads(market["clobTokenIds"])][:TOKENS_MAX]
        self.counts = [0] * listeners
        self._ready = [asyncio.Event() for _ in range(listeners)]
        self._last, self._over = asyncio.Event(), asyncio.Event()

    async def listen(self, seconds: float) -> tuple[float, int]:
        """Frames a second that all of them receive of a crowd that acts as fast as it can, and how many never came."""
        before = self._said()
        tasks = [asyncio.create_task(self._one(number)) for number in range(len(self.counts))]
        await asyncio.gather(*(each.wait() for each in self._ready))
        heard, begun = sum(self.counts), time.perf_counter()
        await asyncio.wait(tasks, timeout=seconds)
        rate = (sum(self.counts) - heard) / (time.perf_counter() - begun)
        self._last.set()
        await asyncio.wait(tasks, timeout=SETTLE_S)
        self._over.set()
        await asyncio.gather(*tasks)
        return rate, self._said() - before - sum(self.counts)

    async def _one(self, number: int) -> None:
        async with connect(self._running.hello["ws_market"], compression=None, max_size=None) as socket:
            wish = {"type": "market", "assets_ids": self._tokens, "custom_feature_enabled": True}
            await socket.send(json.dumps(wish))
            leaving = asyncio.create_task(self._leave(socket))
            async for text in socket:
                if text == "PONG":  # everything that was said before it has been heard
                    break
                self.counts[number] += LISTED not in text[:200]
                self._ready[number].set()
            await leaving

    async def _leave(self, socket: ClientConnection) -> None:
        """Ask for nothing more once all have heard enough, and for an answer once nothing more is on its way."""
        await self._last.wait()
        await socket.send(json.dumps({"operation": "unsubscribe", "assets_ids": self._tokens}))
        await self._over.wait()
        await socket.send("PING")

    def _said(self) -> int:
        """Frames that the exchange has handed to its listeners; those about new markets go to everyone, whatever he follows."""
        frames = httpx2.get(f"{self._running.hello['admin']}/status").json()["frames"]
        return sum(count for kind, count in frames.items() if kind != "new_market")


def main() -> None:
    """Print the table."""
    wish = options(__doc__, orders=1_000, seconds=4)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        running = Running.start(f"{folder}/quiet", "--speed", "0", "--tier", "elite")
        signer = Signer(running)
        asks = {"GET /ok": [request("GET", "/ok")] * wish.orders, "POST /order": signer.singles(wish.orders)}
        took: dict[str, list[float]] = {name: [] for name in asks}
        for first in range(0, wish.orders, PART):
            for name, requests in asks.items():
                took[name] += asyncio.run(ask(running.port, requests[first : first + PART]))
        for name, figures in took.items():
            p50, base = at_percent(figures, 50), at_percent(took["GET /ok"], 50)
            rows.append({"what": name, "p50_ms": p50, "p99_ms": at_percent(figures, 99), "ratio": p50 / base})
        rows += throughput(running, signer, wish.orders)
        running.end()
        running = Running.start(f"{folder}/busy", "--speed", "20000", "--days", "30", "--markets", "60")
        one = 0.0
        for listeners in (1, 10):
            rate, lost = asyncio.run(Ears(running, listeners).listen(wish.seconds))
            one = one or rate
            rows.append({"what": f"frames to {listeners} listeners", "per_s": rate, "ratio": rate / one, "lost": lost})
        running.end()
    show("exchange", rows, as_json=wish.json)


if __name__ == "__main__":
    main()
