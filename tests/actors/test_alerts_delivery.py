"""Alerts reach a real webhook through apprise, an address is shown to nobody, and nothing that fails disturbs anybody."""

from __future__ import annotations

import json
import pickle
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner
from webhook import Webhook

from astra_actors.cli.main import app
from astra_actors.config.alert_settings import AlertSettings, SecretUrl
from astra_actors.config.load import load_settings
from astra_actors.config.snapshot import settings_json
from astra_actors.engine.build import FeedSpec
from astra_actors.kernel.errors import ConfigError, LedgerCorrupt
from astra_actors.ledger.alert_rows import AlertRow
from astra_actors.ledger.store import LedgerStore
from astra_actors.reporting.alerts import Alert, AlertKind
from supervision.alert_targets import Target, configured_targets, scrubbed
from supervision.alerting import Alerting
from supervision.doctor import examine
from supervision.identity import run_identity

RESTART = Alert(kind=AlertKind.CHILD_RESTARTED, scope="market-0", message="died")
TOKEN = "tok3n"


@pytest.fixture
def hook() -> Iterator[Callable[..., Webhook]]:
    made: list[Webhook] = []

    def start(**settings: Any) -> Webhook:
        made.append(Webhook(**settings))
        return made[-1]

    yield start
    for each in made:
        each.close()


@pytest.fixture
def nobody() -> str:
    """The address of a port on which nobody listens."""
    with closing(socket.socket()) as held:
        held.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{held.getsockname()[1]}/hook/{TOKEN}-of-nobody"


def addresses(*urls: str) -> AlertSettings:
    return AlertSettings(urls=tuple(map(SecretUrl, urls)))


def alerting(*urls: str, **settings: Any) -> Alerting:
    targets = configured_targets(addresses(*urls))
    return Alerting("run-1", AlertSettings(**settings), virtual=False, targets=targets)


def rows_of(made: Alerting) -> list[AlertRow]:
    found: list[AlertRow] = []
    made.hand_rows(found.extend, now=True)
    return found


def test_an_alert_is_posted_as_json_and_its_row_says_delivered(hook: Callable[..., Webhook]) -> None:
    there = hook()
    made = alerting(there.url)
    made.hear(RESTART)
    made.drain()
    [(_, body)] = there.posts
    assert (body["title"], body["type"]) == ("Astra warning: child restarted", "warning")
    assert "died" in body["message"] and "market-0" in body["message"] and "run-1" in body["message"]
    assert there.asked == ["/hook/tok3n-in-the-path?key=tok3n-in-the-query"], "the address is used whole"
    [row] = rows_of(made)
    assert (row.delivered, row.attempts, row.outcome) == (True, 1, "sent")
    made.close()


def test_one_that_is_refused_is_tried_again(hook: Callable[..., Webhook]) -> None:
    there = hook(refuse=1)
    made = alerting(there.url)
    made.hear(RESTART)
    there.wait_for("child restarted")
    made.drain()
    [row] = rows_of(made)
    assert (row.delivered, row.attempts) == (True, 2)
    made.close()


def test_a_dead_target_holds_up_neither_the_other_nor_the_caller(hook: Callable[..., Webhook], nobody: str) -> None:
    there = hook()
    made = alerting(nobody, there.url, drain_s=0.0)
    for number in range(20):
        made.hear(Alert(kind=AlertKind.CHILD_RESTARTED, scope=f"market-{number}", message="died"))
    there.wait_for("child restarted", count=20)
    made.close()
    rows = rows_of(made)
    assert len(rows) == 20
    assert all("does not answer" not in row.message for row in rows)
    failed = [row for row in rows if row.detail]
    assert failed and all(TOKEN not in row.detail for row in failed)


def test_the_ends_of_a_run_write_what_is_left_into_the_ledger(tmp_path: Path, nobody: str) -> None:
    settings = load_settings(flags={"run": {"data_dir": str(tmp_path)}}, environ={})
    with LedgerStore.open(tmp_path / "ledger.db") as store:
        store.begin_run(run_identity("11111111-1111-4111-8111-111111111111", settings, FeedSpec(kind="world")), "{}")
    made = Alerting(
        "11111111-1111-4111-8111-111111111111",
        AlertSettings(drain_s=0.0),
        virtual=False,
        targets=configured_targets(addresses(nobody)),
    )
    made.hear(RESTART)
    made.drain()
    made.close(tmp_path / "ledger.db")
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        assert connection.execute("SELECT kind, delivered, outcome FROM alerts").fetchall() == [
            ("child_restarted", 0, "the run ended first")
        ]


