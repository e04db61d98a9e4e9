"""A small venue in memory: orders rest, trade, settle, expire, are cancelled; frames get lost, doubled and late."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from random import Random

from clob_values import ADDRESS, API_KEY, leg, seen, trade

from astra_actors.market.instrument import Side
from astra_actors.venues.clob.building import Draft
from astra_actors.venues.clob.user_frames import OrderTold
from astra_actors.venues.clob.user_rows import OrderSeen, Settling, TradeSeen

REMOVED_EARLY_MS = 60_000
LIST_LAG_MS = 3_000  # from a match to its row in the list


@dataclass
class Resting:
    """An order at the venue."""

    venue_id: str
    market: str
    token_id: str
    side: Side
    price_e4: int
    size_e6: int
    ends_ms: int
    matched_e6: int = 0
    live: bool = True
    trade_ids: list[str] = field(default_factory=list)

    def row(self, status: str = "LIVE") -> OrderSeen:
        return seen(
            venue_id=self.venue_id, condition_id=self.market, token_id=self.token_id, side=self.side,
            price_e4=self.price_e4, size_e6=self.size_e6, matched_e6=self.matched_e6, status=status,
            trade_ids=tuple(self.trade_ids),
        )  # fmt: skip


@dataclass
class Traded:
    """A trade with one order of ours as the maker."""

    trade_id: str
    order: Resting
    size_e6: int
    at_ms: int
    settling: Settling = Settling.MATCHED

    def seen(self) -> TradeSeen:
        part = leg(
            venue_id=self.order.venue_id, owner=API_KEY, maker_address=ADDRESS, token_id=self.order.token_id,
            side=self.order.side, price_e4=self.order.price_e4, size_e6=self.size_e6,
        )  # fmt: skip
        return trade(
            self.settling, part, trade_id=self.trade_id, condition_id=self.order.market, matched_s=self.at_ms // 1_000
        )


class ModelVenue:
    """Everything that is true. `noise` is the chance that a frame is lost; doubles and delays follow from it."""

    def __init__(self, rng: Random, *, noise: float) -> None:
        self.rng, self.noise = rng, noise
        self.orders: dict[str, Resting] = {}
        self.trades: dict[str, Traded] = {}
        self.connected = False
        self._frames: list[tuple[int, int, OrderTold | TradeSeen]] = []
        self._settle: list[tuple[int, int, str, Settling]] = []
        self._count = 0

    # -- requests ----------------------------------------------------------------------------------------------------

    def post(self, draft: Draft, now_ms: int) -> dict[str, object]:
        """Take an order; one that is known is refused as the venue refuses it."""
        if draft.venue_id in self.orders:
            return {"success": False, "errorMsg": f"order {draft.venue_id} is invalid. Duplicated.", "orderID": ""}
        if draft.expiration_s * 1_000 - REMOVED_EARLY_MS <= now_ms:
            return {"success": False, "errorMsg": "invalid expiration", "orderID": ""}
        signed, buys = draft.signed, draft.signed.side == 0
        size_e6 = signed.taker_amount if buys else signed.maker_amount
        dollars_e6 = signed.maker_amount if buys else signed.taker_amount
        order = self.orders[draft.venue_id] = Resting(
            draft.venue_id, draft.condition_id, draft.token_id, Side.BUY if buys else Side.SELL,
            dollars_e6 * 10_000 // size_e6, size_e6, draft.expiration_s * 1_000 - REMOVED_EARLY_MS,
        )  # fmt: skip
        self._tell(OrderTold(order.row(), over=False), now_ms)
        return {"success": True, "errorMsg": "", "orderID": draft.venue_id, "status": "live"}

    def cancel(self, venue_ids: tuple[str, ...], now_ms: int) -> dict[str, object]:
        """Take orders off."""
        gone = [each for each in venue_ids if each in self.orders and self.orders[each].live]
        for each in gone:
            self._end(self.orders[each], "CANCELED", now_ms)
        why = {each: "order can't be found - already canceled or matched" for each in venue_ids if each not in gone}
        return {"canceled": gone, "not_canceled": why}

    def stray(self, market: str, now_ms: int) -> None:
        """Somebody with our key rests an order that nobody wrote down."""
        venue_id = f"0xstray{len(self.orders)}"
        one = Resting(venue_id, market, "11", Side.BUY, 4_000, 20_000_000, now_ms + 86_400_000)
        self.orders[venue_id] = one
        self._tell(OrderTold(one.row(), over=False), now_ms)

    def cancel_all(self, now_ms: int) -> None:
        """Its dead man's switch: it heard no heartbeat."""
        self.cancel(tuple(self.orders), now_ms)

    def open_rows(self, market: str = "", venue_id: str = "") -> tuple[OrderSeen, ...]:
        """What a list of open orders shows."""
        live = (each for each in self.orders.values() if each.live)
        return tuple(
            each.row()
            for each in live
            if (not market or each.market == market) and (not venue_id or each.venue_id == venue_id)
        )

    def trade_rows(self, now_ms: int, market: str = "", after_s: int = 0, trade_id: str = "") -> tuple[TradeSeen, ...]:
        """What a list of trades shows, a moment late."""
        shown = (each for each in reversed(self.trades.values()) if each.at_ms + LIST_LAG_MS <= now_ms)
        return tuple(
            each.seen()
            for each in shown
            if (not market or each.order.market == market)
            and each.at_ms // 1_000 >= after_s
            and (not trade_id or each.trade_id == trade_id)
        )

    # -- what happens by itself --------------------------------------------------------------------------------------

    def advance(self, now_ms: int, *, trades: float) -> None:
        """Let time pass: orders expire, trade with this chance, and settle."""
        for order in [each for each in self.orders.values() if each.live]:
            if now_ms >= order.ends_ms:
                self._end(order, "CANCELED", now_ms)
            elif self.rng.random() < trades:
                self._match(order, now_ms)
        while self._settle and self._settle[0][0] <= now_ms:
            _, _, trade_id, settling = heapq.heappop(self._settle)
            self.trades[trade_id].settling = settling
            self._tell(self.trades[trade_id].seen(), now_ms)

    def events(self, now_ms: int) -> list[OrderTold | TradeSeen]:
        """The frames that arrive by now; while nobody is connected they are lost."""
        found: list[OrderTold | TradeSeen] = []
        while self._frames and self._frames[0][0] <= now_ms:
            event = heapq.heappop(self._frames)[2]
            if self.connected:
                found.append(event)
        return found

    def _match(self, order: Resting, now_ms: int) -> None:
        left = order.size_e6 - order.matched_e6
        size_e6 = left if self.rng.random() < 0.4 else max(10_000, left // 20_000 * 10_000)
        done = Traded(f"t{len(self.trades)}", order, size_e6, now_ms)
        self.trades[done.trade_id] = done
        order.matched_e6 += size_e6
        order.trade_ids.append(done.trade_id)
        order.live = order.matched_e6 < order.size_e6
        self._tell(OrderTold(order.row("LIVE" if order.live else "MATCHED"), over=False), now_ms)
        self._tell(done.seen(), now_ms)
        at_ms = now_ms + self.rng.randint(500, 6_000)
        if self.rng.random() < 0.15:
            self._later(at_ms, done.trade_id, Settling.RETRYING)
            at_ms += 3_000
        if self.rng.random() < 0.2:
            self._later(at_ms, done.trade_id, Settling.FAILED)
        else:
            self._later(at_ms, done.trade_id, Settling.MINED)
            self._later(at_ms + 2_000, done.trade_id, Settling.CONFIRMED)

    def _end(self, order: Resting, status: str, now_ms: int) -> None:
        order.live = False
        self._tell(OrderTold(order.row(status), over=True), now_ms)

    def _later(self, at_ms: int, trade_id: str, settling: Settling) -> None:
        self._count += 1
        heapq.heappush(self._settle, (at_ms, self._count, trade_id, settling))

    def _tell(self, event: OrderTold | TradeSeen, now_ms: int) -> None:
        if self.rng.random() < self.noise:
            return
        for _ in range(2 if self.rng.random() < self.noise else 1):
            self._count += 1
            delay_ms = self.rng.randint(5, 4_000) if self.rng.random() < 2 * self.noise else 5
            heapq.heappush(self._frames, (now_ms + delay_ms, self._count, event))
