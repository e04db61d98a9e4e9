"""An order's way through the Gateway: from the word of a market's owner to the answer it hears, the intent durable between.

A real Gateway and a real ledger behind a Ray of their own, the local exchange, and the very link through which a market's
owner speaks. Beside each order a bare one goes out, signed and posted by the venue's own client, and one by our client.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import tempfile
import time
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

import httpx2
from _table import at_percent, options, show
from bench_exchange import Running
from py_clob_client_v2.client import ClobClient
from py_clob_client_v2.clob_types import OrderArgs, PartialCreateOrderOptions

from actors.account_link import AccountLink
from actors.badge import Badge
from actors.venue_http import ClobHttp
from astra_actors.config.load import load_settings
from astra_actors.execution.order import Order
from astra_actors.kernel.units import NS_PER_S
from astra_actors.ledger.runs import RunIdentity
from astra_actors.market.instrument import Side, Token
from astra_actors.venues.clob.building import BATCH_MAX, Listing, Wallet, draft_of
from astra_actors.venues.clob.fates import Fate, fates_of
from astra_actors.venues.clob.words import Join, Joined, Place
from astra_actors.venues.port import Accepted, Rejected
from astra_actors.venues.signing.credentials import Credentials
from astra_actors.venues.signing.wallet_key import WalletKey
from supervision.joining import WORKER_ENVIRONMENT
from supervision.key_handoff import seal_secrets, serve

MARKET: Final = Listing(
    condition_id="0x" + "b" * 64, token_id="1001", tick_e4=100, size_min_e6=5_000_000, neg_risk=False, version="v1"
)  # fmt: skip
NAMESPACE: Final = "bench-live"
RUN: Final = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
ALONE_S: Final = 3_600.0  # the children outlive any benchmark: nobody renews them here
GATEWAY, BARE = 0, 2  # the accounts, plain wallets both: the Gateway would cancel another's orders as orphans
WARM: Final = 20
_NUMBERS: Final = itertools.count(1)


def order() -> Order:
    """A bid that rests."""
    number, now_ns = next(_NUMBERS), time.time_ns()
    price_e4, size_e6 = 100 + 100 * (number % 40), 10_000_000
    return Order(
        order_id=f"bench-{number}", market_id=MARKET.condition_id, token=Token.YES, side=Side.BUY, price_e4=price_e4,
        size_e6=size_e6, sent_ns=now_ns, expires_ns=(now_ns // NS_PER_S + 900) * NS_PER_S, strategy="market_making",
        reserved_e10=price_e4 * size_e6,
    )  # fmt: skip


class Owner:
    """The owner of the market, with the link that a market actor has; and the tree it speaks to."""

    def __init__(self, running: Running, folder: Path) -> None:
        from actors import options as actors

        hello, account = running.hello, running.hello["accounts"][GATEWAY]
        beside = {"SIGNATURE_TYPE": str(account["signature_type"]), "FUNDER_ADDRESS": account["funder"]}
        self._keys = serve(seal_secrets({"POLY_PRIVATE_KEY": account["private_key"], **beside})[0], folder / "keys")
        stream = {"clob_url": hello["clob"], "gamma_url": hello["gamma"], "market_ws_url": hello["ws_market"]}
        private = {"user_ws_url": hello["ws_user"], "relayer_url": hello["relayer"]}
        flags = {
            "run": {"feed": "polymarket", "venue": "clob", "data_dir": str(folder)},
            "stream": stream,
            "live": {"phase": "E", "tier": "elite", "gateway": private},
        }
        settings, path = load_settings(environ={}, flags=flags), folder / "ledger.db"
        identity = RunIdentity(
            run_id=RUN, git_sha="g", started_at="2026-01-01T00:00:00.000Z", python_version="3", config_hash="c" * 64,
            prompt_bundle_hash="p" * 64, paper_mode=False, feed="polymarket", venue="clob", seed=1,
        )  # fmt: skip
        ours: dict[str, tuple[Any, ...]] = {
            "ledger": (path, identity, "{}", folder / "artifacts"),
            "gateway": (settings, path, RUN, NAMESPACE, folder / "keys"),
        }
        self.children: dict[str, Any] = {}
        for name, arguments in ours.items():
            badge = Badge(
                name=name, run_id=RUN, config_hash="c", code="x", epoch=1, incarnation=1, pulse_timeout_s=ALONE_S
            )
            child = self.children[name] = actors.start(name, name, NAMESPACE, *arguments, badge=badge)
            self.ask(child.hello)
        self._heard: SimpleQueue[Any] = SimpleQueue()
        self._link = AccountLink(0, NAMESPACE, incarnation=1, post=self._heard.put)
        self._link.say((Join(market_id=MARKET.condition_id, incarnation=1),))
        self._hear(Joined, 1)

    def ask(self, method: Any) -> Any:
        import ray

        return ray.get(method.remote(), timeout=60.0)

    def place(self, count: int) -> float:
        """Milliseconds from the word to the answers of so many orders at once."""
        orders = [order() for _ in range(count)]
        lease_until_ns = orders[0].sent_ns + 600 * NS_PER_S
        words = tuple(
            Place(order=each, listing=MARKET, lease_until_ns=lease_until_ns, incarnation=1) for each in orders
        )
        began = time.perf_counter()
        self._link.say(words)
        self._hear(Accepted, count)
        return (time.perf_counter() - began) * 1e3

    def close(self) -> None:
        import ray

        self._link.close()
        for child in self.children.values():
            ray.kill(child)
        self._keys.close()

    def _hear(self, kind: type, count: int) -> None:
        while count:
            for one in self._heard.get(timeout=30.0).told:
                assert not isinstance(one.news, Rejected), one.news
                count -= isinstance(one.news, kind)


class Bare:
    """One wallet of its own with both clients; nothing is written, and nothing is known afterwards."""

    def __init__(self, running: Running) -> None:
        self._url, account = running.hello["clob"], running.hello["accounts"][BARE]
        self._kind = {"signature_type": account["signature_type"], "funder": account["funder"]}
        self._official = ClobClient(self._url, 137, key=account["private_key"], **self._kind)
        creds = self._official.create_or_derive_api_key()
        self._official.set_api_creds(creds)
        self._key = WalletKey(account["private_key"])
        self._wallet = Wallet(signer=self._key.address, **self._kind)
        self._credentials = Credentials(
            address=self._key.address, api_key=creds.api_key, secret=creds.api_secret, passphrase=creds.api_passphrase
        )

    def official(self) -> float:
        """Milliseconds of one order through the venue's own client."""
        one = order()
        args = OrderArgs(token_id=MARKET.token_id, price=one.price_e4 / 10_000, size=one.size_e6 / 1e6, side="BUY")
        began = time.perf_counter()
        signed = self._official.create_order(args, PartialCreateOrderOptions(tick_size="0.01", neg_risk=False))
        assert self._official.post_order(signed, "GTC", post_only=True)["success"]
        return (time.perf_counter() - began) * 1e3

    def open(self) -> ClobHttp:
        """Our client, on the loop that runs."""
        params = load_settings(environ={}).live.gateway
        return ClobHttp(self._url, params, self._credentials, signature_type=self._kind["signature_type"])

    async def ours(self, http: ClobHttp, count: int) -> float:
        """Milliseconds of so many orders in one request of ours."""
        orders = [order() for _ in range(count)]
        began = time.perf_counter()
        drafts = [draft_of(each, MARKET, self._wallet) for each in orders]
        reply, body = await http.post(drafts, self._key)
        took = (time.perf_counter() - began) * 1e3
        assert {each.fate for each in fates_of(reply, body, [d.venue_id for d in drafts])} == {Fate.RESTS}, body
        return took


