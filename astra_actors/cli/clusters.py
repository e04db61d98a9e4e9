"""Which markets hang together: `astra clusters`, over the newest run or over any list of questions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from astra_actors.cli.options import DEFAULT_DATA_DIR, DataDir, Json, Workers, print_json, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from astra_actors.clustering.assign import Assignment, MarketWords
    from astra_actors.clustering.gazetteer import Gazetteer
    from astra_actors.clustering.overview import Change
    from astra_actors.reporting.clusters_of_run import RecordedClusters

LOCAL_MAX: Final = (
    200_000  # markets that this process takes on alone: some ten seconds, about what a Ray costs to start
)
SHOWN_MAX: Final = 40  # clusters and changes told to a person; `--json` has all of them


def add_to(app: typer.Typer) -> None:
    """Register the commands of this group."""
    app.command()(clusters)


def clusters(
    file: Annotated[
        Path | None,
        typer.Option(
            help="Cluster these instead: JSON lines with id, question, and where known event_id, category, tags."
        ),
    ] = None,
    explain: Annotated[str | None, typer.Option(help="Tell of one market, by its id or the beginning of it.")] = None,
    entities: Annotated[Path | None, typer.Option(help="Another entity file than the shipped one.")] = None,
    address: Annotated[
        str,
        typer.Option(help="HOST:PORT of a Ray cluster's head; without it here, or for very long lists on a local Ray."),
    ] = "",
    workers: Workers = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    json: Json = False,
) -> None:
    """Show clusters, their members, why, and what changed since the newest run assigned them."""
    from astra_actors.clustering.overview import changes, members, unseen_entity_rate
    from astra_actors.config.entities import load_gazetteer, shipped_entities
    from astra_actors.reporting.clusters_of_run import clusters_of_run

    gazetteer = load_gazetteer(entities)
    recorded = clusters_of_run(data_dir) if file is None else None
    markets = [one.words for one in recorded.markets] if recorded else _questions(file)
    found = _assigned(gazetteer, markets, address, workers)
    before = {one.words.market_id: one.clusters for one in recorded.markets} if recorded else {}
    changed = changes(before, found)
    if explain is not None:
        _explain(explain, markets, found, changed, json=json)
        return
    if json:
        print_json(
            {
                "markets": [_plain(one) for one in found],
                "clusters": [{"id": name, "members": list(ids)} for name, ids in members(found).items()],
                "unseen_entity_rate": unseen_entity_rate(found),
                "gazetteer": {
                    "file": str(entities or shipped_entities()),
                    "version": gazetteer.version,
                    "hash": gazetteer.digest,
                },
                **(_since(recorded, changed) if recorded else {}),
            }
        )
        return
    _show(markets, found, gazetteer)
    if recorded:
        _show_changes(recorded, changed, gazetteer)


def _questions(file: Path | None) -> list[MarketWords]:
    from astra_actors.clustering.questions import questions_of
    from astra_actors.config.mistakes import Mistake, refuse
    from astra_actors.kernel.errors import BadInput

    assert file is not None, "without a run there is a file"
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("--file", str(file), f"give a file of JSON lines in UTF-8 ({type(error).__name__})") from error
    markets, findings = questions_of(text, name=str(file))
    refuse([Mistake(*finding) for finding in findings])
    return markets


def _assigned(
    gazetteer: Gazetteer, markets: Sequence[MarketWords], address: str, workers: int | None
) -> list[Assignment]:
    """Here, unless somebody named a cluster or the list is long enough to be worth a Ray."""
    from astra_actors.clustering.chunks import chunks_of, cluster_markets, merged

    if not address and workers is None and len(markets) <= LOCAL_MAX:
        return cluster_markets(gazetteer, markets, 0, len(markets))[1]
    from supervision.heavy_jobs import HeavyJob, JobPlace

    place = JobPlace(address=address, workers=workers)
    job = HeavyJob("clusters", cluster_markets, (gazetteer, markets), chunks_of(len(markets)), place)
    return merged(job, len(markets))


def _explain(
    wanted: str,
    markets: Sequence[MarketWords],
    found: Sequence[Assignment],
    changed: Sequence[Change],
    *,
    json: bool,
) -> None:
    from astra_actors.clustering.overview import members

    place = _place_of(wanted, [one.market_id for one in markets])
    market, one = markets[place], found[place]
    sharing = {name: ids for name, ids in members(found).items() if name in one.why}
    change = next((each for each in changed if each.market_id == one.market_id), None)
    if json:
        others = {name: [each for each in sharing[name] if each != one.market_id] for name in one.clusters}
        print_json({**_plain(one), "question": market.question, "shares": others, "changed": _change(change)})
        return
    typer.echo(f"{one.market_id}: {market.question}")
    for name in one.clusters:
        count = len(sharing[name]) - 1
        typer.echo(f"  {name}: {one.why[name]}; {count} other market{'' if count == 1 else 's'}")
    typer.echo(f"  entities: {', '.join(one.entities) or 'none that the entity file knows'}")
    if one.names:
        typer.echo(f"  names it does not know: {', '.join(one.names)}")
    if change:
        typer.echo(f"  since the run: {_said(change)}")


def _place_of(wanted: str, ids: Sequence[str]) -> int:
    from astra_actors.kernel.errors import BadInput

    if wanted in ids:
        return ids.index(wanted)
    alike = [place for place, one in enumerate(ids) if wanted and one.startswith(wanted)]
    if len(alike) != 1:
        why = f"{len(alike)} markets begin so; give more of it" if alike else "there is no such market here"
        raise BadInput("--explain", wanted, why)
    return alike[0]


def _show(markets: Sequence[MarketWords], found: Sequence[Assignment], gazetteer: Gazetteer) -> None:
    from astra_actors.clustering.overview import members, unseen_entity_rate

    together = {name: ids for name, ids in members(found).items() if len(ids) > 1}
    reasons = {name: why for one in reversed(found) for name, why in one.why.items()}
    questions = {one.market_id: one.question for one in markets}
    for name, ids in list(together.items())[:SHOWN_MAX]:
        typer.echo(f"{len(ids):6}  {name}: {reasons[name]}; the first is: {questions[ids[0]]}")
    if len(together) > SHOWN_MAX:
        typer.echo(f"and {len(together) - SHOWN_MAX} more; --json has them all")
    rate = unseen_entity_rate(found)
    typer.echo(
        f"{len(found)} markets, {len(together)} clusters of two or more; the entity file (version {gazetteer.version}, "
        f"{gazetteer.digest[:12]}) knows nothing of {0.0 if rate is None else rate:.1%} of the markets"
    )


def _show_changes(recorded: RecordedClusters, changed: Sequence[Change], gazetteer: Gazetteer) -> None:
    then = sorted({one.gazetteer[:12] or "none" for one in recorded.markets})
    typer.echo(f"run {recorded.run_id[:8]} assigned them by {', '.join(then) or 'none'}: {len(changed)} would change")
    for change in changed[:SHOWN_MAX]:
        typer.echo(f"  {change.market_id}: {_said(change)}")
    if len(changed) > SHOWN_MAX:
        say(f"  and {len(changed) - SHOWN_MAX} more; --json has them all")


def _since(recorded: RecordedClusters, changed: Sequence[Change]) -> dict[str, Any]:
    then = sorted({one.gazetteer for one in recorded.markets})
    return {"run_id": recorded.run_id, "gazetteer_of_run": then, "changes": [_change(change) for change in changed]}


def _plain(one: Assignment) -> dict[str, Any]:
    return {
        "id": one.market_id,
        "cluster_ids": list(one.clusters),
        "entities": list(one.entities),
        "why": dict(one.why),
    }


def _change(change: Change | None) -> dict[str, Any] | None:
    return {"id": change.market_id, "joined": list(change.joined), "left": list(change.left)} if change else None


def _said(change: Change) -> str:
    parts = [f"joins {', '.join(change.joined)}"] if change.joined else []
    return "; ".join(parts + ([f"leaves {', '.join(change.left)}"] if change.left else []))
