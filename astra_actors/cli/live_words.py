"""What a person reads before live trading begins and after it ended, and the question in between."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import typer

from astra_actors.cli.options import say
from astra_actors.kernel.units import PRICE_ONE_E4, SIZE_ONE_E6
from astra_actors.venues.clob.phases import PHASES

if TYPE_CHECKING:
    from supervision.live_preflight import Preflight
    from supervision.live_start import LiveStart

YES: Final = "yes"
DEAD_MAN: Final = (
    "the venue's dead man's switch clears them: it cancels every order of this API key once it hears no heartbeat for"
    " 10 s, within 15 s"
)

_LAST: Final = PHASES["E"]  # no phase follows it
UNWRITTEN: Final = "the venue's list of orders did not come, or not all that was learned is on disk"


def introduce(start: LiveStart, preflight: Preflight | None) -> None:
    """What is about to happen, with everything that limits it in dollars."""
    wallet, phase = start.wallet, start.phase
    money = "real money" if start.remote else "no real money: every host is this machine"
    days = phase.days if phase is _LAST else f"days {phase.days}"
    say(f"astra live: phase {phase.name} ({days}), {money}")
    if wallet is not None:
        say(f"  wallet     {wallet.address}, {wallet.kind}; its assets are held by {wallet.funder}")
    for name, url in start.hosts.items():
        say(f"  host       {url}  ({name})")
    say(f"  orders     {_orders(start)}")
    for name, usd in start.caps.items():
        say(f"  cap        {usd:>10,.2f} USD  {name}")
    for limit in start.tightened:
        say(f"  tightened  {limit}")
    say(f"  gate       {start.verdict}")
    if start.settings.live.gate_override:
        say(f"  override   {start.settings.live.gate_override!r}; it goes on record and people are told")
    for left in start.business:
        say(f"  taken up   {left}")
    if preflight is not None:
        for each in preflight.findings:
            mark = {True: "PASS", False: "FAIL", None: "not asked"}[each.ok]
            say(f"  {mark:<10} {each.name}: {each.told}" + (f" ({each.remedy})" if each.remedy and not each.ok else ""))
    say(f"  from now   {phase.shows}" if phase is _LAST else f"  next phase by your word, when {phase.shows}")
    say(
        f"  stop       Ctrl-C or SIGTERM cancels every order and waits up to {_patience(start)} s for the proof that none rests"
    )


def confirmed(start: LiveStart, *, yes: bool) -> bool:
    """Whether somebody said yes, by flag or at a terminal; nothing else counts as an answer."""
    if yes:
        return True
    if not sys.stdin.isatty():
        say("astra: refused: nobody is there to say yes; at a terminal Astra asks, a script gives --yes")
        return False
    answer = typer.prompt(f"Trade phase {start.phase.name} with this wallet? Type {YES}", default="no", err=True)
    return str(answer).strip().lower() == YES


def say_proof(proof: dict[str, Any]) -> None:
    """What the stop came to, with every order of which nobody knows whether it rests."""
    if proof["cleared"]:
        say(f"astra: no order rests at the venue, proven {proof['seconds']:.1f} s after the stop was asked for")
        return
    orders = (
        f"{len(proof['open'])} order{'s' * (len(proof['open']) != 1)}" if proof["open"] else "orders nobody can name"
    )
    say(f"astra: {orders} may still rest at the venue after {proof['seconds']:.1f} s:")
    if why := proof.get("why") or ("" if proof["open"] else UNWRITTEN):
        say(f"  {why}")
    for order in proof["open"]:
        say(f"  {_order(order)}")
    say(f"  {DEAD_MAN}")


def _orders(start: LiveStart) -> str:
    phase, quoteability = start.phase, start.settings.gates.market.quoteability
    if phase.observe_only:
        return "none: this phase observes, and the holder of the keys refuses every order"
    return f"in at most {quoteability.active_markets} markets, with {start.settings.run.bankroll_usd:,.2f} USD in all"


def _order(order: dict[str, Any]) -> str:
    left = (order["size_e6"] - order["filled_e6"]) / SIZE_ONE_E6
    return (
        f"{order['side']} {left:g} at {order['price_e4'] / PRICE_ONE_E4:g}  {order['state']}  order {order['venue_id']}"
        f"  market {order['market_id']}"
    )


def _patience(start: LiveStart) -> str:
    return f"{start.settings.live.cancel_timeout_s:g}"
