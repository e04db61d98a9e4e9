"""The venue is asked once before anything is started: does it know this wallet, may it trade, with what money."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from astra_actors.config.settings import Settings
from astra_actors.engine.build import FeedSpec
from astra_actors.kernel.errors import AstraError
from supervision.live_keys import API, KEY, Wallet
from supervision.startup_checklist import CheckLine

VERSION: Final = 2  # of the venue's orders, which we sign
UNIT: Final = 1_000_000  # balances come in micro-dollars


class NotReady(AstraError):
    """The venue does not take this wallet as it is."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was asked and answered. No line holds a secret."""

    lines: tuple[CheckLine, ...]

    @property
    def passed(self) -> bool:
        return all(line.status != "FAIL" for line in self.lines)

    @property
    def failures(self) -> list[str]:
        return [f"{line.name}: {line.seen} ({line.remedy})" for line in self.lines if line.status == "FAIL"]


def ask_venue(settings: Settings, wallet: Wallet, environ: Mapping[str, str]) -> Preflight:
    """Put every question; one that raises has failed and says why. Derives the wallet's API key where none was given."""
    venue = _Venue(settings, wallet, environ)
    lines = []
    for number, (name, ask, remedy) in enumerate(_QUESTIONS, start=1):
        try:
            status, seen = ask(venue)
        except Exception as error:  # an answer that cannot be had is no pass
            text = str(error).splitlines()[0] if str(error) else type(error).__name__
            status, seen = "FAIL", text
        lines.append(CheckLine(number, name, status, seen, "" if status == "PASS" else remedy))
    return Preflight(tuple(lines))


class _Venue:
    """The official client, set up once, and what is compared with."""

    def __init__(self, settings: Settings, wallet: Wallet, environ: Mapping[str, str]) -> None:
        self.settings, self.wallet, self._environ = settings, wallet, environ
        self._official: Any = None

    @property
    def official(self) -> Any:
        if self._official is None:
            from actors.official import Official

            self._official = Official(
                self.settings.stream.clob_url,
                self._environ[KEY],
                chain_id=self.settings.live.gateway.chain_id,
                signature_type=self.wallet.signature_type,
                funder=self.wallet.funder,
            )
        return self._official

    def credentials(self) -> None:
        """Take the person's API key, or the wallet's own."""
        if self.wallet.own_api_key:
            given = {field: self._environ[name].strip() for name, field in API.items()}
            self.official.use(**given)
            return
        made = self.official.credentials().stream_auth()
        self.official.use(api_key=made["apiKey"], secret=made["secret"], passphrase=made["passphrase"])


def _clock(venue: _Venue) -> tuple[str, str]:
    skew_s, limit_s = venue.official.skew_s(), venue.settings.live.gateway.clock_skew_s_max
    return _verdict(abs(skew_s) <= limit_s, f"the venue's is {skew_s:+.1f} s from ours, limit {limit_s:g}")


def _version(venue: _Venue) -> tuple[str, str]:
    found = venue.official.version()
    return _verdict(found == VERSION, f"orders of version {found}, we sign {VERSION}")


def _api_key(venue: _Venue) -> tuple[str, str]:
    venue.credentials()
    keys = venue.official.own_keys()
    where = "given" if venue.wallet.own_api_key else "derived from the wallet"
    return _verdict(bool(keys), f"{where}, {len(keys)} of this wallet")


def _state(venue: _Venue) -> tuple[str, str]:
    closed = venue.official.closed_only()
    return _verdict(not closed, "may only reduce" if closed else "may trade")


def _money(venue: _Venue) -> tuple[str, str]:
    balance_usd = float(venue.official.collateral().get("balance") or 0) / UNIT
    need_usd = venue.settings.live.gateway.collateral_usd_min
    bankroll_usd = float(venue.settings.run.bankroll_usd)
    seen = f"{balance_usd:,.2f} USD"
    if balance_usd < need_usd:
        return "FAIL", f"{seen}, at least {need_usd:,.2f} is needed"
    if balance_usd < bankroll_usd:
        return "WARN", f"{seen}, less than the bankroll of {bankroll_usd:,.2f}"
    return "PASS", seen


def _allowance(venue: _Venue) -> tuple[str, str]:
    found = venue.official.collateral()
    told = found.get("allowances") or {"the exchange": found.get("allowance") or 0}
    missing = [name for name, value in told.items() if not float(value or 0)]
    return _verdict(bool(told) and not missing, f"given to {len(told) - len(missing)} of {len(told)} contracts")


def _markets(venue: _Venue) -> tuple[str, str]:
    from supervision.live_run import discover

    found = discover(FeedSpec(kind="polymarket", markets=venue.settings.run.markets), venue.settings)
    return _verdict(found.ok and bool(found.listings), f"{len(found.listings)} open, {found.reason.value}")


def _verdict(good: bool, seen: str) -> tuple[str, str]:
    return ("PASS" if good else "FAIL"), seen


_QUESTIONS: Final[tuple[tuple[str, Callable[[_Venue], tuple[str, str]], str], ...]] = (
    ("clock", _clock, "set this machine's clock by NTP"),
    ("venue", _version, "this Astra signs for another exchange; do not trade with it"),
    ("API key", _api_key, "the key, SIGNATURE_TYPE and FUNDER_ADDRESS must belong together"),
    ("account", _state, "the venue lets this account only reduce; ask the venue"),
    ("collateral", _money, "deposit dollars into the wallet, or lower run.bankroll_usd"),
    ("allowance", _allowance, "approve the exchange's contracts once, on the venue's own page"),
    ("markets", _markets, "look at stream.gamma_url and at stream.liquidity_usd_min"),
)
