"""The local exchange over loopback: an order's round trip, orders a second, and market frames a second to 1 and 10 listeners.

The baseline of the round trips is the smallest question there is (`GET /ok`) over the same connection; that of the frames
is one listener. Orders are signed beforehand, so what is measured is the exchange: verification, matching, disk, answer.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import Any

import httpx2
from _table import at_percent, options, show
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import OrderArgs, RequestArgs
from py_clob_client_v2.headers.headers import create_level_2_headers
from py_clob_client_v2.order_utils.model.order_data_v2 import order_to_json_v2
from websockets.asyncio.client import connect

TOKENS_MAX = 200


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

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def signed_orders(running: Running, count: int) -> list[bytes]:
    """Whole requests, ready to be written: bids at forty prices of one market."""
    admin, account = running.hello["admin"], running.hello["accounts"][0]
    wallet = {"do": "deposit", "address": account["funder"], "cash_e6": 10**12}
    httpx2.post(f"{admin}/act", json=wallet).raise_for_status()
    market = {"condition_id": "0x" + "b" * 64, "yes": "1001", "no": "1002", "question": "?"}
    httpx2.post(f"{admin}/markets", json=market).raise_for_status()
    client = ClobClient(running.hello["clob"], 137, key=account["private_key"], signature_type=0)
    client.set_api_creds(client.create_or_derive_api_key())
    requests = []
    for number in range(count):
        args = OrderArgs(token_id="1001", price=0.01 + 0.01 * (number % 40), size=10, side="BUY")
        wire = order_to_json_v2(client.create_order(args), client.creds.api_key, "GTC")
        body = json.dumps(wire, separators=(",", ":"))
        headers = create_level_2_headers(client.signer, client.creds, RequestArgs("POST", "/order", None, body))
        requests.append(request("POST", "/order", body, headers))
    return requests


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


async def at_once(port: int, requests: list[bytes], connections: int) -> float:
    """Requests a second over several connections."""
    begun = time.perf_counter()
    await asyncio.gather(*(ask(port, requests[start::connections]) for start in range(connections)))
    return len(requests) / (time.perf_counter() - begun)


async def listen(running: Running, listeners: int, seconds: float) -> float:
    """Frames a second that all listeners together receive of a crowd that acts as fast as it can."""
    page = httpx2.get(f"{running.hello['gamma']}/markets/keyset?limit=100").json()["markets"]
    tokens = [token for market in page for token in json.loads(market["clobTokenIds"])][:TOKENS_MAX]
    counts = [0] * listeners

    async def one(number: int) -> None:
        async with connect(running.hello["ws_market"], compression=None, max_size=None) as socket:
            await socket.send(json.dumps({"type": "market", "assets_ids": tokens, "custom_feature_enabled": True}))
            async for _ in socket:
                counts[number] += 1

    tasks = [asyncio.create_task(one(number)) for number in range(listeners)]
    await asyncio.wait(tasks, timeout=1.0)
    before, begun = sum(counts), time.perf_counter()
    await asyncio.wait(tasks, timeout=seconds)
    rate = (sum(counts) - before) / (time.perf_counter() - begun)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return rate


def main() -> None:
    """Print the table."""
    wish = options(__doc__, orders=1_000, seconds=4)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        running = Running.start(f"{folder}/quiet", "--speed", "0", "--tier", "elite")
        port = int(running.hello["clob"].rsplit(":", 1)[1])
        orders = signed_orders(running, wish.orders)
        base = asyncio.run(ask(port, [request("GET", "/ok")] * wish.orders))
        half = wish.orders // 2
        for name, took in (("GET /ok", base), ("POST /order", asyncio.run(ask(port, orders[:half])))):
            p50 = at_percent(took, 50)
            rows.append(
                {"what": name, "p50_ms": p50, "p99_ms": at_percent(took, 99), "ratio": p50 / at_percent(base, 50)}
            )
        rows.append({"what": "POST /order, 8 connections", "per_s": asyncio.run(at_once(port, orders[half:], 8))})
        running.end()
        running = Running.start(f"{folder}/busy", "--speed", "20000", "--days", "30", "--markets", "60")
        one = 0.0
        for listeners in (1, 10):
            rate = asyncio.run(listen(running, listeners, wish.seconds))
            one = one or rate
            rows.append({"what": f"frames to {listeners} listeners", "per_s": rate, "ratio": rate / one})
        running.end()
    show("exchange", rows, as_json=wish.json)


if __name__ == "__main__":
    main()
