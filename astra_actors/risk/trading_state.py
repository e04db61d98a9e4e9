"""Whether the account may trade, and why not: the holds that stand, and the state they make together.

Several causes can hold trading at once (paused while the breaker is on), so each hold comes and goes on its own and the
most severe one names the state. The state still only moves along the rows of one table.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import Final

import msgspec

from astra_actors.kernel.fsm import Lifecycle
from astra_actors.risk.veto import Veto


@unique
class TradingMode(Enum):
    """What the account may do."""

    ACTIVE = "active"
    REDUCING = "reducing"  # leases cover what stands; only orders that reduce risk pass
    HALTED = "halted"  # no leases: everything is cancelled
    KILLED = "killed"  # as halted, and only a deliberate restart leads out


@unique
class Trigger(Enum):
    """What can hold trading."""

    START = "start"
    BREAKER = "drawdown breaker"
    DRAWDOWN = "drawdown halt"
    DAILY_LOSS = "daily loss"
    PAUSE = "pause"
    SUPERVISION = "supervision"
    COOLDOWN = "technical cooldown"
    FEED_DOWN = "feed down"
    INTEGRITY = "integrity"
    SHARD_OUT = "shard out"
    KILL = "kill"


@unique
class TradingEvent(Enum):
    """How the state can move."""

    REDUCE = "reduce"
    HALT = "halt"
    KILL = "kill"
    EASE = "ease"
    CLEAR = "clear"
    REVIVE = "revive"


M, E = TradingMode, TradingEvent
TRADING_LIFE: Final = Lifecycle(
    "trading",
    {
        (M.ACTIVE, E.REDUCE): M.REDUCING,
        (M.ACTIVE, E.HALT): M.HALTED,
        (M.ACTIVE, E.KILL): M.KILLED,
        (M.REDUCING, E.HALT): M.HALTED,
        (M.REDUCING, E.KILL): M.KILLED,
        (M.REDUCING, E.CLEAR): M.ACTIVE,
        (M.HALTED, E.EASE): M.REDUCING,
        (M.HALTED, E.CLEAR): M.ACTIVE,
        (M.HALTED, E.KILL): M.KILLED,
        (M.KILLED, E.REVIVE): M.HALTED,  # a revived account is paused: trading again is a second decision
    },
)

HOLDS: Final[dict[Trigger, tuple[TradingMode, Veto]]] = {
    Trigger.BREAKER: (M.REDUCING, Veto.DRAWDOWN_BREAKER),
    Trigger.SHARD_OUT: (M.REDUCING, Veto.HALTED),
    Trigger.DRAWDOWN: (M.HALTED, Veto.HALTED),
    Trigger.DAILY_LOSS: (M.HALTED, Veto.DAILY_LOSS),
    Trigger.PAUSE: (M.HALTED, Veto.PAUSED),
    Trigger.SUPERVISION: (M.HALTED, Veto.HALTED),
    Trigger.COOLDOWN: (M.HALTED, Veto.HALTED),
    Trigger.FEED_DOWN: (M.HALTED, Veto.HALTED),
    Trigger.INTEGRITY: (M.HALTED, Veto.HALTED),
    Trigger.KILL: (M.KILLED, Veto.KILLED),
}

LETS_REDUCE: Final = (Veto.HALTED, Veto.DRAWDOWN_BREAKER, Veto.DAILY_LOSS)  # orders that reduce risk pass them

_SEVERITY: Final = {M.ACTIVE: 0, M.REDUCING: 1, M.HALTED: 2, M.KILLED: 3}
_TOWARDS: Final = {M.ACTIVE: E.CLEAR, M.HALTED: E.HALT, M.KILLED: E.KILL}


class TradingState(msgspec.Struct, frozen=True, kw_only=True):
    """The state with its cause: what set it, when, and who."""

    mode: TradingMode
    trigger: Trigger
    since_ns: int
    author: str
    detail: str = ""

    @property
    def veto(self) -> Veto | None:
        """What an order that adds risk is refused with; None while trading is on."""
        return HOLDS[self.trigger][1] if self.mode is not TradingMode.ACTIVE else None


class Hold(msgspec.Struct, kw_only=True):
    """One reason not to trade. It ends by its own timer, by its cause, or by a person."""

    trigger: Trigger
    at_ns: int
    author: str
    detail: str = ""
    until_ns: int | None = None
    acknowledged: bool = False


class TradingHolds(msgspec.Struct):
    """Everything that holds trading now, and the state that follows."""

    state: TradingState
    holds: dict[str, Hold] = {}

    def raise_hold(self, hold: Hold) -> bool:
        """Put a hold up; False where the same one stands already (its timer is moved on)."""
        known = self.holds.get(hold.trigger.name)
        if known is not None:
            if hold.until_ns is not None and (known.until_ns is None or hold.until_ns > known.until_ns):
                known.until_ns, known.acknowledged = hold.until_ns, False  # it happened again
            return False
        self.holds[hold.trigger.name] = hold
        self._settle(hold.at_ns, hold.author, hold.detail)
        return True

    def lift(self, trigger: Trigger, now_ns: int, author: str, detail: str = "") -> bool:
        """Take a hold down; False where none stood."""
        if self.holds.pop(trigger.name, None) is None:
            return False
        self._settle(now_ns, author, detail)
        return True

    @property
    def said(self) -> dict[Trigger, str]:
        """Every hold that is up, with its detail and its author."""
        return {hold.trigger: f"{hold.detail} ({hold.author})".strip() for hold in self.holds.values()}

    def stands(self, trigger: Trigger) -> bool:
        """Whether this hold is up."""
        return trigger.name in self.holds

    def _settle(self, now_ns: int, author: str, detail: str) -> None:
        hold = max(self.holds.values(), key=_weight, default=None)
        mode = HOLDS[hold.trigger][0] if hold else TradingMode.ACTIVE
        if mode is not self.state.mode:
            TRADING_LIFE.step(self.state.mode, _event_between(self.state.mode, mode))
        if hold is None:
            self.state = TradingState(
                mode=mode,
                trigger=Trigger.START,
                since_ns=now_ns,
                author=author,
                detail=detail or "nothing holds trading",
            )
        elif (mode, hold.trigger) != (self.state.mode, self.state.trigger):
            self.state = TradingState(
                mode=mode, trigger=hold.trigger, since_ns=now_ns, author=hold.author, detail=hold.detail
            )


def _weight(hold: Hold) -> tuple[int, bool, int, str]:
    """The more severe mode first, then what lets nothing pass at all; of equals, the first cause."""
    mode, veto = HOLDS[hold.trigger]
    return (_SEVERITY[mode], veto not in LETS_REDUCE, -hold.at_ns, hold.trigger.name)


def _event_between(mode: TradingMode, target: TradingMode) -> TradingEvent:
    if target is TradingMode.REDUCING:
        return TradingEvent.REDUCE if mode is TradingMode.ACTIVE else TradingEvent.EASE
    if mode is TradingMode.KILLED:
        return TradingEvent.REVIVE
    return _TOWARDS[target]
