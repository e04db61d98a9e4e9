"""A stress study as plain values: what JSON holds, what the page draws, and the digest that two runs share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from astra_actors.kernel.units import usd
from astra_actors.risk.limits import share_e10
from astra_actors.simulation.stress.book import Book
from astra_actors.simulation.stress.containment import LOSS_MAX, uses_of
from astra_actors.simulation.stress.losses import Loss
from astra_actors.simulation.stress.scenarios import Scenario
from astra_actors.simulation.stress.study import Result, StressStudy

CONTRIBUTORS: Final = 10  # the largest are told by name, the rest as one number


def figures_of(study: StressStudy) -> dict[str, Any]:
    """The study as plain values, ready for JSON."""
    by_name = {scenario.name: scenario for scenario in study.scenarios}
    pair = study.worst_pair
    content = {
        "portfolio": portfolio_of(study.book),
        "scenarios": [_single(study.book, result, by_name[result.job[0]]) for result in study.single],
        "pairs": [_outline(study.book, result) for result in study.pairs],
        "worst": _outline(study.book, study.worst),
        "worst_pair": None if pair is None else _outline(study.book, pair),
        "verdict": "PASS" if study.holds else "FAIL",
        "reasons": _reasons(study),
        "notes": _notes(study),
    }
    return {**content, "digest": digest_of(content)}


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 over everything that was found: the same book and scenarios give the same, whoever worked them out."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def portfolio_of(book: Book) -> dict[str, Any]:
    """What was struck, and the caps it stands under."""
    limits, base_e10 = book.limits, book.base_e10
    return {
        "source": book.source,
        **book.facts,
        "bankroll_usd": usd(book.bankroll_e10),
        "equity_usd": usd(book.equity_e10),
        "cash_usd": usd(book.cash_e10),
        "mark_usd": usd(book.mark_e10),
        "cost_usd": usd(book.cost_e10),
        "positions": len(book.holdings),
        "orders": len(book.orders),
        "markets": len(book.markets),
        "clusters": len(book.clusters()),
        "caps_usd": {
            "market": usd(share_e10(base_e10, limits.market_cap)),
            "cluster": usd(share_e10(base_e10, limits.cluster_cap)),
            **{f"category:{name}": usd(share_e10(base_e10, cap)) for name, cap in limits.category_caps},
            "satellite": usd(share_e10(base_e10, limits.satellite_cap)),
            "aggregate": usd(share_e10(base_e10, limits.aggregate_cap)),
            "all losses": usd(share_e10(base_e10, LOSS_MAX)),
        },
    }


def _single(book: Book, result: Result, scenario: Scenario) -> dict[str, Any]:
    losses = sorted(result.losses.items(), key=lambda item: (-item[1].mark_e10, item[0]))
    rest = losses[CONTRIBUTORS:]
    return {
        **_outline(book, result),
        "kind": scenario.kind,
        "why": scenario.why,
        "terms": scenario.model_dump(mode="json", exclude={"name", "why", "kind"}),
        "checks": [check.to_dict() for check in result.checks],
        "contributors": [{"market_id": name, **_loss(loss)} for name, loss in losses[:CONTRIBUTORS]],
        "others": {"markets": len(rest), **_loss(sum((loss for _, loss in rest), Loss(0, 0)))},
        "clusters": {name: _loss(loss) for name, loss in result.choices.items()},
        "detail": dict(result.details[0]) if len(result.details) == 1 else [dict(one) for one in result.details],
    }


def _outline(book: Book, result: Result) -> dict[str, Any]:
    total = result.total
    return {
        "name": " then ".join(result.job),
        "loss_usd": usd(total.mark_e10),
        "loss_at_cost_usd": usd(total.cost_e10),
        "share_of_bankroll": total.mark_e10 / book.bankroll_e10,
        "share_of_bankroll_at_cost": total.cost_e10 / book.bankroll_e10,
        "share_of_equity": total.mark_e10 / book.equity_e10 if book.equity_e10 > 0 else None,
        "cap_use": uses_of(result.checks),
        "tightest": result.checks[0].to_dict(),
        "status": "PASS" if result.holds else "FAIL",
    }


def _loss(loss: Loss) -> dict[str, float]:
    return {"loss_usd": usd(loss.mark_e10), "loss_at_cost_usd": usd(loss.cost_e10)}


def _reasons(study: StressStudy) -> list[str]:
    return [
        f"{result.job[0]}: {check.scope} {check.name} loses {usd(check.loss_e10):,.2f} USD at cost,"
        f" its cap is {usd(check.cap_e10):,.2f}".replace("  ", " ")
        for result in study.single
        for check in result.checks
        if check.decides and not check.holds
    ]


def _notes(study: StressStudy) -> list[str]:
    """What does not decide and should be known."""
    notes = []
    if study.book.empty:
        notes.append("nothing is held and nothing rests: only cash can be struck")
    over = {check.name for result in study.single for check in result.checks if not check.decides and not check.holds}
    if over:
        notes.append(f"above their own market cap, which does not decide: {', '.join(sorted(over))}")
    ceiling_e10 = share_e10(study.book.base_e10, LOSS_MAX)
    deep = [result.job[0] for result in study.single if result.total.mark_e10 > ceiling_e10]
    if deep:
        notes.append(f"at mark beyond {LOSS_MAX:.0%}, unrealised profit included: {', '.join(deep)}")
    broken = sum(not result.holds for result in study.pairs)
    if broken:
        notes.append(f"{broken} of {len(study.pairs)} combinations of two pass a cap; single scenarios decide")
    return notes
