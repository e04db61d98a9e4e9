"""The watcher: it sees every message of a simulated house, keeps books of its own, and raises at the first broken promise.

It never asks the system what it believes; it is told what passed between the actors. What the engines hold is compared
with these books at every barrier, and every order and every answer is judged at the instant it passes.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable

from astra_actors.engine.market_engine import MarketEngine
from astra_actors.engine.messages import OpenMarket, WindowCommand
from astra_actors.execution.order import Order
from astra_actors.market.book import BookState
from astra_actors.market.events import Event
from astra_actors.market.instrument import Side
from astra_actors.risk.lease import Lease
from astra_actors.risk.limits import RiskLimits, share_e10
from astra_actors.simulation.harness.auditor import hold
from astra_actors.simulation.harness.books import MarketBooks, SeenOrder
from astra_actors.venues.port import Answer, Filled, ShadowFill

FAIL_CLOSED = "fail closed"
CAPS = "caps hold at every instant"
NO_ORPHANS = "no orphan orders"
TRACED = "every number can be traced"
HONEST = "paper is honest"
GRANTS = "grants stay within caps"
LAST_KEPT = 8


class Watch:
    """Count the steps of a run and hold the promises after each."""

    def __init__(self, limits: RiskLimits, bankroll_e10: int) -> None:
        self.limits, self.bankroll_e10 = limits, bankroll_e10
        self.books: dict[str, MarketBooks] = {}
        self.steps = 0
        self.last: deque[str] = deque(maxlen=LAST_KEPT)  # the last messages, for whoever has to find a cause
        self.seen: Counter[str] = Counter()  # steps by kind
        self.live = False  # owners act between windows, and one that was taken over is told of its markets once more
        self.muted = False  # a past is lived through again: nothing of it happens now
        self.calm = False  # nothing goes wrong on the wire any more, or for as long as a start takes
        self.calm_from_ns = 1 << 62  # since when the venue has had good weather
        self.on_step: Callable[[str, int], None] = lambda kind, owner: None
        self.base_e10 = bankroll_e10
        self.worst: dict[str, int] = {}  # by scope, kept with every change
        self.stood: dict[str, int] = {}  # by scope: what the worst cases may add up to until the next barrier
        self._granted: dict[str, int] = {}
        self.late_fills = 0  # that made a worst case larger
        self.poisoned: dict[str, str] = {}  # markets whose engine raised, and what

    # -- messages -----------------------------------------------------------------------------------------------------

    def step(self, kind: str, owner: int = -1) -> int:
        """One message is delivered: its number. `on_step` may decide that its recipient dies of it."""
        self.steps += 1
        self.seen[kind] += 1
        self.last.append(f"{self.steps} {kind}" + (f" of shard {owner}" if owner >= 0 else ""))
        self.on_step(kind, owner)
        return self.steps

    def opened(self, owner: int, opened: OpenMarket) -> bool:
        """An owner has this market from now on; whether it is new."""
        market_id = opened.listing.market_id
        if market_id in self.books:  # told again by a supervisor that came back, or to a successor
            return False
        clusters = tuple(f"cluster:{name}" for name in opened.clusters)
        scopes = (f"market:{market_id}", "aggregate", *clusters)
        self.books[market_id] = MarketBooks(market_id, scopes, opened.definition is not None, owner)
        return True

    def command(self, owner: int, command: WindowCommand) -> None:
        """An owner takes a window's permission."""
        if self.muted:
            return
        for opened in command.opens:
            fresh = self.opened(owner, opened)
            hold(TRACED, fresh or self.live, f"{opened.listing.market_id} is opened twice")
        given = {lease.market_id: lease for lease in command.leases}
        for books in self.books.values():
            if books.owner == owner:
                books.vetoed = command.veto.name if command.veto else ""
                if command.cancel_all:
                    books.vetoed = "CANCEL_ALL"
                if books.market_id in given:
                    books.lease = given[books.market_id]
                elif books.lease is not None:
                    books.lease = books.lease.until(command.lease_until_ns)

    def event(self, market_id: str, event: Event) -> None:
        """An owner has taken one word of its feed."""
        if not self.muted:
            books = self.books[market_id]
            books.hear(event)
            if books.settled and books.worst_e10:
                hold(NO_ORPHANS, not books.open_ids, f"{market_id} has settled over {books.open_ids}")
                self._sum(books, books.reckon())

    def order(self, engine: MarketEngine, order: Order, now_ns: int) -> None:
        """An order leaves: was it allowed to?"""
        if self.muted:
            return
        self.step("order", self.books[engine.market_id].owner)
        books = self.books[engine.market_id]
        hold(NO_ORPHANS, order.order_id not in books.orders, f"{order.order_id} is sent twice")
        books.orders[order.order_id] = seen = SeenOrder(order.token, order.side, order.price_e4, order.size_e6)
        held_e6 = books.yes_e6 if order.token.value == "YES" else books.no_e6
        sold_e6 = sum(
            o.row[3] for o in books.orders.values() if o.open and o.side is Side.SELL and o.token is order.token
        )
        hold(
            FAIL_CLOSED, order.side is Side.BUY or sold_e6 <= held_e6, f"{order.order_id} sells {sold_e6} of {held_e6}"
        )
        self._open_gates(engine, books, order)
        added = books.reckon()
        self._sum(books, added)
        if added > 0 or books.worsened_by(seen):
            self._permitted(engine, books, order, now_ns)
        self.caps(books.scopes)

    def cancel(self, engine: MarketEngine, order_id: str) -> None:
        """A cancel leaves; it proves nothing yet."""
        if self.muted:
            return
        self.step("cancel", self.books[engine.market_id].owner)
        hold(NO_ORPHANS, order_id in self.books[engine.market_id].orders, f"a cancel of the unknown {order_id}")

    def answer(self, engine: MarketEngine, answer: Answer, evidence: str) -> None:
        """The venue's answer reaches the owner. `evidence` is what the public tape lacks for a fill, empty when nothing."""
        if self.muted or isinstance(answer, ShadowFill):
            return
        books = self.books[engine.market_id]
        self.step("answer", books.owner)
        order = books.orders.get(answer.order_id)
        hold(NO_ORPHANS, order is not None, f"an answer to the unknown {answer.order_id}")
        assert order is not None
        if isinstance(answer, Filled):
            hold(HONEST, not evidence, f"{answer.fill_id}: {evidence}")
            hold(
                HONEST,
                answer.price_e4 == order.price_e4,
                f"{answer.fill_id} at {answer.price_e4}, limit {order.price_e4}",
            )
            left = order.size_e6 - order.filled_e6
            hold(HONEST, 0 < answer.size_e6 <= left, f"{answer.fill_id} fills {answer.size_e6} of {left}")
        late = books.answer(answer)
        grown = books.reckon()
        self._sum(books, grown)
        if late:
            self.late_fills += grown > 0
            books.excused_e10 += max(0, grown)
        else:
            hold(CAPS, grown <= 0, f"an answer raises the worst case of {books.market_id} by {grown}")

    # -- checks -------------------------------------------------------------------------------------------------------

    def caps(self, scopes: Iterable[str]) -> None:
        """Worst cases within every cap, at this instant; what stood when a cap shrank under it may stand."""
        for scope in scopes:
            excused = sum(b.excused_e10 for b in self.books.values() if b.excused_e10 and scope in b.scopes)
            escrow = self._granted.get(scope, 0) if self.live else 0  # a lease in use outlives the barrier that cut it
            allowed = max(self.cap_e10(scope), self.stood.get(scope, 0), escrow) + excused
            worst = self.worst.get(scope, 0)
            hold(CAPS, worst <= allowed, f"{scope}: worst cases of {worst}, allowed {allowed}")

    def all_caps(self) -> None:
        """Every cap of every scope."""
        self.caps(self.worst)

    def cap_e10(self, scope: str) -> int:
        """The cap of one scope on the equity of the last barrier."""
        limits = self.limits
        share = {"market": limits.market_cap, "aggregate": limits.aggregate_cap}.get(
            scope.split(":")[0], limits.cluster_cap
        )
        return share_e10(self.base_e10, share)

    def barrier(self, equity_e10: int, leases: Iterable[Lease]) -> None:
        """Caps go by this equity from now on; what stands may stand, and what was granted must fit beside it."""
        self.base_e10 = max(0, min(self.bankroll_e10, equity_e10))
        self.stood = dict(self.worst)
        granted: dict[str, int] = {}
        dealt = {lease.market_id: lease for lease in leases}
        for books in self.books.values():
            if not books.settled:
                spent = max(books.worst_e10, _usable_e10(books.lease, dealt.get(books.market_id)))
                for scope in books.scopes:
                    granted[scope] = granted.get(scope, 0) + spent
        for scope, amount in granted.items():
            excused = sum(b.excused_e10 for b in self.books.values() if b.excused_e10 and scope in b.scopes)
            allowed = max(self.cap_e10(scope), self.worst.get(scope, 0), self._granted.get(scope, 0)) + excused
            hold(GRANTS, amount <= allowed, f"{scope}: {amount} granted or standing, allowed {allowed}")
        self._granted = granted
        for books in self.books.values():
            books.excused_e10 = 0  # what a late fill has added stands by now, and is allowed as that

    @property
    def permitted(self) -> tuple[int, dict[str, int], dict[str, int]]:
        """By what the caps go until the next barrier: the base, what stood, what was granted."""
        return self.base_e10, self.stood, self._granted

    @permitted.setter
    def permitted(self, known: tuple[int, dict[str, int], dict[str, int]]) -> None:
        self.base_e10, self.stood, self._granted = known

    def equity_e10(self, mids: dict[str, float]) -> int:
        """Bankroll, cash and marks, from these books; a market without a mid counts at the last one handed in."""
        marks = sum(books.mark_e10(mids.get(market_id, 5_000.0)) for market_id, books in self.books.items())
        return self.bankroll_e10 + sum(books.cash_e10 for books in self.books.values()) + marks

    def filled_e6(self, market_id: str, order_id: str) -> int:
        """What an order has filled, as far as it was told."""
        order = self.books[market_id].orders.get(order_id)
        return order.filled_e6 if order is not None else 0

    # -- going back ---------------------------------------------------------------------------------------------------

    def copies(self) -> dict[str, MarketBooks]:
        """Every market's books as they are now."""
        return {market_id: books.copy() for market_id, books in self.books.items()}

    def restore(self, sealed: dict[str, MarketBooks], owner: int | None = None) -> None:
        """What one owner (or all) did since the copies were made did not happen."""
        for market_id in [m for m, b in self.books.items() if owner is None or b.owner == owner]:
            del self.books[market_id]
        for market_id, books in sealed.items():
            if owner is None or books.owner == owner:
                self.books[market_id] = books.copy()
        self.worst = {}
        for books in self.books.values():
            self._sum(books, books.worst_e10)

    def orders_lost(self, owner: int) -> None:
        """An owner's paper orders ended with its process, and what it knew of its feed."""
        for books in self.books.values():
            if books.owner == owner:
                books.doubt = True
                books.lease = None
                for order in books.orders.values():
                    order.open = False
                self._sum(books, books.reckon())

    # -- inside -------------------------------------------------------------------------------------------------------

    def _open_gates(self, engine: MarketEngine, books: MarketBooks, order: Order) -> None:
        told = f"{order.order_id} in {books.market_id}"
        hold(FAIL_CLOSED, books.defined, f"{told}: the market has no definition")
        hold(FAIL_CLOSED, bool(order.estimate_id), f"{told}: no estimate stands behind it")
        hold(TRACED, bool(order.decision_id), f"{told}: no decision stands behind it")
        hold(FAIL_CLOSED, not books.settled, f"{told}: the market has settled")
        sound = not books.doubt and engine.book.state is BookState.LIVE and engine.book.two_sided
        hold(FAIL_CLOSED, sound, f"{told}: its feed is in doubt, the book {engine.book.state.name}")
        outright = books.vetoed in ("BURN_IN", "PAUSED", "KILLED", "CANCEL_ALL")
        hold(FAIL_CLOSED, not outright, f"{told}: sent under {books.vetoed}")

    def _permitted(self, engine: MarketEngine, books: MarketBooks, order: Order, now_ns: int) -> None:
        lease, told = books.lease, f"{order.order_id} in {books.market_id}"
        hold(FAIL_CLOSED, lease is not None and lease.limit_e10 > 0, f"{told}: it has no lease")
        assert lease is not None
        same = lease.incarnation == engine.incarnation
        hold(FAIL_CLOSED, same, f"{told}: leased to incarnation {lease.incarnation}, sent by {engine.incarnation}")
        hold(FAIL_CLOSED, now_ns < lease.expires_ns, f"{told}: sent at {now_ns}, its lease ended at {lease.expires_ns}")
        hold(FAIL_CLOSED, lease.reduce_only is None, f"{told}: its lease allows no entry ({lease.reduce_only})")
        hold(FAIL_CLOSED, not books.vetoed, f"{told}: it adds risk under {books.vetoed}")
        fits = books.worst_e10 <= lease.limit_e10  # late fills excuse what stands, and never one order more
        hold(CAPS, fits, f"{told}: a worst case of {books.worst_e10}, leased {lease.limit_e10}")

    def _sum(self, books: MarketBooks, more_e10: int) -> None:
        if more_e10:
            for scope in books.scopes:
                self.worst[scope] = self.worst.get(scope, 0) + more_e10


def _usable_e10(held: Lease | None, dealt: Lease | None) -> int:
    """The larger of two leases, for the old one is usable until the new one has arrived, by the owner it was given to."""
    if dealt is None:
        return held.limit_e10 if held is not None else 0  # silent at this barrier: what it was given stays its own
    return max(dealt.limit_e10, held.limit_e10 if held is not None and held.incarnation == dealt.incarnation else 0)
