"""A stress study: every scenario and every combination of two, each against every cap, and the verdict (methods §14)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from astra_actors.simulation.stress.book import Book
from astra_actors.simulation.stress.containment import Check, checks_of
from astra_actors.simulation.stress.losses import Loss, total_of
from astra_actors.simulation.stress.scenarios import Scenario, Single
from astra_actors.simulation.stress.scenarios import Sequence as Steps
from astra_actors.simulation.stress.shocks import strike

JOBS_A_CHUNK: Final = 16

Job = tuple[str, ...]  # names of scenarios in the order in which they happen


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one job came to: what every market lost over all its steps, and how the caps held."""

    job: Job
    losses: Mapping[str, Loss]
    details: tuple[Mapping[str, Any], ...]
    choices: Mapping[str, Loss]  # where the worst of several was struck: what each of them would have been
    checks: tuple[Check, ...]  # the tightest first

    @property
    def total(self) -> Loss:
        """Losses less gains."""
        return total_of(self.losses)

    @property
    def holds(self) -> bool:
        """Whether every cap held that decides."""
        return all(check.holds for check in self.checks if check.decides)


@dataclass(frozen=True, slots=True, kw_only=True)
class StressStudy:
    """Everything a study found. Of every pair only the worse order is kept."""

    book: Book
    scenarios: tuple[Scenario, ...]
    single: tuple[Result, ...]
    pairs: tuple[Result, ...]

    @property
    def holds(self) -> bool:
        """The verdict: no scenario passes a cap, none loses more than 40 %. Combinations of two are shown beside it."""
        return all(result.holds for result in self.single)

    @property
    def worst(self) -> Result:
        """The scenario that loses most of marked equity."""
        return min(self.single, key=_rank)

    @property
    def worst_pair(self) -> Result | None:
        """The combination of two that loses most."""
        return min(self.pairs, key=_rank, default=None)


def jobs_of(scenarios: Sequence[Scenario], *, pairs: bool) -> list[Job]:
    """Every scenario, then every two of them in both orders: what leaves nothing to strike may come last."""
    single = [scenario.name for scenario in scenarios if not isinstance(scenario, Steps)]
    return [*((one.name,) for one in scenarios), *(itertools.permutations(single, 2) if pairs else ())]


def chunks_of(jobs: Sequence[Job]) -> list[tuple[tuple[Job, ...]]]:
    """The jobs as pieces of work for tasks."""
    return [(tuple(jobs[first : first + JOBS_A_CHUNK]),) for first in range(0, len(jobs), JOBS_A_CHUNK)]


def strike_chunk(book: Book, scenarios: tuple[Scenario, ...], jobs: tuple[Job, ...]) -> list[Result]:
    """Work out some jobs."""
    by_name = {scenario.name: scenario for scenario in scenarios}
    return [_result(book, [step for name in job for step in _steps(by_name, name)], job) for job in jobs]


def put_together(book: Book, scenarios: Sequence[Scenario], chunks: Iterable[list[Result]]) -> StressStudy:
    """Join results in whatever order they came."""
    found = {result.job: result for chunk in chunks for result in chunk}
    order = {scenario.name: place for place, scenario in enumerate(scenarios)}
    pairs: dict[Job, Result] = {}
    for job in sorted((job for job in found if len(job) == 2), key=lambda job: [order[name] for name in job]):
        key = tuple(sorted(job, key=order.__getitem__))
        pairs[key] = min(pairs.get(key, found[job]), found[job], key=_rank)
    return StressStudy(
        book=book,
        scenarios=tuple(scenarios),
        single=tuple(found[(scenario.name,)] for scenario in scenarios),
        pairs=tuple(sorted(pairs.values(), key=_rank)),
    )


def _steps(by_name: Mapping[str, Scenario], name: str) -> list[Single]:
    scenario = by_name[name]
    if isinstance(scenario, Steps):
        return [step for each in scenario.steps for step in _steps(by_name, each)]
    return [scenario]


def _result(book: Book, steps: Sequence[Single], job: Job) -> Result:
    losses: dict[str, Loss] = {}
    struck = []
    now = book
    for scenario in steps:
        one = strike(now, scenario)
        for market_id, loss in one.losses.items():
            losses[market_id] = losses.get(market_id, Loss(0, 0)) + loss
        struck.append(one)
        now = one.after
    return Result(
        job=job,
        losses=losses,
        details=tuple(one.detail for one in struck),
        choices=struck[0].choices if len(struck) == 1 else {},
        checks=checks_of(book, losses),
    )


def _rank(result: Result) -> tuple[int, int]:
    return -result.total.mark_e10, -result.total.cost_e10