def prepare(running: Running) -> None:
    """Money and a market."""
    admin = running.hello["admin"]
    for who in (GATEWAY, BARE):
        wallet = {"do": "deposit", "address": running.hello["accounts"][who]["funder"], "cash_e6": 10**12}
        httpx2.post(f"{admin}/act", json=wallet).raise_for_status()
    market = {"condition_id": MARKET.condition_id, "yes": MARKET.token_id, "no": "1002", "question": "?"}
    httpx2.post(f"{admin}/markets", json=market).raise_for_status()


def measured(owner: Owner, bare: Bare, orders: int, batches: int) -> dict[str, list[float]]:
    """Milliseconds of each way; the ways take turns, order by order."""
    took: dict[str, list[float]] = {}

    def note(name: str, figure: float) -> None:
        took.setdefault(name, []).append(figure)

    with asyncio.Runner() as runner:
        http = runner.run(_opened(bare))
        for number in range(WARM + orders):
            if number == WARM:
                took.clear()
            note("POST, the venue's client", bare.official())
            note("POST, our client", runner.run(bare.ours(http, 1)))
            note("an actor that answers", _timed(owner))
            note("word → Accepted, through the Gateway", owner.place(1))
        for _ in range(batches):
            note("POST of 15, our client", runner.run(bare.ours(http, BATCH_MAX)))
            note("15 words → 15 × Accepted", owner.place(BATCH_MAX))
        runner.run(http.close())
    return took


async def _opened(bare: Bare) -> ClobHttp:
    return bare.open()


def _timed(owner: Owner) -> float:
    began = time.perf_counter()
    owner.ask(owner.children["ledger"].hello)
    return (time.perf_counter() - began) * 1e3


def main() -> None:
    """Print the table."""
    wish = options(__doc__, orders=300, batches=20)
    os.environ.update(WORKER_ENVIRONMENT)
    import ray

    with tempfile.TemporaryDirectory() as folder:
        running = Running.start(f"{folder}/exchange", "--speed", "0", "--tier", "elite")
        try:
            prepare(running)
            ray.init(
                address="local",
                namespace=NAMESPACE,
                include_dashboard=False,
                log_to_driver=False,
                configure_logging=False,
            )
            with closing(Owner(running, Path(folder))) as owner:
                took = measured(owner, Bare(running), wish.orders, wish.batches)
                seen: dict[str, Any] = {}
                while seen.get("sent", 0) < WARM + wish.orders + BATCH_MAX * wish.batches:  # it is told each second
                    seen = owner.ask(owner.children["gateway"].on_seen)
        finally:
            ray.shutdown()
            running.end()
    rows = _rows(took)
    for name, what in (
        ("write_ahead", "of it: rows until they are durable"),
        ("round_trip", "of it: signed, posted, read"),
    ):
        rows.append({"what": what, "p50_ms": seen[f"{name}_p50_ms"], "p99_ms": seen[f"{name}_p99_ms"]})
    show("live orders", rows, as_json=wish.json)


def _rows(took: dict[str, list[float]]) -> list[dict[str, Any]]:
    """Each way beside our own bare request with as many orders."""
    rows = []
    for name, figures in took.items():
        base = took["POST of 15, our client" if "15" in name else "POST, our client"]
        p50 = at_percent(figures, 50)
        rows.append(
            {"what": name, "p50_ms": p50, "p99_ms": at_percent(figures, 99), "ratio": p50 / at_percent(base, 50)}
        )
    return rows


if __name__ == "__main__":
    main()
