"""Which caps of the portfolio a market counts against, by its listing and by what research made of it."""

from __future__ import annotations

from astra_actors.engine.messages import Reading
from astra_actors.market.instrument import MarketListing
from astra_actors.risk.authority_state import MarketScope


def scope_of(listing: MarketListing, reading: Reading) -> MarketScope:
    """The market's clusters, its category by either name, and the strategy that trades it."""
    return MarketScope(
        market_id=listing.market_id,
        clusters=reading.clusters,
        category=listing.category.value,
        event_id=listing.event_id,
        definition_category=reading.definition.category if reading.definition else "",
        strategy=reading.strategy,
    )
