"""The record that a ruin study resamples: a ledger's closed trades, or a file of returns."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import usd_e10
from astra_actors.reporting.evidence import Standing
from astra_actors.reporting.ledger_rows import LedgerReading
from astra_actors.simulation.ruin.laws import OBSERVED_MIN, Bets, ReturnLaw, checked_returns, law_of


@dataclass(frozen=True, slots=True)
class Record:
    """Trade returns as fractions of the equity before each trade, and where they come from."""

    returns: tuple[float, ...]
    source: str
    wins: int = 0
    costs: tuple[float, ...] = ()  # what each trade cost, as a fraction of the equity before it
    prices: tuple[float, ...] = ()  # dollars a share paid
    clusters: tuple[str, ...] = ()  # of each trade, where the record says so
    run_id: str = ""  # of a ledger's record: the run, where it stood, and the ledger's digest there
    standing: Standing | None = None
    ledger_digest: str = ""


def record_of(reading: LedgerReading) -> Record:
    """The closed trades of a ledger in their order; equity grows by what each of them made."""
    if reading.bankroll_usd is None:
        raise BadInput(
            "ledger", reading.lineage, "this ledger does not say what the run began with; pass --returns FILE"
        )
    equity_e10 = usd_e10(str(reading.bankroll_usd))
    returns, costs, prices, clusters, wins = [], [], [], [], 0
    for trade in reading.trades:
        if equity_e10 <= 0:
            break
        returns.append(trade.pnl_e10 / equity_e10)
        costs.append(trade.cost_e10 / equity_e10)
        prices.append(trade.cost_e10 / (trade.size_e6 * 10_000) if trade.size_e6 else 0.0)
        market = reading.markets.get(trade.market_id)
        clusters.append(market.clusters[0] if market and market.clusters else trade.block)
        wins += trade.pnl_e10 > 0
        equity_e10 += trade.pnl_e10
    synthetic = ", a SYNTHETIC world: no evidence about real markets" if reading.run.get("feed") == "world" else ""
    return Record(
        tuple(returns),
        f"run {reading.lineage}{synthetic}",
        wins,
        tuple(costs),
        tuple(prices),
        tuple(clusters),
        run_id=reading.run.get("run_id", ""),
        standing=Standing(config_hash=reading.run.get("config_hash", ""), ledger_ns=reading.last_end_ns),
        ledger_digest=reading.digest,
    )


def load_returns(path: Path) -> Record:
    """One return a row and perhaps its cluster, with or without a heading; what is no number is refused with its row."""
    if not path.is_file():
        raise BadInput("--returns", str(path), "there is no such file; give a CSV with one trade return a row")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput("--returns", str(path), f"give a readable CSV with one trade return a row ({error})") from None
    returns: list[float] = []
    clusters: list[str] = []
    for number, row in enumerate(rows, start=1):
        try:
            returns.append(float(row[0]))
            clusters.append(row[1].strip() if len(row) > 1 else "")
        except ValueError:
            if number > 1:
                raise BadInput(
                    f"--returns row {number}", row[0], "give one number a row: a fraction of equity"
                ) from None
    return Record(tuple(returns), path.name, clusters=tuple(clusters) if any(clusters) else ())


def chosen_law(
    name: str | None, record: Record, *, rho: float, together: int, block: float | None
) -> tuple[ReturnLaw, str]:
    """The law asked for, or the one the record can carry, and why; a record that is too short gets a stated law."""
    if name is not None:
        return law_of(name, record.returns, rho=rho, together=together, block=block), "as asked"
    count = len(record.returns)
    if count >= OBSERVED_MIN or not record.costs:
        few = f"; fewer than {OBSERVED_MIN} say little" if count < OBSERVED_MIN else ""
        said = f"{count} trades, resampled in blocks of their order{few}"
        return law_of("stationary", record.returns, block=block), said
    return stated_bets(
        record
    ), f"{count} trades are fewer than {OBSERVED_MIN}: independent bets of the same size instead"


def stated_bets(record: Record) -> ReturnLaw:
    """Bets of the record's mean price and size that gain what it gained less one standard error (methods §13).

    Nor are they won more often than its trades were: a trade sold early at a small gain is no contract that paid a dollar.
    """
    returns = checked_returns(record.returns)
    count, rate = len(returns), record.wins / len(returns)
    seen = rate - (max(rate * (1.0 - rate), 1.0 / count) / count) ** 0.5
    cost, stake = _mean(record.prices), _mean(record.costs)
    gain = (float(returns.mean()) - float(returns.std()) / count**0.5) / stake  # of a dollar staked
    return Bets(p=max(0.0, min(seen, cost * (1.0 + gain))), cost=cost, stake=stake)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
