"""Which parts of a trade are ours, each with an id that is the same wherever and however often the trade is seen."""

from __future__ import annotations

from dataclasses import dataclass

from astra_actors.kernel.ids import content_id
from astra_actors.market.instrument import Side
from astra_actors.venues.clob.user_rows import Leg, TradeSeen


@dataclass(frozen=True, slots=True, kw_only=True)
class Us:
    """By what our part of a trade is recognised: the API key, or the wallet that holds the assets."""

    api_key: str
    funder: str

    def own(self, leg: Leg) -> bool:
        """Whether this part is ours. Case does not count, and a part without a name is nobody's."""
        return leg.owner.lower() == self.api_key.lower() or leg.maker_address.lower() == self.funder.lower()

    def __repr__(self) -> str:
        return f"Us(api_key=***, funder={self.funder})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One execution of one order of ours, of its own token at its own price."""

    fill_id: str
    trade_id: str
    venue_id: str  # of the order
    condition_id: str
    token_id: str
    side: Side
    price_e4: int
    size_e6: int
    is_maker: bool
    matched_s: int


def fills_of(trade: TradeSeen, us: Us) -> tuple[Fill, ...]:
    """Our fills in a trade: a maker's at its own price, a taker's once for each price it got."""
    makers = [(leg, True) for leg in trade.makers if us.own(leg)]
    taker = [(leg, False) for leg in trade.taker if trade.we_took and us.own(leg)]
    return tuple(
        Fill(
            fill_id=content_id("fill", trade.trade_id, leg.venue_id, leg.price_e4),
            trade_id=trade.trade_id,
            venue_id=leg.venue_id,
            condition_id=trade.condition_id,
            token_id=leg.token_id,
            side=leg.side,
            price_e4=leg.price_e4,
            size_e6=leg.size_e6,
            is_maker=is_maker,
            matched_s=trade.matched_s,
        )
        for leg, is_maker in (*taker, *makers)
        if leg.size_e6
    )
