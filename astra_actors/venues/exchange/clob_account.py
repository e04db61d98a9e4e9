"""Private endpoints that ask: keys, orders, trades, balances, notifications."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from astra_actors.venues.exchange import intake, refusal
from astra_actors.venues.exchange.account import Account
from astra_actors.venues.exchange.call import KEY, WALLET, Bare, Call, Endpoint
from astra_actors.venues.exchange.intake import read
from astra_actors.venues.exchange.keys import ApiKey, wallet_of
from astra_actors.venues.exchange.order import Order
from astra_actors.venues.exchange.pages import page_of
from astra_actors.venues.exchange.refusal import bad, not_found
from astra_actors.venues.exchange.state import Exchange
from astra_actors.venues.exchange.trade import Trade
from astra_actors.venues.exchange.user_frames import dead, open_order, trade_row
from astra_actors.venues.signing.eip712 import NEG_RISK, POSITIONS, STANDARD, contract_of

ROWS: Final = 100


def create_key(call: Call) -> dict[str, str]:
    """`POST /auth/api-key`: make the key of a wallet and a number."""
    return _credentials(call.venue.ring.create(*wallet_of(call.headers, call.now_ms, call.venue.x)))


def derive_key(call: Call) -> dict[str, str]:
    """`GET /auth/derive-api-key`: the key that was made."""
    return _credentials(call.venue.ring.derive(*wallet_of(call.headers, call.now_ms, call.venue.x)))


def keys(call: Call) -> dict[str, list[str]]:
    """`GET /auth/api-keys`."""
    return {"apiKeys": [key.key for key in call.venue.ring.of(call.owner.address)]}


def delete_key(call: Call) -> str:
    """`DELETE /auth/api-key`: end the key that signed; its orders leave with it."""
    call.venue.cancel_all(call.owner, call.now_ms)
    call.venue.ring.revoke(call.owner)
    return "OK"


def create_other(kind: str) -> Any:
    """`POST /auth/readonly-api-key` and `/auth/builder-api-key`."""

    def handler(call: Call) -> dict[str, str]:
        ring, address = call.venue.ring, call.owner.address
        made = ring.create(address, len([key for key in ring.keys.values() if key.kind == kind]), kind)
        return {"key": made.key, "secret": made.secret, "passphrase": made.passphrase}

    return handler


def builder_keys(call: Call) -> list[dict[str, Any]]:
    """`GET /auth/builder-api-key`."""
    return [{"key": key.key} for key in call.venue.ring.of(call.owner.address, "builder")]


def readonly_keys(call: Call) -> dict[str, list[str]]:
    """`GET /auth/readonly-api-keys`."""
    return {"apiKeys": [key.key for key in call.venue.ring.of(call.owner.address, "readonly")]}


def delete_builder(call: Call) -> str:
    """`DELETE /auth/builder-api-key`: end every builder key of the wallet."""
    for key in call.venue.ring.of(call.owner.address, "builder"):
        call.venue.ring.revoke(key)
    return "OK"


def delete_readonly(call: Call) -> str:
    """`DELETE /auth/readonly-api-key`: end one readonly key."""
    named = read(intake.KEY_NAMED, call.body).key
    mine = [key for key in call.venue.ring.of(call.owner.address, "readonly") if key.key == named]
    if not mine:
        raise not_found("api key not found")
    call.venue.ring.revoke(mine[0])
    return "OK"


def closed_only(call: Call) -> dict[str, bool]:
    """`GET /auth/ban-status/closed-only`."""
    return {"closed_only": any(account.closed_only for account in _wallets(call.venue.x, call.owner))}


def order(call: Call) -> Any:
    """`GET /data/order/{id}`: one order of this key while it is open."""
    x = call.venue.x
    found = x.orders.get(call.path["order_id"])
    if found is None or found.owner not in _owners(call):
        raise not_found("Order not found")
    if dead(found):
        if x.switches.terminal_order == "null":
            return None
        raise not_found("Order not found")
    return open_order(found, x.markets[found.market], x.switches)


def orders(call: Call) -> dict[str, Any]:
    """`GET /data/orders`: what is open, oldest first."""
    x, owners = call.venue.x, _owners(call)
    market, asset, order_id = call.text("market"), call.text("asset_id"), call.text("id")
    mine = [
        each
        for account in _wallets(x, call.owner)
        for each in x.open_of(account.address).values()
        if each.owner in owners and _fits(each, market, asset) and order_id in ("", each.id)
    ]
    return page_of(
        mine, call.text("next_cursor"), ROWS, lambda each: open_order(each, x.markets[each.market], x.switches)
    )


def old_orders(call: Call) -> dict[str, Any]:
    """`GET /data/pre-migration-orders`: nothing is left of them."""
    return page_of([], call.text("next_cursor"), ROWS, lambda each: each)


def trades(call: Call) -> dict[str, Any]:
    """`GET /data/trades`: newest first, with the venue's filters."""
    x, owners = call.venue.x, _owners(call)
    wanted = call.text("id")
    ids: Iterable[str] = [wanted] if wanted else _newest(x, owners)
    mine = [x.trades[each] for each in ids if each in x.trades]
    mine = [each for each in mine if any(own in each.owners for own in owners) and _wanted(call, each)]

    def row(each: Trade) -> dict[str, Any]:
        own = next(one for one in owners if one in each.owners)
        return trade_row(each, x.markets[each.market], own, x.switches)

    return page_of(mine, call.text("next_cursor"), ROWS, row)


