"""The venue's newer unified SDK does what it shares with the older client; its parsers are strict.

It wants older versions of packages that Astra needs newer, so it is no dependency: where it can be imported, this runs.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from exchange_bench import Bench, Listed

environments = pytest.importorskip("polymarket.environments")
secure = pytest.importorskip("polymarket.clients.secure")
errors = pytest.importorskip("polymarket.errors")

HASH = int("9dae1cc1a4" * 6 + "71e3", 16)  # the SDK tells protocols apart by bits that a hash sets somewhere
NOWHERE = "http://127.0.0.1:9"
Ask = Callable[[Any, Listed], Any]


@pytest.fixture(scope="module")
def clients(bench: Bench) -> Iterator[list[Any]]:
    """A client of each kind of wallet."""
    config = dataclasses.replace(
        environments.PRODUCTION._config,
        clob_url=bench.hello["clob"],
        clob_market_ws_url=bench.hello["ws_market"],
        clob_user_ws_url=bench.hello["ws_user"],
        gamma_url=bench.hello["gamma"],
        relayer_url=bench.hello["relayer"],
        data_url=NOWHERE,
        rfq_url=NOWHERE,
        rpc_url=NOWHERE,
    )
    local = environments._create_environment(name="local", config=config)
    opened = [
        secure.SecureClient.create(private_key=each["private_key"], wallet=each["funder"], environment=local)
        for each in bench.accounts[:4]
    ]
    yield opened
    for client in opened:
        client.close()


@pytest.fixture(scope="module")
def market(bench: Bench) -> Listed:
    """Two-sided, with tokens that look like hashes, as those of the older protocol do."""
    found = bench.market(sets=100, yes=str(HASH), no=str(HASH ^ 1), holders=(0, 1, 2, 3))
    bench.limit(0, found.yes, "SELL", 0.52, 50)
    bench.limit(0, found.yes, "BUY", 0.48, 50)
    return found


@pytest.mark.parametrize("who", range(4))
def test_every_wallet_places_reads_and_cancels(clients: list[Any], market: Listed, who: int) -> None:
    client = clients[who]
    placed = client.place_limit_order(token_id=market.yes, price="0.4", size="10", side="BUY")
    assert placed.ok and placed.status == "live"
    assert str(client.get_order(order_id=placed.order_id).id) == placed.order_id
    assert placed.order_id in [order.id for order in client.list_open_orders().first_page().items]
    assert client.cancel_order(order_id=placed.order_id).canceled == (placed.order_id,)


def test_a_market_order_settles(clients: list[Any], market: Listed) -> None:
    bought = clients[1].place_market_order(token_id=market.yes, side="BUY", amount="5")
    assert bought.ok and bought.status == "matched" and float(bought.taking_amount) == 9.61
    assert clients[1].wait_for_order_fill_settlement(bought)
    sold = clients[1].place_market_order(token_id=market.yes, side="SELL", shares="9")
    assert sold.ok and float(sold.taking_amount) == 4.32
    assert len(clients[1].list_account_trades().first_page().items) >= 2


ASKED: list[tuple[str, Ask, Ask]] = [
    ("book", lambda c, m: str(c.get_order_book(token_id=m.yes).asks[-1].price), lambda c, m: "0.52"),
    ("books", lambda c, m: len(c.get_order_books(token_ids=[m.yes, m.no])), lambda c, m: 2),
    ("price", lambda c, m: str(c.get_price(token_id=m.yes, side="BUY")), lambda c, m: "0.52"),
    ("midpoint", lambda c, m: str(c.get_midpoint(token_id=m.yes)), lambda c, m: "0.5"),
    ("spread", lambda c, m: str(c.get_spread(token_id=m.yes)), lambda c, m: "0.04"),
    ("estimate", lambda c, m: str(c.estimate_market_price(token_id=m.yes, side="BUY", amount="5")), lambda c, m: "0.52"),
    ("market", lambda c, m: str(c.get_market(slug=m.cid[-16:]).condition_id), lambda c, m: m.cid),
    ("event", lambda c, m: len(c.get_event(slug=f"event-{m.cid[-16:]}").markets), lambda c, m: 1),
    ("markets", lambda c, m: len(c.list_markets().first_page().items) > 0, lambda c, m: True),
    ("events", lambda c, m: len(c.list_events().first_page().items) > 0, lambda c, m: True),
    ("tags", lambda c, m: c.list_tags().first_page().items, lambda c, m: ()),
    ("closed only", lambda c, m: c.get_closed_only_mode(), lambda c, m: False),
    ("keys", lambda c, m: len(c.fetch_api_keys()) >= 1, lambda c, m: True),
    ("balance", lambda c, m: c.get_balance_allowance(asset_type="COLLATERAL").balance > 0, lambda c, m: True),
    ("scoring", lambda c, m: c.get_order_scoring(order_id="0x1"), lambda c, m: False),
    ("rewards", lambda c, m: c.list_current_rewards().first_page().items, lambda c, m: ()),
    ("notifications", lambda c, m: isinstance(c.get_notifications(), tuple), lambda c, m: True),
]  # fmt: skip


@pytest.mark.parametrize("row", ASKED, ids=lambda row: row[0])
def test_the_sdk_asks(clients: list[Any], market: Listed, row: tuple[str, Ask, Ask]) -> None:
    assert row[1](clients[2], market) == row[2](clients[2], market)


def test_dated_and_post_only_orders(clients: list[Any], market: Listed) -> None:
    client = clients[3]
    soon = int(time.time()) + 600
    dated = client.place_limit_order(token_id=market.yes, price="0.1", size="10", side="BUY", expiration=soon)
    quiet = client.place_limit_order(token_id=market.yes, price="0.1", size="10", side="BUY", post_only=True)
    assert dated.status == quiet.status == "live"
    with pytest.raises(errors.RequestRejectedError, match="post-only"):
        client.place_limit_order(token_id=market.yes, price="0.6", size="10", side="BUY", post_only=True)
    assert set(client.cancel_market_orders(token_id=market.yes).canceled) == {dated.order_id, quiet.order_id}
