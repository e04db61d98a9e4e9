"""What a live shard and the holder of the account say to each other, and what each market makes of it.

Words leave in the order in which they were said. News are numbered by their teller; one that is told again, by the same
holder or by its successor, changes nothing a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from astra_actors.engine import answers, takeover
from astra_actors.engine.market_engine import MarketEngine
from astra_actors.kernel.units import NS_PER_S
from astra_actors.venues.clob.clob_venue import ClobVenue
from astra_actors.venues.clob.words import Adopted, Cancel, News, Told, Weather, Word

JOIN_AGAIN_NS: Final = 10 * NS_PER_S  # a market that was not welcomed by then: its word may have died with a holder
Guard = Callable[..., object]  # `guard(engine, act, *arguments)`: an engine that raises leaves alone, its shard goes on


class VenueTalk:
    """The mailboxes of one shard's markets. Every method runs on the thread that owns them."""

    def __init__(self) -> None:
        self.gateway = 0  # the incarnation of the holder that was heard last; 0 before the first
        self.heard = 0  # the number of its last news
        self._words: list[Word] = []
        self._told = ""  # why nothing can rest, by the holder's own word
        self._lost = ""  # why the holder itself cannot be reached
        self._join_again_ns = 0  # when to look for markets that were not welcomed; 0 while nobody answers

    def take_up(self, engine: MarketEngine) -> None:
        """Give a new engine its way to the venue."""
        venue = ClobVenue(
            engine.listing.instrument,
            self._words,
            incarnation=engine.incarnation,
            standing=lambda: (engine.book.tick_e4, engine.lease.expires_ns if engine.lease else None),
        )
        engine.venue = venue
        venue.hear(Weather(why=self._lost or self._told))

    def join(self, engine: MarketEngine) -> None:
        """Say that the engine owns its market, once it knows what its predecessor left."""
        _venue(engine).join(engine.blotter.open_orders())

    def abandon(self, engine: MarketEngine, why: str) -> None:
        """The market is served no more: whatever it has at the venue is taken off."""
        for order in engine.blotter.open_orders():
            self._words.append(Cancel(market_id=engine.market_id, order_id=order.order_id, reason=why))

    def take_words(self) -> tuple[Word, ...]:
        """What is to be said now, in its order."""
        words = tuple(self._words)
        self._words.clear()  # engines hold this very list
        return words

    def hear(self, told: Sequence[Told], engines: Mapping[str, MarketEngine], now_ns: int, guard: Guard) -> None:
        """Take what was told; a holder that was not heard before knows nothing of us, so every market joins again."""
        for one in told:
            if one.gateway < self.gateway or (one.gateway == self.gateway and one.number <= self.heard):
                continue
            if one.gateway > self.gateway:
                self._begin_with(one.gateway, engines)
            self.heard = one.number
            if isinstance(one.news, Weather):
                self._told = one.news.why
                self._forecast(engines, now_ns, guard)
            elif (served := engines.get(one.market_id)) is not None:
                guard(served, _hear, served, one.news, now_ns)

    def reached(self, why_not: str, engines: Mapping[str, MarketEngine], now_ns: int, guard: Guard) -> None:
        """Whether the holder of the account answers at all; while it does not, nothing new may rest."""
        if why_not != self._lost:
            self._lost = why_not
            self._forecast(engines, now_ns, guard)
        if why_not or not self._join_again_ns:
            self._join_again_ns = 0 if why_not else now_ns + JOIN_AGAIN_NS
        elif now_ns >= self._join_again_ns:
            self._join_again_ns = now_ns + JOIN_AGAIN_NS
            for engine in engines.values():
                if not _venue(engine).joined:
                    self.join(engine)

    def _forecast(self, engines: Mapping[str, MarketEngine], now_ns: int, guard: Guard) -> None:
        for engine in list(engines.values()):
            guard(engine, _hear, engine, Weather(why=self._lost or self._told), now_ns)

    def _begin_with(self, gateway: int, engines: Mapping[str, MarketEngine]) -> None:
        first, self.gateway, self.heard, self._told = self.gateway == 0, gateway, 0, ""
        if not first:
            for engine in engines.values():
                self.join(engine)


def _hear(engine: MarketEngine, news: News, now_ns: int) -> None:
    venue, now_ns = _venue(engine), max(now_ns, engine.now_ns)
    before = venue.closed
    if isinstance(news, Adopted):
        takeover.adopt(engine, venue, news.order, now_ns)
    elif (failed := venue.hear(news)) is not None:
        answers.void(engine, failed, now_ns)
    else:
        answers.take(engine, now_ns)
    if venue.closed != before and not engine.settled:
        engine.evaluate_due_ns = min(engine.evaluate_due_ns, now_ns)


def _venue(engine: MarketEngine) -> ClobVenue:
    assert isinstance(engine.venue, ClobVenue), "a shard that talks has markets at the venue"
    return engine.venue