def balance(call: Call) -> dict[str, Any]:
    """`GET /balance-allowance`: what the order checker has cached, in base units."""
    account = _wallet(call)
    form = call.venue.x.switches.balance_form
    kind, token = call.text("asset_type", "COLLATERAL"), call.text("token_id")
    if kind == "COLLATERAL":
        amount, allowed = account.seen_cash_e6, account.allowance_e6
    elif kind in ("CONDITIONAL", "CONDITIONAL-V2"):
        if token not in call.venue.x.market_of:
            raise bad(refusal.BAD_TOKEN)
        amount, allowed = account.seen_tokens_e6.get(token, 0), 2**256 - 1 if account.approved else 0
    else:
        raise bad("invalid asset_type")
    if form == "allowance":
        return {"balance": str(amount), "allowance": str(allowed)}
    chain = call.venue.x.chain_id
    spenders = (POSITIONS,) if kind == "CONDITIONAL-V2" else (STANDARD, NEG_RISK, POSITIONS)
    return {"balance": str(amount), "allowances": {contract_of(chain, each): str(allowed) for each in spenders}}


def update_balance(call: Call) -> Bare:
    """`GET /balance-allowance/update`: look at the chain again; the body is empty."""
    account = _wallet(call)
    if call.venue.x.account(account.address) is account:
        account.look()
        call.venue.x.touch(account.address)
    return Bare()


def notifications(call: Call) -> list[dict[str, Any]]:
    """`GET /notifications`."""
    rows = [one for one in call.venue.notifications if one.owner == call.owner.key]
    return [
        {"id": one.id, "owner": one.owner, "type": one.type, "timestamp": one.at_s, "payload": one.payload}
        for one in rows
    ]


def drop_notifications(call: Call) -> str:
    """`DELETE /notifications?ids=1,2`: without ids, all of them."""
    ids = call.texts("ids")
    venue = call.venue
    venue.notifications = [
        one for one in venue.notifications if one.owner != call.owner.key or (ids and str(one.id) not in ids)
    ]
    return "OK"


def deployed(call: Call) -> dict[str, bool]:
    """`GET /relayer/deployed?address=`: whether the wallet stands; the one question to the relayer that trading asks."""
    return {"deployed": call.venue.x.account(call.text("address")) is not None}


ENDPOINTS: Final = (
    Endpoint("GET", "/relayer/deployed", deployed),
    Endpoint("POST", "/auth/api-key", create_key, WALLET),
    Endpoint("GET", "/auth/derive-api-key", derive_key, WALLET),
    Endpoint("GET", "/auth/api-keys", keys, KEY),
    Endpoint("DELETE", "/auth/api-key", delete_key, KEY),
    Endpoint("GET", "/auth/ban-status/closed-only", closed_only, KEY),
    Endpoint("POST", "/auth/builder-api-key", create_other("builder"), KEY),
    Endpoint("GET", "/auth/builder-api-key", builder_keys, KEY),
    Endpoint("DELETE", "/auth/builder-api-key", delete_builder, KEY),
    Endpoint("POST", "/auth/readonly-api-key", create_other("readonly"), KEY),
    Endpoint("GET", "/auth/readonly-api-keys", readonly_keys, KEY),
    Endpoint("DELETE", "/auth/readonly-api-key", delete_readonly, KEY),
    Endpoint("GET", "/data/order/{order_id}", order, KEY),
    Endpoint("GET", "/data/orders", orders, KEY),
    Endpoint("GET", "/data/pre-migration-orders", old_orders, KEY),
    Endpoint("GET", "/data/trades", trades, KEY),
    Endpoint("GET", "/balance-allowance", balance, KEY),
    Endpoint("GET", "/balance-allowance/update", update_balance, KEY),
    Endpoint("GET", "/notifications", notifications, KEY),
    Endpoint("DELETE", "/notifications", drop_notifications, KEY),
)


def _credentials(key: ApiKey) -> dict[str, str]:
    return {"apiKey": key.key, "secret": key.secret, "passphrase": key.passphrase}


def _owners(call: Call) -> Sequence[str]:
    """Whose orders this key may see: a readonly key sees those of its wallet's trading keys."""
    key = call.owner
    return [key.key] if key.kind == "trading" else [one.key for one in call.venue.ring.of(key.address)]


def _wallets(x: Exchange, key: ApiKey) -> list[Account]:
    return [account for account in x.accounts.values() if account.signer.lower() == key.address.lower()]


def _wallet(call: Call) -> Account:
    """The signer's wallet of the type asked for; one that holds nothing and is not kept when there is none."""
    kind = call.number("signature_type", 0)
    mine = [account for account in _wallets(call.venue.x, call.owner) if account.signature_type == kind]
    return mine[0] if mine else Account(address=call.owner.address, signer=call.owner.address, signature_type=kind)


def _newest(x: Exchange, owners: Sequence[str]) -> list[str]:
    ids = dict.fromkeys(each for owner in owners for each in x.trades_of.get(owner, ()))
    return list(ids)[::-1]


def _fits(each: Order, market: str, asset: str) -> bool:
    return market in ("", each.market) and asset in ("", each.asset)


def _wanted(call: Call, each: Trade) -> bool:
    market, asset, maker = call.text("market"), call.text("asset_id"), call.text("maker_address").lower()
    after, before = call.number("after", 0), call.number("before", 10**15)
    return (
        market in ("", each.market)
        and (not asset or any(leg.asset == asset for leg in each.legs))
        and (not maker or any(leg.maker.lower() == maker for leg in each.legs))
        and after <= each.matched_ms // 1_000 <= before
    )
