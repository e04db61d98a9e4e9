"""What a stress study shows the live readiness gate: the book as it stands, and the fullest one that the caps allow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from astra_actors.risk.limits import RiskLimits
from astra_actors.simulation.stress.containment import CEILING
from astra_actors.simulation.stress.fullest import breaker_works, fullest_book
from astra_actors.simulation.stress.scenarios import Scenario
from astra_actors.simulation.stress.study import StressStudy, chunks_of, jobs_of, put_together, strike_chunk

FIVE: Final = "five_correlated"  # the shipped scenario that methods §18.2 P3-2 asks for


def study_of_fullest(
    limits: RiskLimits, base_e10: int, wanted: Sequence[Scenario], known: Sequence[Scenario]
) -> StressStudy | None:
    """The fullest book of an account of this size, struck with what is wanted; None where nothing of that can strike it.

    Scenarios that name a cluster or markets of ours are left out, and sequences with such a step.
    """
    if base_e10 <= 0:
        return None
    book = fullest_book(limits, base_e10)
    ours = {one.name for one in known if _names_ours(one)}
    there = tuple(one for one in wanted if one.name not in ours and not ours.intersection(getattr(one, "steps", ())))
    if not there:
        return None
    chunks = chunks_of(jobs_of(there, pairs=False))
    return put_together(book, there, [strike_chunk(book, tuple(known), *chunk) for chunk in chunks])


def measures_of(studies: Sequence[StressStudy]) -> dict[str, float | bool]:
    """The measures of the gate, each the worst of all studies; money as a share of what caps are shares of."""
    limits, base_e10 = studies[0].book.limits, studies[0].book.base_e10
    return {
        "stress_contained": all(study.holds for study in studies),
        "stress_loss_max": max(_share(study, one.job[0]) for study in studies for one in study.single),
        "stress_five_loss": max(_share(study, FIVE) for study in studies),
        "breaker_tested": breaker_works(limits, base_e10),
    }


def why_no_evidence(scenarios: Sequence[Scenario], shipped: Sequence[Scenario]) -> str:
    """Why the gate does not take a study of these scenarios; empty where it does."""
    missing = [one.name for one in shipped if one not in scenarios]
    return f"without these of the shipped scenarios: {', '.join(missing)}" if missing else ""


def _share(study: StressStudy, name: str) -> float:
    """All that a scenario loses at cost, as a share of the base of the caps."""
    (result,) = (one for one in study.single if one.job == (name,))
    (check,) = (check for check in result.checks if check.scope == CEILING)
    base_e10 = study.book.base_e10
    return check.loss_e10 / base_e10 if base_e10 else 1.0


def _names_ours(scenario: Any) -> bool:
    named = getattr(scenario, "cluster", "worst") not in ("worst", "all")
    return named or bool(getattr(scenario, "markets", ()))