def test_a_ledger_that_somebody_holds_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("supervision.alerting.WRITER_GONE_S", 0.0)
    with LedgerStore.open(tmp_path / "ledger.db"):
        made = alerting()
        made.hear(RESTART)
        made.close(tmp_path / "ledger.db")
        assert [row.outcome for row in rows_of(made)] == ["no target is configured"], "kept, and nothing was raised"


# -- addresses -----------------------------------------------------------------------------------------------------------

NAMES = [
    pytest.param("http://h.example:8/a/tok3n?k=tok3n", "JSON webhook at h.example:8", ("h.example", 8), id="http"),
    pytest.param("https://h.example/tok3n", "JSON webhook at h.example", ("h.example", 443), id="https"),
    pytest.param("jsons://u:tok3n@h.example", "JSON webhook at h.example", ("h.example", 443), id="apprise's json"),
    pytest.param(f"https://discord.com/api/webhooks/{'1' * 18}/{'tok3n' * 12}", "Discord", ("discord.com", 443), id="D"),
    pytest.param("https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrtok3nvi7", "Slack",
                 ("hooks.slack.com", 443), id="a Slack webhook"),
    pytest.param("tgram://123456789:tok3ntok3ntok3ntok3ntok3ntok3ntok3n/1234", "Telegram", None, id="Telegram"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "name", "host"), NAMES)
def test_a_target_is_known_by_its_service_and_shows_no_token(url: str, name: str, host: Any) -> None:
    [target] = configured_targets(addresses(url))
    assert (target.name, target.host, target.problem) == (name, host, "")
    assert TOKEN not in repr(target)


@pytest.mark.parametrize("url", ["tok3n", "nonsense://tok3n", "http://", "http://h:port/tok3n", "json://:99/"])
def test_a_malformed_address_says_so_without_saying_what(url: str) -> None:
    [target] = configured_targets(addresses(url))
    assert target.problem
    assert TOKEN not in target.name + target.problem


def test_two_of_one_name_are_told_apart_and_one_address_twice_is_one_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERT_WEBHOOK_URL", "https://h.example/a")
    settings = addresses("https://h.example/b", "https://h.example/a")
    assert [target.name for target in configured_targets(settings)] == [
        "JSON webhook at h.example",
        "JSON webhook at h.example #2",
    ]


def test_what_a_service_says_of_itself_loses_every_part_of_the_address() -> None:
    url = SecretStr("discord://webhook-id/webhook-token/?footer=sesame")
    said = "could not reach discord://webhook-id/webhook-token/?footer=sesame: webhook-id, webhook-token, sesame"
    assert not [part for part in ("webhook-id", "webhook-token", "sesame") if part in scrubbed(said, url)]


def test_addresses_stand_in_no_text_hash_or_copy_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASTRA_ALERTS__URLS", "json://h.example/tok3n-a json://h.example/tok3n-b")
    settings = load_settings()
    assert [url.get_secret_value()[-1] for url in settings.alerts.urls] == ["a", "b"]
    assert TOKEN not in settings_json(settings) + repr(settings) + str(settings.alerts)
    copy = pickle.dumps(settings)
    assert TOKEN.encode() not in copy
    assert all(target.problem for target in configured_targets(pickle.loads(copy).alerts))
    monkeypatch.setenv("ASTRA_ALERTS__URLS", "json://h.example/tok3n-c json://h.example/tok3n-d")
    assert settings_json(load_settings()) == settings_json(settings)


WRONG = ['["tok3n-a", 5]', "{a: json://tok3n}", " ".join(f"json://h/tok3n{number}" for number in range(9))]


@pytest.mark.parametrize("text", WRONG)
@pytest.mark.parametrize("name", ["ASTRA_ALERTS__URLS", "ASTRA_ALERTS__URL"])
def test_a_mistake_about_addresses_quotes_none(name: str, text: str) -> None:
    with pytest.raises(ConfigError) as told:
        load_settings(environ={name: text})
    assert "alerts.url" in str(told.value)
    assert TOKEN not in str(told.value)


