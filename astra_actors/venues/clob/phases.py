"""The five phases in which a live account is warmed up, as data (methods §18.13); a phase only ever takes something away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from astra_actors.venues.clob.account_params import PhaseLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """What one phase allows, in dollars and markets; None leaves it to the settings. `shows` leads to the next phase."""

    name: str
    days: str  # of live trading, as the methods have them
    observe_only: bool = False
    bankroll_usd: int | None = None
    markets_max: int | None = None
    market_usd_max: int | None = None  # the most that one market may lose
    loss_usd_max: int | None = None  # from the highest equity of the phase: at it everything halts
    shows: str

    @property
    def limits(self) -> PhaseLimits:
        """The same for the holder of the account, which refuses whatever passes the engine's own limits."""
        return PhaseLimits(
            observe_only=self.observe_only,
            markets_max=self.markets_max,
            order_usd_max=self.market_usd_max,
            bankroll_usd=self.bankroll_usd,
        )


PHASES: Final[Mapping[str, Phase]] = MappingProxyType(
    {
        phase.name: phase
        for phase in (
            Phase(
                name="A",
                days="1 to 3",
                observe_only=True,  # keys, channel and reconciliation are tried while nothing can be lost
                shows="keys, channel and reconciliation have worked for three days; no order leaves, so no fill rate is known",
            ),
            Phase(
                name="B",
                days="4 to 7",
                bankroll_usd=100,  # what a wrong assumption about the venue may cost at most is a tenth of it
                markets_max=5,
                market_usd_max=5,  # the venue's least order takes up to five dollars
                loss_usd_max=10,
                shows="orders rest, fill and settle as rehearsed, every reconciliation agrees, and the fill rate is within"
                " a factor of two of paper trading's",
            ),
            Phase(
                name="C",
                days="8 to 14",
                bankroll_usd=500,
                markets_max=20,
                market_usd_max=25,
                loss_usd_max=50,  # a tenth of the bankroll, as in phase B
                shows="Sharpe ratio above 0 after 50 trades, and the fill rate within a factor of two",
            ),
            Phase(
                name="D",
                days="from 15",
                bankroll_usd=5_000,
                markets_max=40,
                market_usd_max=50,  # 1 % of the bankroll, the market cap that stays for good
                shows="within 50 % of paper trading after 200 trades",
            ),
            Phase(
                name="E",
                days="steady",
                shows="a report each day, a review of differences each week, a validation each month",
            ),
        )
    }
)
