"""The Gateway as a child of a real Ray: told in order, gone at once, succeeded with everything, and alone with its keys."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
from exchange_bench import PATIENCE_S, Bench
from gateway_bench import listing, order

from actors import options
from actors.badge import Badge
from astra_actors.config.load import load_settings
from astra_actors.config.settings import Settings
from astra_actors.kernel.units import NS_PER_S
from astra_actors.ledger.runs import RunIdentity
from astra_actors.venues.clob.preflight import failures
from astra_actors.venues.clob.words import Adopted, Cancel, Join, Joined, Place, Told, Word
from astra_actors.venues.port import Accepted, Cancelled
from supervision.key_handoff import seal_secrets, serve

pytestmark = [pytest.mark.ray, pytest.mark.soak]  # the run from end to end shows the same in every `make test`
US = 3
OWNER = 7
RUN = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
NAMESPACE = "gateway-test"


@pytest.fixture(scope="module")
def rays() -> Iterator[None]:
    """A local Ray."""
    import ray

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray.init(address="local", namespace=NAMESPACE, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield
    ray.shutdown()


class Tree:
    """A ledger, a Gateway and one owner, on an exchange."""

    def __init__(self, venue: Bench, folder: Path) -> None:
        self.venue, self.folder, self.account = venue, folder, venue.accounts[US]
        secrets = {"POLY_PRIVATE_KEY": self.account["private_key"]}
        beside = {"SIGNATURE_TYPE": str(self.account["signature_type"]), "FUNDER_ADDRESS": self.account["funder"]}
        self.keys = serve(seal_secrets({**secrets, **beside})[0], folder / "run" / "keys")
        self.settings = settings_of(venue, folder)
        self.started: list[Any] = []
        self.last = 0
        identity = RunIdentity(
            run_id=RUN, git_sha="g", started_at="2026-01-01T00:00:00.000Z", python_version="3", config_hash="c" * 64,
            prompt_bundle_hash="p" * 64, paper_mode=False, feed="polymarket", venue="clob", seed=1,
        )  # fmt: skip
        ledger = self.start("ledger", 1, folder / "ledger.db", identity, "{}", folder / "artifacts")
        self.get(ledger.progress.remote())

    def start(self, kind: str, incarnation: int, *arguments: Any) -> Any:
        badge = Badge(
            name=kind, run_id=RUN, config_hash="c", code="x", epoch=1, incarnation=incarnation, pulse_timeout_s=60.0
        )
        made = options.start(kind, kind, NAMESPACE, *arguments, badge=badge)
        self.started.append(made)
        return made

    def gateway(self, incarnation: int) -> Any:
        self.last = 0
        folder = self.folder
        return self.start(
            "gateway", incarnation, self.settings, folder / "ledger.db", RUN, NAMESPACE, folder / "run" / "keys"
        )

    def get(self, reference: Any) -> Any:
        import ray

        return ray.get(reference, timeout=3 * PATIENCE_S)

    def hear(self, gateway: Any, kind: type, count: int) -> list[Told]:
        """So many news of this kind, as they are told from here on."""
        found: list[Told] = []
        until = time.monotonic() + 2 * PATIENCE_S
        while len(found) < count and time.monotonic() < until:
            told: Sequence[Told] = self.get(gateway.on_poll.remote(0, OWNER, self.last))
            self.last = told[-1].number if told else self.last
            found += [one for one in told if isinstance(one.news, kind)]
        assert len(found) == count, f"{len(found)} of {count} were told"
        return found

    def end(self) -> None:
        import ray

        for each in self.started:
            ray.kill(each)
        self.keys.close()


@pytest.fixture
def tree(rays: None, venue: Bench, tmp_path: Path) -> Iterator[Tree]:
    """A tree that is ended."""
    made = Tree(venue, tmp_path)
    yield made
    made.end()


def settings_of(venue: Bench, folder: Path) -> Settings:
    hello = venue.hello
    return load_settings(
        environ={},
        flags={
            "run": {"feed": "polymarket", "venue": "clob", "data_dir": str(folder)},
            "stream": {"clob_url": hello["clob"], "gamma_url": hello["gamma"], "market_ws_url": hello["ws_market"]},
            "live": {
                "phase": "E",
                "proof": {"trades_lag_s": 1, "repeat_s": 1, "arrival_s": 5},
                "gateway": {"user_ws_url": hello["ws_user"], "relayer_url": hello["relayer"]},
            },
        },
    )


def test_a_gateway_that_is_killed_is_succeeded_with_everything_it_had(tree: Tree) -> None:
    market = tree.venue.market()
    first = tree.gateway(1)
    hello = tree.get(first.hello.remote())
    tree.get(first.renew.remote(1))
    assert failures(tree.get(first.on_preflight.remote())) == ()
    say(tree, first, [Join(market_id=market.cid, incarnation=OWNER)])
    tree.hear(first, Joined, 1)
    orders = [order(market, price_e4=100 * cents, size_e6=5_000_000) for cents in range(10, 40)]
    for each in orders:  # each in a call of its own, and its cancel right behind: Ray may not reorder them
        lease_until_ns = each.sent_ns + 60 * NS_PER_S
        words: list[Word] = [
            Place(order=each, listing=listing(market), lease_until_ns=lease_until_ns, incarnation=OWNER)
        ]
        first.on_words.remote(0, OWNER, words)
    tree.hear(first, Accepted, 30)
    say(tree, first, [Cancel(market_id=market.cid, order_id=orders[0].order_id, reason="test")])
    (gone,) = tree.hear(first, Cancelled, 1)
    assert gone.news.order_id == orders[0].order_id
    check_keys_are_nowhere_else(tree, hello.pid)
    os.kill(hello.pid, signal.SIGKILL)
    tree.venue.until(is_gone, "Ray has let go of the name")

    second = tree.gateway(2)
    say(tree, second, [Join(market_id=market.cid, incarnation=OWNER)])
    adopted = tree.hear(second, Adopted, 29)
    assert {one.news.order.order_id for one in adopted} == {each.order_id for each in orders[1:]}
    assert {one.gateway for one in adopted} == {2}
    proof = tree.get(second.on_stop.remote(30.0))
    assert (proof["cleared"], proof["open"]) == (True, []), tree.get(second.on_seen.remote())
    assert tree.venue.client(US).get_open_orders() == []
    assert tree.get(second.on_seen.remote())["turns"] > 0


def is_gone() -> bool:
    import ray

    try:
        ray.get_actor("gateway", namespace=NAMESPACE)
    except ValueError:
        return True
    return False


def say(tree: Tree, gateway: Any, words: Sequence[Word]) -> None:
    assert tree.get(gateway.on_words.remote(0, OWNER, words)) is True


def check_keys_are_nowhere_else(tree: Tree, gateway_pid: int) -> None:
    """No environment and no arguments of any process below this one, no file of the run and of Ray's has the key."""
    secret = tree.account["private_key"].removeprefix("0x").encode()
    looked = 0
    for process in psutil.Process().children(recursive=True):
        for name in ("environ", "cmdline"):
            try:
                assert secret not in Path(f"/proc/{process.pid}/{name}").read_bytes(), (process.name(), name)
            except OSError:
                continue
            looked += 1
    assert looked > 6 and gateway_pid in {each.pid for each in psutil.Process().children(recursive=True)}
    for path in (each for each in tree.folder.rglob("*") if each.is_file()):
        assert secret not in path.read_bytes(), path
    assert secret not in json.dumps(tree.settings.model_dump(mode="json")).encode()
