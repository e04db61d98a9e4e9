"""Endpoints that no venue has: faults and switches, markets and their ends, positions, and what every account holds."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Final

import msgspec

from astra_actors.kernel.errors import BadInput
from astra_actors.market.instrument import TICKS_E4
from astra_actors.venues.exchange import clockwork, positions, resolving
from astra_actors.venues.exchange.account import UNLIMITED, Account
from astra_actors.venues.exchange.call import Call, Endpoint
from astra_actors.venues.exchange.faults import FAULTS
from astra_actors.venues.exchange.intake import ANY_OBJECT, Address, Digits, read
from astra_actors.venues.exchange.market import Market
from astra_actors.venues.exchange.refusal import not_found
from astra_actors.venues.exchange.state import CROWD, Listed
from astra_actors.venues.exchange.switches import flipped

_Text = Annotated[str, msgspec.Meta(max_length=4_096)]
_Amount = Annotated[int, msgspec.Meta(ge=-(10**15), le=10**15)]


class NewMarket(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A market to be listed by hand."""

    condition_id: Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-f]{62,64}\Z")]
    yes: Digits
    no: Digits
    question: _Text
    slug: _Text = ""
    event_id: _Text = ""
    tick_e4: int = 100
    neg_risk: bool = False
    version: str = "v1"
    fee_rate: Decimal = Decimal(0)
    seconds_delay: Annotated[int, msgspec.Meta(ge=0, le=3_600)] = 0
    taker_delay_ms: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 0
    game_start_ms: int | None = None
    close_ms: int | None = None
    visible_on_clob: bool = True


