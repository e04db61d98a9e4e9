"""A mailbox around research."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from astra_actors.config.settings import Settings
from astra_actors.engine.build import open_research
from astra_actors.engine.messages import Reading
from astra_actors.market.instrument import MarketListing


class ResearchActor:
    """Read rules and choose where to be active; stateless, so a successor answers the same."""

    def __init__(self, settings: Settings) -> None:
        self._research = open_research(settings)
        self._read = 0

    def __repr__(self) -> str:
        return "ResearchActor(definitions, clusters, active set)"

    def on_listings(self, listings: Sequence[MarketListing]) -> tuple[Reading, ...]:
        """The contract of each listing, or why there is none, with its clusters."""
        self._read += len(listings)
        return self._research.read(listings)

    def on_scores(self, scores: Sequence[tuple[str, str | tuple[str, ...], float]]) -> tuple[str, ...]:
        """The markets worth a lease."""
        return self._research.choose_active(scores)

    def progress(self) -> dict[str, Any]:
        """How many listings were read."""
        return {"pid": os.getpid(), "progress": self._read}
