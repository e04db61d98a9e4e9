"""Where an operator's word meets a run: it is decided, put on record, and acted upon before it is answered."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from astra_actors.kernel.errors import BadInput
from astra_actors.risk.trading_state import TradingMode, Trigger
from astra_actors.risk.veto import Refused, Veto
from supervision.control import KILL, PAUSE, Answer, Word

if TYPE_CHECKING:
    from astra_actors.lockstep.coordinator import Coordinator
    from astra_actors.risk.authority import RiskAuthority
    from supervision.pace import Pace

Said = tuple[bool, str]  # whether it was done, and the sentence for who said it

_WAY_OUT: Final = {
    Veto.KILLED: "`astra resume --revive --reason ...` leads back to paused, and from there `astra resume` to trading",
    Veto.DRAWDOWN_BREAKER: "it lifts by itself below that; a flat account needs `astra resume --reset-drawdown --reason ...`",
    Veto.DAILY_LOSS: "the loss is acknowledged, and trading begins again at 00:00 UTC",
    Veto.HALTED: "after a full review: `astra resume --reset-drawdown --reason ...`",
}


def take_up(
    word: Word, coordinator: Coordinator, pace: Pace, *, clock_ns: Callable[[], int] = time.monotonic_ns
) -> Answer:
    """Decide, then run a window at once: when this returns, quotes that were to go are gone and the ledger has the word."""
    began_ns = clock_ns()
    before, cancels = open_orders(coordinator), coordinator.counters.cancels
    try:
        done, text = _decide(word, coordinator.authority, coordinator.state.now_ns)
    except BadInput as error:
        done, text = False, f"refused: {error}"
    coordinator.reconsider()
    if not coordinator.done:
        pace.at_once(coordinator)
        coordinator.flush()
    after, cancels = open_orders(coordinator), coordinator.counters.cancels - cancels
    if done and word.action in (PAUSE, KILL):
        text += f": {cancels} order{'s' * (cancels != 1)} cancelled" + (f", {after} not confirmed yet" if after else "")
    return Answer(
        word_id=word.word_id,
        action=word.action,
        done=done,
        text=text,
        state=coordinator.authority.state.mode.name,
        orders_before=before,
        orders_after=after,
        took_ms=round((clock_ns() - began_ns) / 1e6, 3),
    )


def open_orders(coordinator: Coordinator) -> int:
    """Orders that may still fill, as the markets reported last."""
    return sum(report.open_orders for report in coordinator.reports.values())


def _decide(word: Word, authority: RiskAuthority, now_ns: int) -> Said:
    if word.action == PAUSE:
        authority.pause(word.author, word.why, now_ns)
        return True, "paused"
    if word.action == KILL:
        authority.kill(word.author, word.why, now_ns)
        return True, "killed"
    if word.revive:
        return _revive(word, authority, now_ns)
    if word.reset_drawdown and Trigger.KILL not in authority.holds:
        if not any(trigger in authority.holds for trigger in (Trigger.BREAKER, Trigger.DRAWDOWN)):
            return False, f"refused: no drawdown holds trading, it is {authority.equity.drawdown:.4f} of the peak"
        authority.reset_drawdown(word.author, word.why, now_ns)
        done, text = _resume(word, authority, now_ns)
        return done, text if done else f"the peak is rebased; {text}"
    return _resume(word, authority, now_ns)


def _revive(word: Word, authority: RiskAuthority, now_ns: int) -> Said:
    if Trigger.KILL not in authority.holds:
        return False, "refused: nothing was killed here"
    authority.revive(word.author, word.why, now_ns)
    return True, "no longer killed, and paused: `astra resume` trades again"


def _resume(word: Word, authority: RiskAuthority, now_ns: int) -> Said:
    held = bool(authority.holds)
    if (
        Trigger.KILL not in authority.holds
    ):  # after a kill the first word is --revive: nothing else is done for this one
        authority.acknowledge(word.author, now_ns)
    answer = authority.resume(word.author, word.why, now_ns)
    if isinstance(answer, Refused):
        return False, f"refused: {_numbers(answer)}"
    if answer.mode is TradingMode.ACTIVE:
        return True, "trading again" if held or word.reset_drawdown else "nothing held trading, it goes on"
    return True, f"resumed, but still {answer.mode.value} by {answer.trigger.value}: {answer.detail}"


def _numbers(refused: Refused) -> str:
    """Why not, what was compared, and what leads out."""
    veto, compared = refused.veto, ""
    if refused.observed is not None and refused.limit is not None:
        compared = f" ({refused.observed:.6g} {refused.unit}, limit {refused.limit:.6g})"
    said = f": {refused.detail}" if refused.detail else ""
    return f"{veto.value}{compared}{said}; {_WAY_OUT.get(veto, 'see `astra status`')}"
