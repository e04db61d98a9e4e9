"""An account on a bench: the test plays ledger, venue and owner, one call at a time."""

from __future__ import annotations

import json
from typing import Any

from clob_values import EOA, SENT_MS, US, leg, listing, order, seen, trade

from astra_actors.execution.order import Order
from astra_actors.venues.clob.account import Account
from astra_actors.venues.clob.account_memory import AccountMemory
from astra_actors.venues.clob.account_params import AccountParams
from astra_actors.venues.clob.account_rows import AccountRow
from astra_actors.venues.clob.answers import Answered, BalanceAnswer, OrdersAnswer, TradesAnswer
from astra_actors.venues.clob.building import Draft, draft_of
from astra_actors.venues.clob.deeds import Ask, Deed, Post, Record, TakeOff
from astra_actors.venues.clob.questions import AskBalance, AskTrade, AskTrades
from astra_actors.venues.clob.signals import Reply
from astra_actors.venues.clob.user_frames import OrderTold
from astra_actors.venues.clob.user_rows import OrderSeen, Settling, TradeSeen
from astra_actors.venues.clob.words import Cancel, Join, News, Place, Told

MARKET = "0xc"
OK = Reply(status=200)
LOST = Reply(status=None, text="timed out")


def our_order(order_id: str = "o1", **more: Any) -> Order:
    return order(**{"order_id": order_id, "market_id": MARKET, **more})


def draft(one: Order) -> Draft:
    return draft_of(one, listing(condition_id=one.market_id), EOA)


def venue_id(order_id: str = "o1", **more: Any) -> str:
    """The id the venue knows this order by."""
    return draft(our_order(order_id, **more)).venue_id


def place(order_id: str = "o1", *, incarnation: int = 1, lease_ms: int = 600_000, **more: Any) -> Place:
    one = our_order(order_id, **more)
    return Place(
        order=one, listing=listing(condition_id=one.market_id), lease_until_ns=(SENT_MS + lease_ms) * 1_000_000,
        incarnation=incarnation,
    )  # fmt: skip


def cancel(order_id: str = "o1") -> Cancel:
    return Cancel(market_id=MARKET, order_id=order_id, reason="requote")


def our_trade(settling: Settling = Settling.MATCHED, order_id: str = "o1", **more: Any) -> TradeSeen:
    """A trade of five shares of an order."""
    part = leg(venue_id=venue_id(order_id), token_id="1234567890", price_e4=5_200, size_e6=5_000_000)
    return trade(settling, part, **{"matched_s": SENT_MS // 1_000, **more})


def row_of(order_id: str = "o1", **more: Any) -> OrderSeen:
    """An order as a list shows it."""
    return seen(**{"venue_id": venue_id(order_id), "token_id": "1234567890", "price_e4": 5_200, **more})


class Bench:
    """Time stands still unless it is passed. Rows are durable when the test says so."""

    def __init__(
        self, *, memory: AccountMemory | None = None, start: bool = True, now_ms: int = SENT_MS, **params: Any
    ) -> None:
        self.now_ms = now_ms
        self.account = Account(US, EOA, AccountParams(**params), incarnation=3, now_ms=self.now_ms)
        self.account.restore(memory or AccountMemory(), self.now_ms)
        self.rows: list[AccountRow] = []
        self.listed: tuple[OrderSeen, ...] = ()
        self.traded: tuple[TradeSeen, ...] = ()
        self.cash_e6 = 0
        self._heard = 0
        if start:
            self.account.on_connected(self.now_ms)
            self.say(Join(market_id=MARKET, incarnation=1))
            self.settle()
            self.news()

    def say(self, *words: Any, shard: int = 0) -> None:
        self.account.on_words(shard, words, self.now_ms)

    def deeds(self) -> list[Deed]:
        return self.account.deeds(self.now_ms)

    def of(self, kind: type[Any]) -> list[Any]:
        return [deed for deed in self.deeds() if isinstance(deed, kind)]

    def write(self, deeds: list[Deed]) -> list[Deed]:
        """Have the rows among these deeds durable; returns the other deeds."""
        for deed in deeds:
            if isinstance(deed, Record):
                self.rows += deed.rows
                self.account.on_recorded(deed.number, self.now_ms)
        return [deed for deed in deeds if not isinstance(deed, Record)]

    def settle(self, by_ms: int = 1_000, *, step_ms: int = 100) -> list[Deed]:
        """Pass time: rows are written and questions answered by what is listed; returns everything else."""
        others: list[Deed] = []
        until_ms = self.now_ms + by_ms
        while self.now_ms < until_ms:
            for deed in self.write(self.deeds()):
                if isinstance(deed, Ask):
                    self.account.on_answered(deed.number, self.answer(deed), self.now_ms)
                else:
                    others.append(deed)
            self.now_ms += step_ms
        return others

    def answer(self, deed: Ask) -> Answered:
        question = deed.question
        if isinstance(question, AskBalance):
            balance_e6 = 0 if question.token_id else self.cash_e6
            return BalanceAnswer(token_id=question.token_id, balance_e6=balance_e6, asked_ms=self.now_ms)
        if isinstance(question, AskTrades | AskTrade):
            return TradesAnswer(rows=self.traded, whole=True, asked_ms=self.now_ms)
        wanted = getattr(question, "venue_id", None)
        rows = tuple(row for row in self.listed if wanted in (None, row.venue_id))
        return OrdersAnswer(rows=rows, whole=True, asked_ms=self.now_ms)

    def posted(self) -> Post:
        """The one request that leaves, once the intents are written."""
        self.write(self.deeds())
        (post,) = self.of(Post)
        assert isinstance(post, Post)
        return post

    def rest(self, *order_ids: str, incarnation: int = 1, **more: Any) -> None:
        """Have orders placed and accepted."""
        self.say(*(place(each, incarnation=incarnation, **more) for each in order_ids))
        post = self.posted()
        rows = [{"success": True, "errorMsg": "", "orderID": each.venue_id, "status": "live"} for each in post.drafts]
        self.account.on_posted(post.number, OK, json.dumps(rows).encode(), self.now_ms)
        self.listed += tuple(row_of(each, **more) for each in order_ids)
        self.settle(100)
        self.news()

    def take_off(self, deed: TakeOff, *, gone: bool = True) -> None:
        """Answer a cancel."""
        body = {"canceled": list(deed.venue_ids) if gone else [], "not_canceled": {}}
        if gone:
            self.listed = tuple(row for row in self.listed if row.venue_id not in deed.venue_ids)
        self.account.on_taken_off(deed.number, OK, json.dumps(body).encode(), self.now_ms)

    def event(self, event: OrderTold | TradeSeen) -> None:
        self.account.on_events([event], self.now_ms)

    def told(self, shard: int = 0) -> tuple[Told, ...]:
        told = self.account.told(shard, self._heard if shard == 0 else 0)
        if told and shard == 0:
            self._heard = told[-1].number
        return told

    def news(self, *kinds: type[Any]) -> list[News]:
        """What was told since the last time; only these kinds, if any are named."""
        return [each.news for each in self.told() if not kinds or isinstance(each.news, kinds)]