class Act(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something to be done to a market or a wallet."""

    do: str
    market: _Text = ""
    markets: list[_Text] = []
    outcome: str = ""
    tick_e4: int = 0
    accepting: bool = True
    address: Address = "0x" + "0" * 40
    size_e6: _Amount = 0
    cash_e6: _Amount = 0
    on: bool = True
    ms: Annotated[int, msgspec.Meta(ge=0, le=86_400_000)] | None = None
    post_only_ms: Annotated[int, msgspec.Meta(ge=0, le=86_400_000)] | None = None


_NEW: Final = msgspec.json.Decoder(NewMarket)
_ACT: Final = msgspec.json.Decoder(Act)


def status(call: Call) -> dict[str, Any]:
    """`GET /admin/status`: phase, counts, faults and switches as they stand."""
    venue, x = call.venue, call.venue.x
    return {
        "mode": venue.modes.named(call.now_ms),
        "markets": len(x.markets),
        "orders": len(x.orders),
        "open_orders": sum(1 for order in x.orders.values() if order.open),
        "trades": len(x.trades),
        "requests": venue.requests,
        "listeners": len(venue.hub.everyone),
        "frames": dict(venue.hub.sent),
        "refused": dict(venue.refused),
        "faults": {name: {"rate": x.faults.rate(name), "struck": x.faults.struck[name]} for name in FAULTS},
        "switches": msgspec.to_builtins(x.switches),
        "escrow_e6": x.escrow_e6,
        "fees_e6": x.fees_e6,
        "deposits_e6": x.deposits_e6,
        "cash_e6": sum(account.cash_e6 for account in x.accounts.values()),
    }


def accounts(call: Call) -> list[dict[str, Any]]:
    """`GET /admin/accounts`: what every wallet holds, the crowd's left out."""
    return [_statement(one) for one in call.venue.x.accounts.values() if one.address != CROWD]


def faults(call: Call) -> dict[str, float]:
    """`POST /admin/faults`: change rates by name."""
    for name, rate in read(ANY_OBJECT, call.body).items():
        if isinstance(rate, bool) or not isinstance(rate, int | float):
            raise BadInput(name, rate, "give a plain number")
        call.venue.x.faults.set(name, float(rate))
    return call.venue.x.faults.rates


def switches(call: Call) -> dict[str, Any]:
    """`POST /admin/switches`: choose other forms by name."""
    x = call.venue.x
    x.switches = flipped(x.switches, read(ANY_OBJECT, call.body).items())
    return msgspec.to_builtins(x.switches)  # type: ignore[no-any-return]


def list_market(call: Call) -> dict[str, str]:
    """`POST /admin/markets`: list a market by hand."""
    wish: NewMarket = read(_NEW, call.body)
    x = call.venue.x
    if wish.tick_e4 not in TICKS_E4 or wish.version not in ("v1", "v2"):
        raise BadInput("tick_e4", wish.tick_e4, "give a tick and a version of this venue")
    if wish.condition_id in x.markets or wish.yes in x.market_of or wish.no in x.market_of or wish.yes == wish.no:
        raise BadInput("condition_id", wish.condition_id, "give a market and tokens that are not listed yet")
    values = msgspec.structs.asdict(wish)
    values["event_id"] = wish.event_id or f"event-{wish.condition_id[-16:]}"
    values["slug"] = wish.slug or wish.condition_id[-16:]
    market = Market(
        number=900_000 + len(x.markets),
        open_ms=call.now_ms,
        clear_book_on_start=wish.game_start_ms is not None,
        **values,
    )
    x.list_market(market)
    if market.game_start_ms is not None:
        x.later(market.game_start_ms, "start", market.condition_id)
    x.tell_market(market.condition_id, Listed())
    return {"condition_id": market.condition_id}


def act(call: Call) -> dict[str, Any]:
    """`POST /admin/act`: one of the deeds below, by name."""
    wish: Act = read(_ACT, call.body)
    deed = _DEEDS.get(wish.do)
    if deed is None:
        raise BadInput("do", wish.do, f"the deeds are {', '.join(_DEEDS)}")
    return {"done": wish.do, "answer": deed(call, wish)}


ENDPOINTS: Final = (
    Endpoint("GET", "/admin/status", status),
    Endpoint("GET", "/admin/accounts", accounts),
    Endpoint("POST", "/admin/faults", faults),
    Endpoint("POST", "/admin/switches", switches),
    Endpoint("POST", "/admin/markets", list_market),
    Endpoint("POST", "/admin/act", act),
)


def _split(call: Call, wish: Act) -> None:
    positions.split(call.venue.x, _account(call, wish), _market(call, wish.market), wish.size_e6)


def _merge(call: Call, wish: Act) -> None:
    positions.merge(call.venue.x, _account(call, wish), _market(call, wish.market), wish.size_e6)


def _redeem(call: Call, wish: Act) -> int:
    return positions.redeem(call.venue.x, _account(call, wish), _market(call, wish.market))


def _convert(call: Call, wish: Act) -> None:
    markets = [_market(call, each) for each in wish.markets]
    positions.convert(call.venue.x, _account(call, wish), markets, wish.size_e6)


def _deposit(call: Call, wish: Act) -> None:
    account = _account(call, wish)
    if account.cash_e6 + wish.cash_e6 < 0:
        raise BadInput("cash_e6", wish.cash_e6, f"the wallet has {account.cash_e6} micro-dollars")
    call.venue.x.deposit(account, wish.cash_e6)


def _allow(call: Call, wish: Act) -> None:
    account = _account(call, wish)
    account.allowance_e6, account.approved = (UNLIMITED, True) if wish.on else (0, False)
    call.venue.x.touch(account.address)


def _closed_only(call: Call, wish: Act) -> None:
    account = _account(call, wish)
    account.closed_only = wish.on
    call.venue.x.touch(account.address)


def _ban(call: Call, wish: Act) -> None:
    account = _account(call, wish)
    account.banned = wish.on
    call.venue.x.touch(account.address)


def _show(call: Call, wish: Act) -> None:
    market = _market(call, wish.market)
    market.visible_on_clob = wish.on
    call.venue.x.dirty.markets[market.condition_id] = None


def _phase(name: str) -> Callable[[Call, Act], None]:
    def begin(call: Call, wish: Act) -> None:
        setattr(call.venue.modes, name, call.now_ms + (60_000 if wish.ms is None else wish.ms))

    return begin


def _drop_sockets(call: Call, wish: Act) -> int:
    ears = list(call.venue.hub.everyone)
    for ear in ears:
        ear.close()
    return len(ears)


def _half_open(call: Call, wish: Act) -> int:
    for ear in call.venue.hub.everyone:
        ear.dead = True
    return len(call.venue.hub.everyone)


def _silence(call: Call, wish: Act) -> int:
    for ear in call.venue.hub.everyone:
        ear.silent_until_ms = call.now_ms + (60_000 if wish.ms is None else wish.ms)
    return len(call.venue.hub.everyone)


_DEEDS: Final[dict[str, Callable[[Call, Act], Any]]] = {
    "split": _split,
    "merge": _merge,
    "redeem": _redeem,
    "convert": _convert,
    "deposit": _deposit,
    "allow": _allow,
    "closed_only": _closed_only,
    "ban": _ban,
    "show": _show,
    "pause": lambda call, wish: resolving.pause(
        call.venue.x, _market(call, wish.market), accepting=wish.accepting, now_ms=call.now_ms
    ),
    "propose": lambda call, wish: resolving.propose(
        call.venue.x, _market(call, wish.market), wish.outcome, call.now_ms
    ),
    "dispute": lambda call, wish: resolving.dispute(call.venue.x, _market(call, wish.market), call.now_ms),
    "resolve": lambda call, wish: resolving.resolve(
        call.venue.x, _market(call, wish.market), wish.outcome, call.now_ms
    ),
    "tick": lambda call, wish: resolving.change_tick(
        call.venue.x, _market(call, wish.market), wish.tick_e4, call.now_ms
    ),
    "wipe": lambda call, wish: clockwork.wipe(call.venue.x, _market(call, wish.market).condition_id, call.now_ms),
    "restart": lambda call, wish: call.venue.restart(call.now_ms, ms=wish.ms, post_only_ms=wish.post_only_ms),
    "cancel_only": _phase("cancel_only_until_ms"),
    "post_only": _phase("post_only_until_ms"),
    "disabled": _phase("disabled_until_ms"),
    "drop_sockets": _drop_sockets,
    "half_open": _half_open,
    "silence": _silence,
}


def _account(call: Call, wish: Act) -> Account:
    account = call.venue.x.account(wish.address)
    if account is None:
        raise not_found("account not found")
    return account


def _market(call: Call, name: str) -> Market:
    market = call.venue.x.markets.get(name)
    if market is None:
        raise not_found("market not found")
    return market


def _statement(one: Account) -> dict[str, Any]:
    return {
        "address": one.address,
        "signer": one.signer,
        "signature_type": one.signature_type,
        "cash_e6": one.cash_e6,
        "tokens_e6": {asset: size for asset, size in one.tokens_e6.items() if size},
        "claimed_cash_e6": one.claimed_cash_e6,
        "claimed_tokens_e6": {asset: size for asset, size in one.claimed_tokens_e6.items() if size},
    }
