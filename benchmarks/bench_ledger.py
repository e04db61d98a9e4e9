"""How fast the ledger takes facts, and how fast a start reads back where it stood, each against the plain way.

python benchmarks/bench_ledger.py [--facts 1000000] [--json]
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from astra_actors.kernel.facts import EstimateMade, Fact, OrderChanged, OrderFilled, OrderIntended, SnapshotTaken
from astra_actors.kernel.ids import content_id
from astra_actors.ledger import schema
from astra_actors.ledger.recovery import facts_for_market, recover
from astra_actors.ledger.runs import RunIdentity
from astra_actors.ledger.store import LedgerStore
from astra_actors.market.instrument import Side, Token
from astra_actors.portfolio.position import MarketPosition

MARKETS = 250
NAIVE_ROWS = 3_000  # one commit a row: enough for a steady figure, few enough to wait for
RUN = RunIdentity(
    run_id="00000000-0000-4000-8000-000000000001",
    git_sha="bench",
    started_at="2026-01-01T00:00:00Z",
    python_version="3",
    config_hash="0" * 64,
    prompt_bundle_hash="0" * 64,
    paper_mode=True,
    feed="world",
    venue="paper",
    seed=1,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=1_000_000)
    parser.add_argument("--window-facts", type=int, default=2_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), options.facts, options.window_facts)
    if options.json:
        print(json.dumps(figures))
    else:
        print("\n".join(f"{name:>34}  {value:,.4g}" for name, value in figures.items()))


def measure(folder: Path, count: int, window_facts: int) -> dict[str, float]:
    """Every figure of one run, the baselines beside what they are compared with."""
    path = folder / "ledger.db"
    figures = write(path, count, window_facts)
    figures["naive_rows_per_s"] = write_naively(folder / "naive.db")
    figures["write_ratio"] = figures["rows_per_s"] / figures["naive_rows_per_s"]
    figures |= commit_times(folder / "small.db")
    started = time.perf_counter()
    store = LedgerStore.open(path)
    figures["open_and_check_s"] = time.perf_counter() - started
    store.begin_run(RUN, "{}")
    recover_s = min(_timed(lambda: recover(store.connection, store.lineage)) for _ in range(3))
    naive_s = _timed(lambda: rebuild_naively(store.connection))
    assert rebuild_naively(store.connection) == shares_of(store)
    figures |= {"recover_s": recover_s, "naive_rebuild_s": naive_s, "recover_ratio": naive_s / recover_s}
    figures["one_market_s"] = _timed(lambda: facts_for_market(store.connection, store.lineage, "market-7"))
    store.close()
    return figures


def write(path: Path, count: int, window_facts: int) -> dict[str, float]:
    """Commit everything window by window."""
    spent = 0.0
    written = 0
    batch: list[Fact] = []
    with LedgerStore.open(path) as store:
        store.begin_run(RUN, "{}")
        window = 0
        for fact in facts(count):
            batch.append(fact)
            if len(batch) == window_facts:
                started = time.perf_counter()
                store.commit(window, window, batch)
                spent += time.perf_counter() - started
                written, window, batch = written + len(batch), window + 1, []
    return {"facts": float(written), "rows_per_s": written / spent, "bytes_per_fact": path.stat().st_size / written}


def commit_times(path: Path) -> dict[str, float]:
    """A commit as a live order needs it: one intent, durable before it leaves."""
    times = []
    intents = [fact for fact in facts(6_000) if isinstance(fact, OrderIntended)]
    with LedgerStore.open(path) as store:
        store.begin_run(RUN, "{}")
        for fact in intents:
            started = time.perf_counter()
            store.append([fact])
            store.flush(fact.local_ns)
            times.append((time.perf_counter() - started) * 1e3)
    cuts = statistics.quantiles(times, n=100)
    return {"intent_commit_p50_ms": cuts[49], "intent_commit_p99_ms": cuts[98]}


def write_naively(path: Path) -> float:
    """The same tables, the same durability, one commit a row."""
    LedgerStore.open(path).close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    chosen = list(facts(NAIVE_ROWS))
    started = time.perf_counter()
    for fact in chosen:
        row = schema.rows_of(type(fact), [fact], RUN.run_id, 0)[0]
        connection.execute(schema.insert_sql(type(fact)), row)
    rate = len(chosen) / (time.perf_counter() - started)
    connection.close()
    return rate


def rebuild_naively(connection: sqlite3.Connection) -> tuple[dict[str, tuple[int, int, int]], int]:
    """Every order, event and fill read back as a fact and folded one by one."""
    positions: dict[str, MarketPosition] = {}
    for row in connection.execute(schema.select_sql(OrderFilled) + " ORDER BY rowid"):
        fill = schema.reader(OrderFilled)(row)
        position = positions.setdefault(fill.market_id, MarketPosition())
        position.apply_fill(Token(fill.token), Side(fill.side), fill.price_e4, fill.size_e6, fill.fee_e10)
    standing: dict[str, OrderIntended] = {}
    for row in connection.execute(schema.select_sql(OrderIntended) + " ORDER BY rowid"):
        intent = schema.reader(OrderIntended)(row)
        standing[intent.order_id] = intent
    for row in connection.execute(schema.select_sql(OrderChanged) + " ORDER BY rowid"):
        change = schema.reader(OrderChanged)(row)
        if change.event_type in ("fill_last", "cancel_ack"):
            standing.pop(change.order_id, None)
    return {m: (p.yes_e6, p.no_e6, p.cash_e10) for m, p in positions.items()}, len(standing)


def shares_of(store: LedgerStore) -> tuple[dict[str, tuple[int, int, int]], int]:
    """What `recover` found, in the shape of the baseline."""
    state = recover(store.connection, store.lineage)
    return {m: (t.yes_e6, t.no_e6, t.cash_e10) for m, t in state.totals.items()}, len(state.open_orders)


def facts(count: int) -> Iterator[Fact]:
    """A run's mix: of ten facts two orders, four of their events, one fill, two estimates, one snapshot."""
    for n in range(count // 10):
        market_id, at = f"market-{n % MARKETS}", n * 1_000_000
        base: dict[str, Any] = {"market_id": market_id, "venue_ns": at, "local_ns": at}
        buys = n % 7 < 4
        for k in range(2):
            order_id = content_id("order", n, k)
            price_e4, size_e6 = 4_000 + 10 * (n % 50), 5_000_000
            yield OrderIntended(
                **base, seq=10 * n + k, order_id=order_id, strategy="market_making", token="YES" if buys else "NO",
                side="BUY", price_e4=price_e4, size_e6=size_e6, order_type="GTD", origin="MAKER_QUOTE",
                expires_ns=at + 1, reserved_e10=price_e4 * size_e6, estimate_id=content_id("estimate", n),
                decision_id=content_id("decision", n), incarnation=1,
            )  # fmt: skip
            last = "fill_last" if k else ("cancel_ack" if n % 4_000 else "cancel")
            for step, event in enumerate(("submit", last)):
                yield OrderChanged(
                    **base, seq=10 * n + 2 + 2 * k + step, order_id=order_id, event_type=event, side="BUY",
                    price_e4=price_e4, size_e6=size_e6, remaining_e6=0,
                )  # fmt: skip
        yield OrderFilled(
            **base, seq=10 * n + 6, fill_id=content_id("fill", n), order_id=content_id("order", n, 1),
            strategy="market_making", token="YES" if buys else "NO", side="BUY", price_e4=4_000 + 10 * (n % 50),
            size_e6=5_000_000, liquidity="MAKER", fee_e10=0, rebate_e10=0, mid_e4=4_500.0, adverse_e4=5.0,
            impact_e4=0.0, queue_ahead_e6=0, traded_at_level_e6=0, latency_ms=50.0, degraded=False,
        )  # fmt: skip
        for k in range(2):
            yield EstimateMade(
                **base, seq=10 * n + 7 + k, estimate_id=content_id("estimate", n, k), p=0.5, p_lo=0.45, p_hi=0.55,
                market_p=0.5, estimator="book_consensus", estimator_version="1", prompt_version="none", input_age_ms=0,
            )  # fmt: skip
        yield SnapshotTaken(
            **base, seq=10 * n + 9, best_bid_e4=4_400, best_ask_e4=4_600, bid_size_e6=1, ask_size_e6=1, mid_e4=4_500.0,
            toxicity=0.1, regime="NORMAL",
        )  # fmt: skip


def _timed(call: object) -> float:
    assert callable(call)
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
