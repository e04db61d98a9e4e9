"""smoke."""
from tests.live.live_harness import LiveRun

def test_quotes(run: LiveRun) -> None:
    run.start()
    print(run.coordinator.counters, run.ledger.facts[-3:])
    run.stop()
    assert run.open_orders() == 0
    print(run.coordinator.counters)
