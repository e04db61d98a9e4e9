"""Clusters that the exchange's own structure gives: the event a market belongs to, and the underlying it is read from."""

from __future__ import annotations

from astra_actors.market.instrument import MarketListing


def structural_clusters(listing: MarketListing) -> tuple[str, ...]:
    """Every cluster of a market, most specific first; a market counts against the cap of each."""
    clusters = [f"event:{listing.event_id}"] if listing.event_id else []
    if listing.underlying:
        clusters.append(f"underlying:{listing.underlying}")
    return tuple(clusters) or (f"market:{listing.market_id}",)
