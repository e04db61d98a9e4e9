"""Looking for new markets beside the run: one question at a time, on a thread that may wait, owning nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future

from astra_actors.feeds.polymarket_rest import Discovery
from astra_actors.market.instrument import MarketListing


class Scout:
    """Ask again every so often. An answer that is not whole is kept for a person and used for nothing."""

    def __init__(
        self,
        discover: Callable[[], Discovery],
        *,
        every_ns: int,
        now_ns: int,
        executor: Executor,
        failed: Callable[[str], None],
    ) -> None:
        self._discover, self._every_ns, self._executor, self._failed = discover, every_ns, executor, failed
        self._asked_ns = now_ns  # the run has just begun with a discovery of its own
        self._answer: Future[Discovery] | None = None

    def poll(self, now_ns: int) -> tuple[MarketListing, ...]:
        """The markets of an answer that has come meanwhile; starts the next question when it is time."""
        found: tuple[MarketListing, ...] = ()
        if self._answer is not None and self._answer.done():
            found, self._answer = self._taken(self._answer), None
        if self._answer is None and now_ns - self._asked_ns >= self._every_ns:
            self._asked_ns = now_ns
            self._answer = self._executor.submit(self._discover)
        return found

    def _taken(self, answer: Future[Discovery]) -> tuple[MarketListing, ...]:
        error = answer.exception()
        if error is not None:
            self._failed(f"{type(error).__name__}: {error}")
            return ()
        discovery = answer.result()
        if not discovery.ok:
            self._failed(f"{discovery.reason.value}: {discovery.detail}")
        return discovery.listings
