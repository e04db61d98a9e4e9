"""Orders that rest without anybody behind them: taken off, and proven gone like any other."""

from __future__ import annotations

from astra_actors.kernel.units import NS_PER_MS
from astra_actors.venues.clob.account_shared import Shared
from astra_actors.venues.clob.taking_off import TakingOff
from astra_actors.venues.clob.tracked import Tracked, from_sight
from astra_actors.venues.clob.user_rows import OrderSeen

UNKNOWN = "the ledger does not know it"


class Orphans:
    """Every orphan that was found, counted once."""

    __slots__ = ("_found", "_shared", "_taking_off")

    def __init__(self, shared: Shared, taking_off: TakingOff) -> None:
        self._shared, self._taking_off = shared, taking_off
        self._found: dict[str, None] = {}

    def disown(self, one: Tracked, why: str) -> None:
        """A known order that nobody stands behind."""
        one.orphan = one.orphan or why
        self._found[one.venue_id] = None
        self._taking_off.want(one, why)

    def on_listed(self, seen: OrderSeen, asked_ms: int, now_ms: int) -> None:
        """A list shows an order: one that is unknown, or over for us since before it was asked for, is an orphan."""
        one = self._shared.register.by_venue(seen.venue_id)
        if one is None:
            one = from_sight(seen, now_ms, life_s=self._shared.params.look_back_s)
            self._shared.register.add(one)
            self.disown(one, UNKNOWN)
        elif one.end is not None and one.end.at_ns < asked_ms * NS_PER_MS:
            why = f"the ledger has it as {one.end.state}"
            one.revive(now_ms)
            self._shared.register.reopen(one)
            self.disown(one, why)

    @property
    def found(self) -> int:
        """Orphans since the beginning."""
        return len(self._found)

    @property
    def resting(self) -> int:
        """Those that are not proven gone."""
        return sum(bool(one.orphan) for one in self._shared.register.open.values())