# -- what a person asks --------------------------------------------------------------------------------------------------


def test_a_test_goes_to_every_target_and_one_that_fails_is_exit_1(
    hook: Callable[..., Webhook], nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = hook()
    monkeypatch.setenv("ALERT_WEBHOOK_URL", there.url)
    good = CliRunner().invoke(app, ["alerts", "test", "--json"])
    assert (good.exit_code, [target["delivered"] for target in json.loads(good.output)["targets"]]) == (0, [True])
    monkeypatch.setenv("ASTRA_ALERTS__URLS", f"{nobody} nonsense://tok3n")
    bad = CliRunner().invoke(app, ["alerts", "test"])
    assert bad.exit_code == 1
    assert "delivered" in bad.output and "does not answer" in bad.output and "malformed address" in bad.output
    assert TOKEN not in good.output + bad.output
    assert len(there.posts) == 2


def test_without_a_target_there_is_nothing_to_test() -> None:
    from astra_actors.kernel.errors import BadInput

    result = CliRunner().invoke(app, ["alerts", "test"])
    assert isinstance(result.exception, BadInput)
    assert "ALERT_WEBHOOK_URL" in str(result.exception)


def test_the_checklist_names_an_address_that_nobody_answers_and_paper_starts_all_the_same(
    tmp_path: Path, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERT_WEBHOOK_URL", nobody)
    lines = examine(load_settings(flags={"run": {"data_dir": str(tmp_path)}}))
    [line] = [line for line in lines if line.name == "alerts"]
    assert line.status == "WARN"
    assert "does not answer" in line.seen and TOKEN not in line.seen


def test_a_damaged_ledger_is_told_to_people_before_the_start_is_refused(
    tmp_path: Path, hook: Callable[..., Webhook], monkeypatch: pytest.MonkeyPatch
) -> None:
    from supervision.driver import prepare

    there = hook()
    monkeypatch.setenv("ALERT_WEBHOOK_URL", there.url)
    (tmp_path / "ledger.db").write_bytes(b"this was a ledger once, and a disk has had it since" * 100)
    settings = load_settings(flags={"run": {"data_dir": str(tmp_path)}})
    with pytest.raises(LedgerCorrupt):
        prepare(settings, FeedSpec(kind="world", seed=1, days=1.0, markets=3))
    [(_, body)] = there.posts
    assert body["title"] == "Astra critical: integrity"


def test_the_list_shows_what_became_of_each(tmp_path: Path) -> None:
    settings = load_settings(flags={"run": {"data_dir": str(tmp_path)}}, environ={})
    run_id = "11111111-1111-4111-8111-111111111111"
    made = Alerting(run_id, AlertSettings(), virtual=False, targets=[])
    made.hear(RESTART, RESTART, RESTART)
    with LedgerStore.open(tmp_path / "ledger.db") as store:
        store.begin_run(run_identity(run_id, settings, FeedSpec(kind="world")), "{}")
        made.hand_rows(store.record_alerts, now=True)
    listed = CliRunner().invoke(app, ["alerts", "list", "--json", "--data-dir", str(tmp_path)])
    assert [(row["kind"], row["count"]) for row in json.loads(listed.output)["alerts"]] == [
        ("child_restarted", 1),
        ("child_restarted", 2),
    ]
    spoken = CliRunner().invoke(app, ["alerts", "list", "--data-dir", str(tmp_path)])
    assert "child_restarted (2 times) [market-0] died → no target is configured" in spoken.output


def test_a_sender_that_raises_costs_its_own_message_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from astra_actors.reporting.alert_desk import Message
    from supervision import alert_targets
    from supervision.alert_targets import Sender

    def broken(_: str) -> Any:
        raise ValueError("of tok3n-in-it")

    monkeypatch.setattr(alert_targets, "_service", broken)
    sender = Sender(Target("JSON webhook", SecretStr("json://h.example/tok3n-in-it")))
    said = sender.send(Message("a", AlertKind.TEST.severity, "t", "b"))
    assert said == "ValueError: of ***"
