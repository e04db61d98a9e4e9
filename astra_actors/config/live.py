"""What live trading may be told: which hosts, which warm-up phase, how patient to be with orders nobody knows about."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal
from urllib.parse import urlsplit

from annotated_types import Interval

from astra_actors.venues.clob.account_params import AccountParams
from astra_actors.venues.clob.gateway_params import GatewayParams
from astra_actors.venues.clob.phases import PHASES
from astra_actors.venues.clob.proof import ProofParams
from astra_actors.venues.clob.user_stream import StreamParams

if TYPE_CHECKING:
    from astra_actors.config.settings import Settings

_SECURE: Final = ("https", "wss")
_SCHEMES: Final = ("http", "https", "ws", "wss")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSettings:
    """Trading with money. Nothing of it is read by a paper run; keys of the account are no settings at all."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    allow_remote_hosts: bool = False  # without it an order reaches this machine alone: a rehearsal, never money
    phase: Literal["A", "B", "C", "D", "E"] = "A"  # §18.13: an account begins by observing; the next step is a person's
    tier: Literal["standard", "copper", "bronze", "silver", "gold", "platinum", "diamond", "elite"] = (
        "standard"  # what the venue grants a signer by volume; a tier too high gets us refused
    )
    reconcile_s: Annotated[int, Interval(ge=5, le=3_600)] = 300  # §18.13; a comparison is some ten requests
    cancel_timeout_s: Annotated[float, Interval(gt=0, le=100)] = (
        60.0  # four sweeps of the venue's own dead man's switch
    )
    # set by `astra live --override-gate` alone, so that the reason stands in the ledger's settings
    gate_override: str = ""  # why a gate that did not pass was overridden; empty: it passed
    gate_rows: tuple[str, ...] = ()  # the rows that did not pass then
    gateway: GatewayParams = field(default_factory=GatewayParams)
    proof: ProofParams = field(default_factory=ProofParams)
    user: StreamParams = field(default_factory=StreamParams)


def account_params(settings: Settings) -> AccountParams:
    """What the holder of the account is set up with."""
    live = settings.live
    return AccountParams(
        limits=PHASES[live.phase].limits,
        orders=settings.orders,
        proof=live.proof,
        stream=live.user,
        tier=live.tier,
        reconcile_s=live.reconcile_s,
    )


def hosts(settings: Settings) -> dict[str, str]:
    """Every address that a live run talks to, by the name of its setting."""
    stream, gateway = settings.stream, settings.live.gateway
    found = {
        "stream.gamma_url": stream.gamma_url,
        "stream.clob_url": stream.clob_url,
        "stream.market_ws_url": stream.market_ws_url,
        "live.gateway.user_ws_url": gateway.user_ws_url,
        "live.gateway.relayer_url": gateway.relayer_url,
    }
    return {name: url for name, url in found.items() if url}


def is_loopback(url: str) -> bool:
    """Whether an address leads to this machine, by its own words: a name is not looked up, it could lead elsewhere later."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_usable(url: str) -> bool:
    """Whether a live run may talk to it: encrypted, unless it is this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and parts.scheme in (_SCHEMES if is_loopback(url) else _SECURE)
