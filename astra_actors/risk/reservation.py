"""Permission for single orders: each is reserved at its worst case against its market's lease, without asking anybody.

A reservation becomes exposure when its order fills and is given back on proof that the order is dead (`release`), never
on silence. Losses are summed by outcome, so a check costs a handful of additions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from astra_actors.execution.order import Order
from astra_actors.kernel.errors import PromiseBroken
from astra_actors.kernel.ids import content_id
from astra_actors.kernel.units import PRICE_ONE_E4, usd
from astra_actors.market.instrument import Side, Token
from astra_actors.portfolio.position import MarketPosition
from astra_actors.risk.exposure import OrderRow, order_losses_e10
from astra_actors.risk.lease import Lease
from astra_actors.risk.veto import Approved, Refused, Veto


class MarketRisk:
    """The local risk view of one market: which orders may still fill, and what they could cost."""

    __slots__ = ("_if_no_e10", "_if_yes_e10", "_open", "incarnation", "market_id")

    def __init__(self, market_id: str, incarnation: int | None = None) -> None:
        self.market_id = market_id
        self.incarnation = incarnation  # None: whatever the lease says
        self._open: dict[str, OrderRow] = {}
        self._if_yes_e10 = 0  # what the open orders can lose if YES resolves
        self._if_no_e10 = 0

    def try_reserve(
        self,
        order: Order,
        position: MarketPosition,
        open_orders: Iterable[Order],
        lease: Lease | None,
        now_ns: int,
    ) -> Approved | Refused:
        """Take the order's worst case from the lease, or say why not.

        An order whose fill can only lower the worst case passes without a lease. A replace calls this before the old
        order is released, so both are counted until the venue has confirmed the cancel.
        """
        self.see(open_orders)
        if order.order_id in self._open:
            raise PromiseBroken(f"an order is reserved once, {order.order_id}", 2, 1)
        row: OrderRow = (order.token, order.side, order.price_e4, order.remaining_e6)
        before_e10 = self.worst_case_e10(position)
        after_e10 = self._worst(position, position.cash_e10, *order_losses_e10(*row))
        if not (after_e10 <= before_e10 and _fill_reduces(position, row)):
            refused = self._refuse(position, row, after_e10, lease, now_ns)
            if refused is not None:
                return refused
        self._add(order.order_id, row)
        return Approved(content_id("reservation", order.order_id), order.order_id, after_e10 - before_e10)

    def see(self, open_orders: Iterable[Order]) -> None:
        """Take over what the blotter knows: orders found by recovery, and what is left of partly filled ones."""
        for order in open_orders:
            if order.state.is_open:
                known = self._open.get(order.order_id)
                if known is None or known[3] != order.remaining_e6:
                    self._drop(order.order_id)
                    self._add(order.order_id, (order.token, order.side, order.price_e4, order.remaining_e6))

    def on_fill(self, order_id: str, size_e6: int) -> None:
        """Move a filled part from reserved to used; the last share is the order's end.

        A fill of an order that was proven dead has no reservation left to move: the position alone counts it.
        """
        row = self._open.get(order_id)
        if row is None:
            return
        token, side, price_e4, remaining_e6 = row
        if size_e6 > remaining_e6:
            raise PromiseBroken(f"an order fills no more than its rest, {order_id}", size_e6, remaining_e6)
        self._drop(order_id)
        if size_e6 < remaining_e6:
            self._add(order_id, (token, side, price_e4, remaining_e6 - size_e6))

    def release(self, order_id: str) -> None:
        """Give the rest of a reservation back: only on proof that the order is dead. A second proof changes nothing."""
        self._drop(order_id)

    def used_e10(self, position: MarketPosition) -> int:
        """The worst case of the position alone."""
        return position.worst_loss_e10

    def reserved_e10(self, position: MarketPosition) -> int:
        """What the open orders add to it."""
        return self.worst_case_e10(position) - position.worst_loss_e10

    def worst_case_e10(self, position: MarketPosition) -> int:
        """The most this market can lose: positions and every order not proven dead."""
        return self._worst(position, position.cash_e10, 0, 0)

    def free_e10(self, position: MarketPosition, lease: Lease | None, now_ns: int) -> int:
        """What an entry may still add; 0 without a lease that allows entries."""
        if lease is None or lease.reduce_only or not lease.valid_for(self.market_id, self.incarnation, now_ns):
            return 0
        return max(0, lease.limit_e10 - self._worst(position, _cash_without_gains(position), 0, 0))

    @property
    def open_orders(self) -> Mapping[str, OrderRow]:
        """The orders that hold a reservation."""
        return self._open

    def _refuse(
        self, position: MarketPosition, row: OrderRow, after_e10: int, lease: Lease | None, now_ns: int
    ) -> Refused | None:
        if lease is None or not lease.valid_for(self.market_id, self.incarnation, now_ns):
            return Refused(Veto.NO_LEASE, usd(after_e10), 0.0, "usd", _why_not(lease, self, now_ns))
        if lease.reduce_only is not None:
            return Refused(lease.reduce_only, usd(after_e10), usd(lease.limit_e10), "usd", "the lease allows no entry")
        if after_e10 > lease.limit_e10:
            return Refused(Veto.LEASE_CAP, usd(after_e10), usd(lease.limit_e10), "usd")
        held_e10 = self._worst(position, _cash_without_gains(position), *order_losses_e10(*row))
        if held_e10 > lease.limit_e10:
            detail = "profit already made in this market buys no further risk"
            return Refused(Veto.LEASE_CAP, usd(held_e10), usd(lease.limit_e10), "usd", detail)
        return None

    def _worst(self, position: MarketPosition, cash_e10: int, more_if_yes_e10: int, more_if_no_e10: int) -> int:
        if position.outcome is not None:
            return 0  # what is lost is lost, and a settled market fills nothing
        # a void pays the middle of both outcomes, so it is never the worst (exposure.worst_case_e10)
        if_yes_e10 = self._if_yes_e10 + more_if_yes_e10 - position.yes_e6 * PRICE_ONE_E4
        if_no_e10 = self._if_no_e10 + more_if_no_e10 - position.no_e6 * PRICE_ONE_E4
        return max(0, max(if_yes_e10, if_no_e10) - cash_e10)

    def _add(self, order_id: str, row: OrderRow) -> None:
        if_yes_e10, if_no_e10 = order_losses_e10(*row)
        self._open[order_id] = row
        self._if_yes_e10 += if_yes_e10
        self._if_no_e10 += if_no_e10

    def _drop(self, order_id: str) -> None:
        row = self._open.pop(order_id, None)
        if row is not None:
            if_yes_e10, if_no_e10 = order_losses_e10(*row)
            self._if_yes_e10 -= if_yes_e10
            self._if_no_e10 -= if_no_e10


def _fill_reduces(position: MarketPosition, row: OrderRow) -> bool:
    """Whether the worst outcome is better with the order filled; loss is convex, so any part of it helps.

    Below zero too: an order that can eat up a profit already made is an entry, though nothing is lost by it in the end.
    """
    token, side, price_e4, size_e6 = row
    signed_e6 = size_e6 if side is Side.BUY else -size_e6
    yes_e6 = position.yes_e6 + (signed_e6 if token is Token.YES else 0)
    no_e6 = position.no_e6 + (signed_e6 if token is Token.NO else 0)
    before_e10 = -position.cash_e10 - min(position.yes_e6, position.no_e6) * PRICE_ONE_E4
    after_e10 = -(position.cash_e10 - signed_e6 * price_e4) - min(yes_e6, no_e6) * PRICE_ONE_E4
    return after_e10 < before_e10


def _cash_without_gains(position: MarketPosition) -> int:
    """Cash flow as if profit already made had been taken away: losses made still count, gains buy nothing."""
    return min(position.cash_e10, -position.basis_e10("fifo"))


def _why_not(lease: Lease | None, risk: MarketRisk, now_ns: int) -> str:
    if lease is None or lease.limit_e10 <= 0:
        return "none was granted"
    if now_ns >= lease.expires_ns:
        return f"it expired at {lease.expires_ns} ns"
    return f"it is for incarnation {lease.incarnation} of {lease.market_id}, this is {risk.incarnation}"
