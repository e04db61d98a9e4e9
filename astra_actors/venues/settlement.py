"""Turn what a resting order's three readings have reached into answers: at the limit, numbered, with their marks."""

from __future__ import annotations

from astra_actors.kernel.ids import content_id
from astra_actors.market.book import MarketBook
from astra_actors.venues.marks import FillMarks
from astra_actors.venues.port import Answer, Filled, ShadowFill
from astra_actors.venues.resting import Resting


class Settlement:
    """The fills of one market."""

    __slots__ = ("_marks",)

    def __init__(self, marks: FillMarks) -> None:
        self._marks = marks

    def settle(self, resting: Resting, now_ns: int, book: MarketBook, answers: list[Answer]) -> bool:
        """Answer what each reading has newly filled; True when the order itself is done."""
        if resting.ahead_optimistic >= 0:
            return False  # the lowest of the three: nobody has reached us under any reading
        self.settle_shadows(resting, now_ns, answers)
        size = resting.reached(resting.ahead) - resting.filled
        if size <= 0:
            return False
        resting.filled += size
        resting.fills += 1
        answers.append(self._fill(resting, size, now_ns, book))
        return resting.remaining == 0

    def settle_shadows(self, resting: Resting, now_ns: int, answers: list[Answer]) -> None:
        """Answer what the two shadows have newly filled."""
        size = resting.reached(resting.ahead_optimistic) - resting.filled_optimistic
        if size > 0:
            resting.filled_optimistic += size
            answers.append(ShadowFill(resting.order_id, now_ns, "optimistic", resting.own_price_e4, size))
        size = resting.reached(resting.ahead_pessimistic) - resting.filled_pessimistic
        if size > 0:
            resting.filled_pessimistic += size
            answers.append(ShadowFill(resting.order_id, now_ns, "pessimistic", resting.own_price_e4, size))

    def _fill(self, resting: Resting, size: int, now_ns: int, book: MarketBook) -> Filled:
        fill_id = content_id("fill", resting.order_id, resting.fills)
        marks = self._marks.of(fill_id, resting, size, book)
        return Filled(
            fill_id=fill_id,
            order_id=resting.order_id,
            at_ns=now_ns,
            price_e4=resting.own_price_e4,
            size_e6=size,
            rebate_e10=marks.rebate_e10,
            mid_e4=book.mid_e4,
            adverse_e4=marks.adverse_e4,
            impact_e4=marks.impact_e4,
            queue_ahead_e6=resting.queue_at_admission if resting.queue_known else 0,
            traded_at_level_e6=resting.traded_at_level,
            latency_ms=resting.latency_ms,
            degraded=resting.degraded,
        )
