"""`astra live` up to the first order: what it refuses, what it shows, and that nothing begins without a yes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from supervision.rehearsal_venue import RehearsalVenue

REASON = "only this machine, for a test of the command"


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RehearsalVenue]:
    """An exchange with a small crowd that hardly moves."""
    started = RehearsalVenue(
        tmp_path_factory.mktemp("venue"), ["--speed", "1", "--markets", "40", "--days", "10", "--seed", "4"]
    )
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def account(venue: RehearsalVenue) -> dict[str, str]:
    """Where it is and whose money, as the environment of a person has it."""
    told = venue.greeting
    return {
        "ASTRA_STREAM__GAMMA_URL": told["gamma"],
        "ASTRA_STREAM__CLOB_URL": told["clob"],
        "ASTRA_STREAM__MARKET_WS_URL": told["ws_market"],
        "ASTRA_STREAM__LIQUIDITY_USD_MIN": "0",
        "ASTRA_LIVE__GATEWAY__USER_WS_URL": told["ws_user"],
        "ASTRA_LIVE__GATEWAY__RELAYER_URL": told["relayer"],
        **venue.account.environ,
    }


def test_without_a_word_no_order_leaves_this_machine(astra, tmp_path: Path) -> None:
    command = astra("live", "--dry-run", "--data-dir", str(tmp_path / "data"))
    assert command.wait() == 1
    assert "live.allow_remote_hosts" in command.told
    assert not (tmp_path / "data").exists()


def test_every_missing_key_is_named(astra, account: dict[str, str], tmp_path: Path) -> None:
    env = {**account, "POLY_PRIVATE_KEY": "0x12", "FUNDER_ADDRESS": "", "POLY_API_KEY": "mine"}
    command = astra("live", "--data-dir", str(tmp_path / "data"), env=env)
    assert command.wait() == 1
    for name in ("POLY_PRIVATE_KEY", "FUNDER_ADDRESS", "POLY_API_KEY", "POLY_API_SECRET", "POLY_API_PASSPHRASE"):
        assert name in command.told
    assert "0x12" not in command.told and "mine" not in command.told


def test_a_dry_run_shows_the_plan_and_begins_nothing(astra, account: dict[str, str], tmp_path: Path) -> None:
    data = tmp_path / "data"
    words = ("live", "--dry-run", "--phase", "B", "--override-gate", REASON, "--data-dir", str(data), "--json")
    command = astra(*words, env=account)
    assert command.wait() == 0, command.told
    plan = command.json()
    assert plan["ready"] and plan["funder"] == account["FUNDER_ADDRESS"] and not plan["remote"]
    assert (plan["phase"], plan["override"], plan["bankroll_usd"]) == ("B", REASON, "50.0")
    assert plan["caps_usd"]["market"] == "5.00"
    assert all(finding["ok"] for finding in plan["preflight"])
    assert account["POLY_PRIVATE_KEY"][2:] not in command.out.read_text() + command.told
    assert not data.exists()


def test_a_gate_that_never_passed_is_no_gate(astra, account: dict[str, str], tmp_path: Path) -> None:
    command = astra("live", "--dry-run", "--data-dir", str(tmp_path / "data"), env=account)
    assert command.wait() == 1
    assert "no live gate has passed" in command.told and "--override-gate" in command.told


def test_where_nobody_can_say_yes_nothing_begins(astra, account: dict[str, str], tmp_path: Path) -> None:
    data = tmp_path / "data"
    command = astra("live", "--override-gate", REASON, "--data-dir", str(data), env=account)
    assert command.wait() == 1
    assert "--yes" in command.told and "SIGTERM" in command.told
    assert account["FUNDER_ADDRESS"] in command.told
    assert not data.exists()


def test_a_venue_that_is_away_is_told_in_a_sentence(astra, account: dict[str, str], tmp_path: Path) -> None:
    away = {**account, "ASTRA_STREAM__CLOB_URL": "http://127.0.0.1:9"}
    command = astra("live", "--override-gate", REASON, "--yes", "--data-dir", str(tmp_path / "data"), env=away)
    assert command.wait() == 1
    assert "live trading is refused" in command.told and "Traceback" not in command.told
