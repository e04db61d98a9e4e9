"""The live feed: every market on one connection, never too many on one, and the questions that keep the stream honest.

It runs on one event loop and owns sockets, not markets. `wanted` is what the owner would like to be asked of the venue's
REST side; whoever owns the markets replaces it, the loop here reads it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from astra_actors.feeds.polymarket_rest import PolymarketRest
from astra_actors.feeds.stream_params import StreamParams
from astra_actors.feeds.stream_session import Clock, Die, Say, StreamSession
from astra_actors.feeds.stream_words import BooksSeen, Heard, Wanted
from astra_actors.feeds.venue_http import VenueSilent
from astra_actors.kernel.errors import WireError
from astra_actors.market.events import Event
from astra_actors.market.instrument import Instrument


class MarketStream:
    """Connections for a growing and shrinking list of markets."""

    def __init__(self, params: StreamParams, *, rest: PolymarketRest, now_ns: Clock, say: Say, die: Die) -> None:
        self.wanted = Wanted()
        self.sessions: list[StreamSession] = []
        self.questions_failed = 0
        self._params, self._rest, self._now_ns, self._say, self._die = params, rest, now_ns, say, die
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._session_of: dict[str, StreamSession] = {}  # by market
        self._closing = asyncio.Event()

    async def run(self) -> None:
        """Keep everything going until `close`."""
        params = self._params
        books_every_s = (
            120.0 / params.requests_per_min
        )  # half of what we may ask; outcomes and discovery share the rest
        try:
            await asyncio.gather(
                self._every(books_every_s, self._ask_books),
                self._every(params.outcome_poll_s, self._ask_outcomes),
                self._every(params.fast_scan_s, self._ask_notes),
            )
        finally:
            for session in self.sessions:
                session.close()
            await asyncio.gather(*self._tasks.values())
            self._rest.http.close()

    async def add(self, instruments: Sequence[Instrument]) -> None:
        """Subscribe to markets; both tokens of one market share a connection."""
        batches: dict[int, list[str]] = {}
        for instrument in instruments:
            if instrument.market_id in self._session_of:
                continue
            pair = (instrument.yes_asset, instrument.no_asset)
            session = self._session_with_room(batches)
            self._session_of[instrument.market_id] = session
            batches.setdefault(session.number, []).extend(pair)
        for number, asset_ids in batches.items():
            session = self.sessions[number]
            await session.add(asset_ids)
            if number not in self._tasks:
                self._tasks[number] = asyncio.create_task(session.run())

    async def remove(self, instruments: Sequence[Instrument]) -> None:
        """Leave markets that are over."""
        for instrument in instruments:
            session = self._session_of.pop(instrument.market_id, None)
            if session is not None:
                await session.remove((instrument.yes_asset, instrument.no_asset))

    def renew(self, number: int, reason: str) -> None:
        """Make a connection anew that is there but does not serve us."""
        self.sessions[number].renew(reason)

    def close(self) -> None:
        """End everything; `run` returns."""
        self._closing.set()

    def _session_with_room(self, planned: dict[int, list[str]]) -> StreamSession:
        for session in self.sessions:
            if session.room - len(planned.get(session.number, ())) >= 2:
                return session
        number = len(self.sessions)

        def die(purpose: str, attempt: int) -> float:
            return self._die(f"{purpose}:{number}", attempt)

        session = StreamSession(number, params=self._params, now_ns=self._now_ns, say=self._say, die=die)
        self.sessions.append(session)
        return session

    async def _every(self, seconds: float, ask: Callable[[], Any]) -> None:
        while not self._closing.is_set():
            try:
                await ask()
            except (VenueSilent, WireError):
                self.questions_failed += 1  # the next round asks again; until then nothing is verified
            try:
                await asyncio.wait_for(self._closing.wait(), seconds)
            except TimeoutError:
                continue

    async def _ask_books(self) -> None:
        asset_ids = self.wanted.books[: self._params.books_per_request]
        if asset_ids:
            asked_ns = self._now_ns()
            books = await asyncio.to_thread(self._rest.books, asset_ids, asked_ns)
            self._say(BooksSeen(self._now_ns(), asked_ns, tuple(books)))

    async def _ask_outcomes(self) -> None:
        listings = self.wanted.outcomes[: self._params.outcomes_per_poll]
        for listing in listings:
            event = await asyncio.to_thread(self._rest.clob_word, listing, self._now_ns())
            if event is not None:
                self._say(Heard(self._now_ns(), event))
        await self._ask_gamma([listing.market_id for listing in listings])

    async def _ask_notes(self) -> None:
        await self._ask_gamma(self.wanted.notes)

    async def _ask_gamma(self, market_ids: Sequence[str]) -> None:
        if market_ids:
            words: list[Event] = await asyncio.to_thread(self._rest.gamma_words, market_ids, self._now_ns())
            for event in words:
                self._say(Heard(self._now_ns(), event))
