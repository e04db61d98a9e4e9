"""Trade imbalance: bought less sold over both, among the last trades of one market (methods §7.2)."""

from __future__ import annotations

from collections import deque


def imbalance(bought: float, sold: float) -> float | None:
    """(B − S)/(B + S) in [−1, 1]; None without volume."""
    volume = bought + sold
    return (bought - sold) / volume if volume > 0 else None


class TradeImbalance:
    """The last `window` trades not older than `window_ns`; each trade enters and leaves once."""

    __slots__ = ("_bought", "_sold", "_trades", "_window", "_window_ns")

    def __init__(self, window: int, window_ns: int) -> None:
        self._window, self._window_ns = window, window_ns
        self._trades: deque[tuple[int, int]] = deque()
        self._bought = self._sold = 0

    def add(self, now_ns: int, taker_buys: bool, size_e6: int) -> None:
        """Take one signed trade."""
        if taker_buys:
            self._bought += size_e6
            self._trades.append((now_ns, size_e6))
        else:
            self._sold += size_e6
            self._trades.append((now_ns, -size_e6))
        if len(self._trades) > self._window:
            self._drop()

    def value(self, now_ns: int, trades_min: int) -> float | None:
        """The imbalance as of now; None with fewer than `trades_min` trades in the window."""
        trades, oldest = self._trades, now_ns - self._window_ns
        while trades and trades[0][0] < oldest:
            self._drop()
        return imbalance(self._bought, self._sold) if len(trades) >= trades_min else None

    def _drop(self) -> None:
        signed = self._trades.popleft()[1]
        if signed > 0:
            self._bought -= signed
        else:
            self._sold += signed
