"""Scenarios as data: what each kind of disaster needs to be told, checked before anything is computed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

NAME = r"^[a-z0-9][a-z0-9_.-]{0,63}$"
WORST = "worst"  # the cluster or the markets that lose most
ALL = "all"

Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Rate = Annotated[float, Field(ge=0, le=0.25, allow_inf_nan=False)]  # no schedule of this venue goes beyond
Positive = Annotated[float, Field(gt=0, le=1e9, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=100_000)]


class _Scenario(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=NAME)]
    why: str = ""  # one sentence for the report


class Resolve(_Scenario):
    """Positions of a cluster resolve against us: one cluster by name, the one that loses most, or all of them (S1, S10)."""

    kind: Literal["resolve"]
    cluster: str = WORST
    markets: tuple[str, ...] = ()  # these instead of a cluster
    markets_max: Count | None = None  # of them only so many, the largest losses first


class Drain(_Scenario):
    """Liquidity leaves: every half-spread is `spread_times` as wide, and everything has to go (S2)."""

    kind: Literal["liquidity_drain"]
    spread_times: Annotated[float, Field(ge=1, le=1e6, allow_inf_nan=False)]
    liquidity_shares: Positive  # what is left of each book
    impact_k: NotNegative = 0.02  # of the square-root law (methods §6.4)


class FeedOutage(_Scenario):
    """Nothing is seen for a time: every resting order fills, and then the mid goes on against us (S3)."""

    kind: Literal["feed_outage"]
    seconds: Annotated[float, Field(ge=0, le=31_557_600, allow_inf_nan=False)]
    sigma_x_per_year: Annotated[float, Field(ge=0, le=1_000, allow_inf_nan=False)]  # of log-odds
    z: Annotated[float, Field(ge=0, le=40, allow_inf_nan=False)] = 1.0


class VenueOutage(_Scenario):
    """Nothing can be cancelled until every market has resolved: the worst outcome with the worst orders filled (S4)."""

    kind: Literal["venue_outage"]


class Gap(_Scenario):
    """Every mid jumps against our position, by log-odds (S5)."""

    kind: Literal["gap"]
    log_odds: Annotated[float, Field(gt=0, le=40, allow_inf_nan=False)]
    cluster: str = ALL


class FeeChange(_Scenario):
    """The venue changes its taker fee, and the exits cost more (S6). A maker's entries stay free."""

    kind: Literal["fee_change"]
    rate_from: Rate
    rate_to: Rate
    exponent: Annotated[int, Field(ge=0, le=10)] = 1


class Dispute(_Scenario):
    """The oracle is disputed: markets settle half and half, or against us (S7)."""

    kind: Literal["dispute"]
    markets: tuple[str, ...] = ()  # these; none: the `count` that lose most
    count: Count = 1
    settles: Literal["half", "against"] = "half"


class Depeg(_Scenario):
    """A dollar of collateral loses this part of its worth (S8)."""

    kind: Literal["collateral_depeg"]
    loss: Fraction


class Sequence(_Scenario):
    """Scenarios one after the other, each on what the one before has left (S9)."""

    kind: Literal["sequence"]
    steps: Annotated[tuple[str, ...], Field(min_length=2, max_length=8)]


Single = Resolve | Drain | FeedOutage | VenueOutage | Gap | FeeChange | Dispute | Depeg
Scenario = Annotated[Single | Sequence, Field(discriminator="kind")]
KINDS = (
    *("resolve", "liquidity_drain", "feed_outage", "venue_outage", "gap", "fee_change"),
    *("dispute", "collateral_depeg", "sequence"),
)


class ScenarioFile(BaseModel):
    """One file of scenarios."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenarios: tuple[Scenario, ...]
