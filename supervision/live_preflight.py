"""The venue is asked once before anything is started: does it take this wallet as it is, and is there anything to trade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from astra_actors.config.settings import Settings
from astra_actors.engine.build import FeedSpec
from astra_actors.venues.clob.preflight import Finding
from supervision.live_keys import API, KEY, Wallet

MARKETS: Final = "markets"


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was asked and answered. No line holds a secret."""

    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        return all(each.ok for each in self.findings)

    @property
    def failures(self) -> list[str]:
        return [f"{each.name}: {each.told} ({each.remedy})" for each in self.findings if not each.ok]


def ask_venue(settings: Settings, wallet: Wallet, environ: Mapping[str, str]) -> Preflight:
    """Put every question; what failed says what to do about it. Derives the wallet's API key where none was given."""
    from actors.key_client import LiveKeys
    from actors.preflight import look

    given = {name: environ.get(name, "").strip() for name in API}
    keys = LiveKeys(
        private_key=environ[KEY].strip(),
        api_key=given["POLY_API_KEY"],
        api_secret=given["POLY_API_SECRET"],
        api_passphrase=given["POLY_API_PASSPHRASE"],
        signature_type=wallet.signature_type,
        funder=wallet.funder,
    )
    found = look(keys, settings.stream.clob_url, settings.live.gateway)
    return Preflight((*found, _markets(settings)))


def _markets(settings: Settings) -> Finding:
    """Whether discovery finds anything that may be traded."""
    from supervision.live_run import discover

    remedy = "look at stream.gamma_url and at stream.liquidity_usd_min"
    try:
        found = discover(FeedSpec(kind="polymarket", markets=settings.run.markets), settings)
    except Exception as error:  # a catalogue that cannot be read is no list
        return Finding(MARKETS, False, f"{type(error).__name__}: {error}".splitlines()[0], remedy)
    seen = f"{len(found.listings)} open ones" if found.ok else f"{found.reason.value}: {found.detail}"
    return Finding(MARKETS, found.ok and bool(found.listings), seen, remedy)
