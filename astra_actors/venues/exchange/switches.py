"""Every wire form and rule on which the venue's own sources conflict, as a switch with the likelier form first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal, get_args, get_type_hints

from astra_actors.kernel.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """How this exchange behaves where the reference names two forms; the first choice is the default."""

    trade_status: Literal["plain", "prefixed"] = "plain"  # CONFIRMED or TRADE_STATUS_CONFIRMED, over REST
    order_status: Literal["plain", "prefixed"] = "plain"  # LIVE or ORDER_STATUS_LIVE, over REST
    rest_sizes: Literal["decimal", "integer"] = "decimal"  # shares, or millionths of a share, of orders and trades
    response_amounts: Literal["decimal", "integer"] = "decimal"  # makingAmount and takingAmount of a posted order
    price_side: Literal["guide", "openapi"] = "guide"  # /price BUY is the lowest ask, or the best bid
    prices_values: Literal["number", "string"] = "number"  # values of POST /prices
    midpoint_key: Literal["mid", "mid_price"] = "mid"
    terminal_order: Literal["404", "null"] = "404"  # what /data/order says of an order that no longer rests
    balance_form: Literal["allowances", "allowance"] = "allowances"  # a map by spender, or one number
    trade_price: Literal["vwap", "worst"] = "vwap"  # price of a trade with several makers
    book_last: Literal["three", "plain"] = "three"  # last price in a book: "0.500" as recorded, or "0.5" as documented
    empty_side: Literal["edge", "blank"] = "edge"  # best of an empty side: "0" and "1", or ""
    last_trade_tokens: Literal["one", "both"] = "one"  # tokens for which last_trade_price is sent
    transaction_hashes: Literal["later", "at_once"] = "later"  # at once: as before 2026-07-24
    batch_refusal: Literal["success", "failure"] = "success"  # `success` of a refused row in a batch
    heartbeat_error: Literal["error", "error_msg"] = "error"
    created_key: Literal["again", "refused"] = "again"  # POST /auth/api-key for a key that exists
    self_trade: Literal["allow", "skip", "cancel_resting", "refuse"] = "allow"
    marketable_buy: Literal["budget", "shares"] = "budget"  # what limits a buy that crosses: its dollars or its shares
    reservation: Literal["account", "market"] = "account"  # whether one dollar backs orders in several markets
    fee_rounding: Literal["half_up", "down"] = "half_up"
    market_min_size: Literal["exempt", "held"] = "exempt"  # whether FOK and FAK know the five-share floor
    market_output: Literal["4", "5"] = "4"  # places of a FOK or FAK buy's shares on grids finer than a cent
    tick_rule: Literal["feed", "edges", "edges_and_back"] = "feed"  # whose word changes a cent grid near 0.04 and 0.96
    ws_bad_auth: Literal["1008", "1000", "4401"] = "1008"  # close code of a user channel without valid credentials
    restart_orders: Literal["kept", "cancelled"] = "kept"  # resting orders when the engine restarts
    signer_limits: Literal["warning", "enforced", "off"] = (
        "warning"  # per-signer buckets: enforcement was never announced
    )
    l2_clock: Literal["loose", "strict"] = "loose"  # strict: a timestamp further than 30 s away is unauthorized
    resolved_frame: Literal["sent", "never"] = "sent"  # market_resolved has been missing for long periods


_HINTS: Final = get_type_hints(Switches)
CHOICES: Final[dict[str, tuple[str, ...]]] = {one.name: get_args(_HINTS[one.name]) for one in fields(Switches)}


def flipped(switches: Switches, changes: Iterable[tuple[str, Any]]) -> Switches:
    """The switches with some changed; an unknown name or form is refused."""
    for name, form in changes:
        if name not in CHOICES:
            raise ConfigError("switch", name, f"the switches are {', '.join(CHOICES)}")
        if form not in CHOICES[name]:
            raise ConfigError(name, form, f"choose one of {', '.join(CHOICES[name])}")
        switches = replace(switches, **{name: form})
    return switches
