"""What the parts of one account share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from astra_actors.venues.clob.account_params import AccountParams
from astra_actors.venues.clob.building import Wallet
from astra_actors.venues.clob.fills import Us
from astra_actors.venues.clob.journal import Journal
from astra_actors.venues.clob.register import Register
from astra_actors.venues.clob.telling import Telling
from astra_actors.venues.clob.throttle import Throttle


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """One account's own things, each changed by whoever its docstring names."""

    us: Us
    wallet: Wallet
    params: AccountParams
    numbers: Iterator[int]  # of deeds
    register: Register
    journal: Journal
    telling: Telling
    throttle: Throttle
