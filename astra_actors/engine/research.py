"""What can be known of a market before it is traded: its contract, its clusters, its strategy, and whether it is worth it."""

from __future__ import annotations

from collections.abc import Sequence

from astra_actors.clustering.assign import Clusterer, MarketWords
from astra_actors.definitions.contract import DefinitionContract
from astra_actors.definitions.parse import read_definition
from astra_actors.definitions.registry import DefinitionRegistry
from astra_actors.engine.messages import Reading
from astra_actors.gates.params import QuoteabilityParams
from astra_actors.gates.quoteability import active_set
from astra_actors.market.instrument import MarketListing
from astra_actors.reporting.clusters_of_run import cause_of
from astra_actors.strategies.base import Strategy
from astra_actors.strategies.registry import choose


class Research:
    """Read rules and choose the active set; keeps no state that a restart would have to rebuild."""

    def __init__(
        self,
        *,
        registry: DefinitionRegistry,
        strategies: Sequence[Strategy],
        quoteability: QuoteabilityParams,
        clusterer: Clusterer,
    ) -> None:
        self._registry, self._strategies, self._quoteability = registry, tuple(strategies), quoteability
        self._clusterer = clusterer

    def read(self, listings: Sequence[MarketListing]) -> tuple[Reading, ...]:
        """The contract of each listing, or why there is none; a person's contract wins over the market's own words."""
        return tuple(self._read(listing) for listing in listings)

    def choose_active(self, scores: Sequence[tuple[str, str | tuple[str, ...], float]]) -> tuple[str, ...]:
        """The markets worth a lease (methods §18.7)."""
        return active_set(scores, self._quoteability.active_markets, self._quoteability.active_per_cluster)

    def _read(self, listing: MarketListing) -> Reading:
        read = self._registry.get(listing.market_id) or read_definition(listing)
        contract = read if isinstance(read, DefinitionContract) else None
        strategy = choose(self._strategies, listing, contract) if contract else None
        words = words_of_listing(listing)
        assigned = self._clusterer.assign(words)
        return Reading(
            market_id=listing.market_id,
            definition=contract,
            reason="read" if isinstance(read, DefinitionContract) else f"{read.reason.value}: {read.detail}",
            clusters=assigned.clusters,
            strategy=strategy.name if strategy else "",
            clusters_why=cause_of(assigned, words, self._clusterer.gazetteer),
            unseen=assigned.unseen,
        )


def words_of_listing(listing: MarketListing) -> MarketWords:
    """What of a listing its clusters are read from."""
    return MarketWords(
        market_id=listing.market_id,
        question=listing.question,
        event_id=listing.event_id,
        neg_risk=listing.instrument.neg_risk,
        category=listing.category.value,
        tags=listing.tags,
        underlying=listing.underlying,
    )
