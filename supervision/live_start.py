"""What `astra live` is about to do, and everything that keeps it from doing so; nothing is started or written here."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from astra_actors.config.live import hosts, is_loopback
from astra_actors.config.live_mistakes import of_live
from astra_actors.config.mistakes import refuse
from astra_actors.config.risk_mistakes import of_risk
from astra_actors.config.settings import Settings
from astra_actors.config.warm_up import Tightened, caps_usd, warmed_up
from astra_actors.kernel.errors import AstraError, BadInput
from astra_actors.ledger.connection import open_reader
from astra_actors.reporting.gate_file import GateRead, read_gate
from astra_actors.venues.clob.phases import PHASES, Phase
from supervision.live_business import unfinished
from supervision.live_keys import Wallet

REASON_MIN: Final = 12  # a word is no reason


class NotLive(AstraError):
    """Live trading is refused; each reason is one sentence."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("live trading is refused: " + "; ".join(reasons))


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveStart:
    """A live run that may start, once somebody has said yes. `settings` are those that trade: phase and override in force."""

    settings: Settings
    wallet: Wallet | None  # None in the process that has handed its keys over already
    phase: Phase
    hosts: Mapping[str, str]
    remote: bool
    caps: Mapping[str, Decimal]
    tightened: tuple[Tightened, ...]
    gate: GateRead | None
    business: tuple[str, ...]
    resume: bool
    refused: tuple[str, ...] = ()  # why it may not start; always empty but in a dry run

    @property
    def verdict(self) -> str:
        """The gate in one line."""
        if self.gate is None:
            return "no paper run on the venue's own feed has a report here"
        blockers = self.gate.blockers
        if not blockers:
            return f"passed, by the report {self.gate.report.name}"
        rows = ", ".join(f"{item} {name}" for item, name in list(blockers.items())[:6])
        return f"not passed, {len(blockers)} rows: {rows}" + (", …" if len(blockers) > 6 else "")

    def as_json(self) -> dict[str, Any]:
        """The plan as `--dry-run --json` prints it."""
        live = self.settings.live
        return {
            "wallet": None if self.wallet is None else self.wallet.address,
            "funder": None if self.wallet is None else self.wallet.funder,
            "signature_type": None if self.wallet is None else self.wallet.signature_type,
            "hosts": dict(self.hosts),
            "remote": self.remote,
            "phase": live.phase,
            "bankroll_usd": str(self.settings.run.bankroll_usd),
            "markets_max": self.settings.gates.market.quoteability.active_markets,
            "caps_usd": {name: str(value) for name, value in self.caps.items()},
            "tightened": [str(each) for each in self.tightened],
            "gate": self.verdict,
            "gate_passed": self.gate is not None and not self.gate.blockers,
            "override": live.gate_override or None,
            "unfinished": list(self.business),
            "resume": self.resume,
            "refused": list(self.refused),
        }


def look_before(
    settings: Settings, data_dir: Path, wallet: Wallet | None, *, override: str, resume: bool, dry_run: bool = False
) -> LiveStart:
    """Everything that can be known without asking the venue; raises `NotLive` with all reasons, or `ConfigError`.

    A dry run keeps the reasons in `refused`: what else is wrong is worth knowing before the gate has passed.
    """
    refuse(of_live(settings))
    remote = any(not is_loopback(url) for url in hosts(settings).values())
    reasons: list[str] = []
    gate = _gate(data_dir, settings)
    reasons += _gate_reasons(gate, override)
    business = unfinished(data_dir / "ledger.db")
    if business and not resume:
        reasons.append(f"the ledger has unfinished business ({'; '.join(business)}): take it up with --resume")
    if reasons and not dry_run:
        raise NotLive(reasons)
    rows = tuple(gate.blockers) if gate is not None else ("1.1",)
    live = replace(settings.live, gate_override=override, gate_rows=rows if override else ())
    trading, tightened = warmed_up(settings.model_copy(update={"live": live}), live.gate_rows)
    refuse(of_risk(trading))
    return LiveStart(
        settings=trading,
        wallet=wallet,
        phase=PHASES[live.phase],
        hosts=hosts(settings),
        remote=remote,
        caps=caps_usd(trading),
        tightened=tuple(tightened),
        gate=gate,
        business=tuple(business),
        resume=resume,
        refused=tuple(reasons),
    )


def _gate(data_dir: Path, settings: Settings) -> GateRead | None:
    """The live gate of the newest paper run at the very venue that is to be traded; None where there is none."""
    ledger = data_dir / "ledger.db"
    if not ledger.exists():
        return None
    with closing(open_reader(ledger)) as connection:
        try:
            return read_gate(data_dir, "live", wanted=lambda content: _on_paper_there(connection, content, settings))
        except BadInput as error:
            if error.field != "--data-dir":
                raise
            return None


def _on_paper_there(connection: sqlite3.Connection, content: Mapping[str, Any], settings: Settings) -> bool:
    """Whether the ledger knows the report's run as one on paper, on the same addresses: another venue shows nothing."""
    if content.get("venue") != "paper" or content.get("feed") != "polymarket":
        return False
    row = connection.execute(
        "SELECT config_json FROM config_snapshots JOIN runs USING (run_id) WHERE run_id = ? AND venue = 'paper'",
        (content.get("run_id"),),
    ).fetchone()
    if row is None:
        return False
    stream = json.loads(row[0])["stream"]
    return all(
        stream.get(name) == getattr(settings.stream, name) for name in ("gamma_url", "clob_url", "market_ws_url")
    )


def _gate_reasons(gate: GateRead | None, override: str) -> list[str]:
    if override:
        if len(override.strip()) < REASON_MIN:
            return [f"--override-gate {override!r} is no reason: say in a sentence why; it goes on record"]
        return [] if gate is None or gate.blockers else ["the live gate has passed: there is nothing to override"]
    if gate is not None and not gate.blockers:
        return []
    way = "`astra gates live` shows it; --override-gate REASON trades without it, on half the bankroll"
    if gate is None:
        return [
            f"no paper run on the venue's own feed has a report below --data-dir, so no live gate has passed; {way}"
        ]
    return [f"the live gate has not passed ({len(gate.blockers)} rows open); {way}"]
