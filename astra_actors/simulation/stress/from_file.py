"""A portfolio from a JSON or YAML file, so that anyone can ask what a disaster would cost."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from astra_actors.config.mistakes import Mistake, refuse
from astra_actors.config.strict_yaml import read_yaml
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import PRICE_ONE_E4, SIZE_ONE_E6, USD_ONE_E10
from astra_actors.market.instrument import Side, Token
from astra_actors.risk.authority_state import MarketScope
from astra_actors.risk.limits import RiskLimits
from astra_actors.simulation.stress.book import Book, Holding, MarketView, Resting
from astra_actors.simulation.stress.load import parsed, read_text

Price = Annotated[
    float, Field(ge=1e-9, le=1.0 - 1e-9, allow_inf_nan=False)
]  # closer to an end it would be rounded onto it
Shares = Annotated[float, Field(ge=1e-6, le=1e12, allow_inf_nan=False)]  # a millionth is the smallest there is
Usd = Annotated[float, Field(ge=-1e12, le=1e12, allow_inf_nan=False)]
Names = tuple[str, ...]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    market: Annotated[str, Field(min_length=1)]
    token: Token = Token.YES
    clusters: Names = ()
    cluster: str = ""  # the same, where there is one
    category: str = ""
    strategy: str = ""
    question: str = ""

    @property
    def all_clusters(self) -> Names:
        """Its clusters by either name."""
        return tuple(dict.fromkeys((*([self.cluster] if self.cluster else ()), *self.clusters)))


class PositionRow(_Row):
    """Shares of one token; prices in dollars a share."""

    shares: Shares
    cost: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    mid: Price
    bid: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] | None = None  # none: nobody buys


class OrderRow(_Row):
    """One resting order."""

    side: Side
    shares: Shares
    price: Annotated[float, Field(ge=0.0001, le=0.9999, allow_inf_nan=False)]


class PortfolioFile(BaseModel):
    """A portfolio as a person writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bankroll_usd: Annotated[float, Field(ge=0.01, le=1e12, allow_inf_nan=False)]
    cash_usd: Usd
    positions: tuple[PositionRow, ...] = ()
    orders: tuple[OrderRow, ...] = ()


def load_portfolio(path: Path, limits: RiskLimits) -> Book:
    """The book of a file; raises `BadInput` or `ConfigError` with every mistake in it."""
    tree = _tree(path)
    mistakes: list[Mistake] = []
    file = parsed(PortfolioFile, tree, path.name, mistakes)
    if file is not None:
        mistakes += _contradictions(file, path.name)
    refuse(mistakes)
    assert file is not None, "the file was refused without naming a mistake"
    return Book(
        bankroll_e10=round(file.bankroll_usd * USD_ONE_E10),
        cash_e10=round(file.cash_usd * USD_ONE_E10),
        limits=limits,
        markets=_markets((*file.positions, *file.orders)),
        holdings=tuple(_holding(row) for row in file.positions),
        orders=tuple(_resting(row) for row in file.orders),
        source=path.name,
    )


def _tree(path: Path) -> Mapping[str, Any]:
    text = read_text(path, "--portfolio")
    if path.suffix.lower() != ".json":
        return read_yaml(text, name=path.name)
    try:
        tree = json.loads(text, object_pairs_hook=_once)
    except ValueError as error:
        raise BadInput("--portfolio", path.name, f"give JSON that can be read ({error})") from None
    if not isinstance(tree, dict):
        raise BadInput("--portfolio", path.name, "give one object with bankroll_usd, cash_usd, positions, orders")
    return tree


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _contradictions(file: PortfolioFile, name: str) -> list[Mistake]:
    mistakes = []
    seen: dict[str, _Row] = {}
    for row in (*file.positions, *file.orders):
        first = seen.setdefault(row.market, row)
        for field in ("all_clusters", "category", "strategy"):
            said, before = getattr(row, field), getattr(first, field)
            if said and before and said != before:
                word = field.removeprefix("all_")
                mistakes.append(
                    Mistake(f"{name}: {row.market}.{word}", said, f"it is {before} in another row: say one")
                )
    mistakes += [
        Mistake(f"{name}: {row.market}.bid", row.bid, f"a bid is not above the mid {row.mid}")
        for row in file.positions
        if row.bid is not None and row.bid > row.mid
    ]
    return mistakes


def _markets(rows: Iterable[_Row]) -> dict[str, MarketView]:
    scopes: dict[str, dict[str, Any]] = {}
    for row in rows:
        scope = scopes.setdefault(row.market, {"clusters": (), "category": "", "strategy": "", "question": ""})
        said = {"clusters": row.all_clusters, "category": row.category, "strategy": row.strategy}
        scope.update({key: value for key, value in {**said, "question": row.question}.items() if value})
    found = {}
    for market_id, scope in scopes.items():
        question = scope.pop("question")
        clusters = scope.pop("clusters") or (f"market:{market_id}",)
        found[market_id] = MarketView(
            scope=MarketScope(market_id=market_id, clusters=clusters, **scope), question=question
        )
    return found


def _holding(row: PositionRow) -> Holding:
    shares_e6 = round(row.shares * SIZE_ONE_E6)
    return Holding(
        market_id=row.market,
        token=row.token,
        shares_e6=shares_e6,
        cost_e10=round(row.cost * PRICE_ONE_E4 * shares_e6),
        mid_e4=round(row.mid * PRICE_ONE_E4, 6),
        bid_e4=None if row.bid is None else round(row.bid * PRICE_ONE_E4, 6),
    )


def _resting(row: OrderRow) -> Resting:
    return Resting(
        market_id=row.market,
        token=row.token,
        side=row.side,
        price_e4=round(row.price * PRICE_ONE_E4),
        remaining_e6=round(row.shares * SIZE_ONE_E6),
    )
