"""One message for what repeats, another try for what failed, and a row for everything (alerts: methods §18.8, P3-7)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astra_actors.kernel.units import NS_PER_S
from astra_actors.ledger.alert_rows import AlertRow
from astra_actors.reporting.alert_desk import AlertDesk, Outcome
from astra_actors.reporting.alerts import Alert, AlertKind, Severity, opposites

S = NS_PER_S
ON = Alert(kind=AlertKind.BREAKER_ON, message="down 12 %")
OFF = Alert(kind=AlertKind.BREAKER_OFF, message="up again")
RESTART = Alert(kind=AlertKind.CHILD_RESTARTED, scope="market-0", message="died")


def desk(*targets: str, **settings: object) -> AlertDesk:
    return AlertDesk("run", targets or ("hook",), **settings)  # type: ignore[arg-type]


def titles(made: AlertDesk, now_ns: int, target: str = "hook") -> list[str]:
    """What is due now, each delivered at once."""
    found = []
    while (message := made.due(target, now_ns)) is not None:
        found.append(message.title)
        made.answered(message.alert_id, target, "", now_ns)
    return found


def rows(made: AlertDesk) -> dict[str, AlertRow]:
    return {row.kind: row for row in made.take_rows()}


def test_the_first_goes_out_at_once_and_its_row_says_so() -> None:
    made = desk()
    made.hear(ON, 5 * S)
    assert [row.outcome for row in made.take_rows()] == ["waiting"], "on record before anybody is told"
    assert titles(made, 5 * S) == ["Astra critical: breaker on"]
    row = rows(made)["breaker_on"]
    assert (row.delivered, row.delivered_ns, row.attempts, row.outcome, row.count) == (True, 5 * S, 1, "sent", 1)
    assert (row.run_id, row.severity, row.scope, row.message) == ("run", "critical", "account", "down 12 %")


def test_what_repeats_within_its_cool_down_is_one_message_with_a_count() -> None:
    made = desk()
    for second in (0, 1, 100, 299):
        made.hear(RESTART, second * S)
    assert titles(made, 299 * S) == ["Astra warning: child restarted"]
    assert made.next_due_ns("hook") == 300 * S
    assert titles(made, 300 * S) == ["Astra warning: child restarted (3 times)"]
    assert sorted(row.count for row in made.take_rows()) == [1, 3]
    made.hear(RESTART, 301 * S)
    assert titles(made, 599 * S) == [], "the message with the count began a cool-down of its own"
    assert titles(made, 600 * S) == ["Astra warning: child restarted"]


def test_another_scope_is_another_thing() -> None:
    made = desk()
    made.hear(RESTART, 0)
    made.hear(Alert(kind=AlertKind.CHILD_RESTARTED, scope="market-1", message="died"), 0)
    assert len(titles(made, 0)) == 2


def test_a_state_that_turned_twice_is_told_both_times_however_soon() -> None:
    made = desk()
    told = []
    for second, alert in ((0, ON), (1, OFF), (2, ON)):
        made.hear(alert, second * S)
        told += titles(made, second * S)
    assert told == ["Astra critical: breaker on", "Astra warning: breaker off", "Astra critical: breaker on"]
    assert opposites(AlertKind.BREAKER_ON) == (AlertKind.BREAKER_OFF,)
    assert opposites(AlertKind.CHILD_RESTARTED) == ()


def test_a_failed_delivery_is_tried_again_with_back_off_for_thirty_seconds() -> None:
    made = desk()
    made.hear(RESTART, 0)
    tried = []
    now_ns = 0
    while (now := made.next_due_ns("hook")) is not None:
        now_ns = now
        message = made.due("hook", now_ns)
        assert message is not None
        assert made.due("hook", now_ns) is None, "it is under way already"
        tried.append(now_ns // S)
        made.answered(message.alert_id, "hook", "no answer", now_ns)
    assert tried == [0, 1, 3, 7, 15, 23]  # pauses of 1, 2, 4, 8, 8 s; the next would be at 83 s
    row = rows(made)["child_restarted"]
    assert (row.delivered, row.attempts, row.outcome, row.detail) == (False, 6, "no target took it", "hook: no answer")
    assert not made.busy


def test_what_is_critical_is_tried_on_for_the_network_may_come_back() -> None:
    made = desk()
    made.hear(ON, 0)
    for now in (0, 1, 3, 7, 15, 23, 83, 143):
        assert made.next_due_ns("hook") == now * S
        message = made.due("hook", now * S)
        assert message is not None
        made.answered(message.alert_id, "hook", "" if now == 143 else "no answer", now * S)
    assert rows(made)["breaker_on"].delivered_ns == 143 * S


def test_each_target_is_served_for_itself() -> None:
    made = desk("good", "dead")
    made.hear(ON, 0)
    message = made.due("dead", 0)
    assert message is not None
    made.answered(message.alert_id, "dead", "refused", 0)
    assert titles(made, 0, "good") == ["Astra critical: breaker on"]
    row = rows(made)["breaker_on"]
    assert (row.delivered, row.attempts, row.detail) == (True, 2, "dead: refused")
    assert made.busy, "the other target is tried on"


def test_the_gravest_goes_first() -> None:
    made = desk()
    for alert in (Alert(kind=AlertKind.RUN_STARTED, message=""), RESTART, ON):
        made.hear(alert, 0)
    assert [title.split(":")[0] for title in titles(made, 0)] == ["Astra critical", "Astra warning", "Astra info"]


NOT_SENT = [
    pytest.param({"virtual": True}, ON, Outcome.VIRTUAL, id="virtual time"),
    pytest.param({"enabled": False}, ON, Outcome.DISABLED, id="switched off"),
    pytest.param({"severity_min": Severity.CRITICAL}, RESTART, Outcome.MINOR, id="too small"),
    pytest.param({"targets": ()}, ON, Outcome.NO_TARGET, id="nobody to tell"),
]


@pytest.mark.parametrize(("settings", "alert", "outcome"), NOT_SENT)
def test_what_is_not_sent_is_a_row_with_the_reason(settings: dict, alert: Alert, outcome: Outcome) -> None:
    made = AlertDesk("run", **{"targets": ("hook",), **settings})
    made.hear(alert, 0)
    assert made.due("hook", 10**18) is None
    assert not made.busy
    assert [(row.outcome, row.delivered, row.attempts) for row in made.take_rows()] == [(outcome.value, False, 0)]


def test_in_virtual_time_what_is_real_is_sent_all_the_same() -> None:
    made = desk(virtual=True)
    made.hear(RESTART, 0)
    assert titles(made, 0) == ["Astra warning: child restarted"]


def test_what_is_not_sent_for_its_time_folds_by_that_time() -> None:
    """A month in a minute: ten breakers, an hour of the run apart, are ten rows; two within its five minutes are not."""
    made = desk(virtual=True)
    for hour in range(10):
        made.hear(Alert(kind=AlertKind.BREAKER_ON, message="", run_ns=hour * 3_600 * S), 7 * S + hour)
    made.hear(Alert(kind=AlertKind.BREAKER_ON, message="", run_ns=9 * 3_600 * S + 1), 8 * S)
    made.hear(Alert(kind=AlertKind.BREAKER_ON, message="", run_ns=9 * 3_600 * S + 2), 8 * S)
    assert [row.count for row in made.take_rows()] == [*[1] * 10, 2]


def test_a_full_queue_drops_the_least_grave_and_says_so() -> None:
    made = desk(queue_max=2)
    for alert in (RESTART, ON, OFF):
        made.hear(alert, 0)
    assert titles(made, 0) == ["Astra critical: breaker on", "Astra warning: breaker off"]
    assert rows(made)["child_restarted"].outcome == "the queue was full"


def test_the_end_of_a_run_waits_for_no_cool_down_and_leaves_no_row_open() -> None:
    made = desk()
    made.hear(RESTART, 0)
    made.hear(RESTART, S)
    assert titles(made, S) == ["Astra warning: child restarted"]
    made.release_all(2 * S)
    assert titles(made, 2 * S) == ["Astra warning: child restarted"]
    made.hear(ON, 3 * S)
    made.give_up()
    assert rows(made)["breaker_on"].outcome == "the run ended first"
    assert not made.busy


def test_rows_that_could_not_be_written_come_back_and_newer_ones_stay() -> None:
    made = desk()
    made.hear(ON, 0)
    taken = made.take_rows()
    titles(made, 0)
    made.put_back(taken)
    assert [row.outcome for row in made.take_rows()] == ["sent"]
    assert not made.has_rows
    made.put_back(taken)
    assert made.take_rows() == taken


KINDS = st.sampled_from([AlertKind.BREAKER_ON, AlertKind.BREAKER_OFF, AlertKind.CHILD_RESTARTED, AlertKind.RUN_STARTED])
STEPS = st.lists(st.tuples(KINDS, st.sampled_from(["a", "b"]), st.integers(0, 200), st.sampled_from(["", "no"])))


@given(STEPS)
def test_nothing_that_was_heard_is_lost(steps: list[tuple[AlertKind, str, int, str]]) -> None:
    made, now_ns, seen = desk(queue_max=3), 0, {}
    for kind, scope, wait_s, answer in steps:
        now_ns += wait_s * S
        made.hear(Alert(kind=kind, scope=scope, message=""), now_ns)
        if (message := made.due("hook", now_ns)) is not None:
            made.answered(message.alert_id, "hook", answer, now_ns)
        seen |= {row.alert_id: row for row in made.take_rows()}
    made.release_all(now_ns)
    made.give_up()
    seen |= {row.alert_id: row for row in made.take_rows()}
    assert sum(row.count for row in seen.values()) == len(steps)
    assert all(row.outcome != "waiting" for row in seen.values())
    assert all(row.delivered is (row.outcome == "sent") for row in seen.values())
