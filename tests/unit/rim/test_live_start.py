"""What keeps `astra live` from trading: keys, the gate of this very venue, an earlier run's unfinished business."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from astra_actors.config.load import load_settings
from astra_actors.config.settings import Settings
from astra_actors.config.snapshot import settings_json
from astra_actors.engine.build import FeedSpec
from astra_actors.kernel.errors import BadInput, ConfigError
from astra_actors.ledger.store import LedgerStore
from astra_actors.lockstep.run_plan import RunPlan
from supervision.identity import run_identity, run_to_resume
from supervision.live_business import unfinished
from supervision.live_keys import read_wallet
from supervision.live_run import listing_file
from supervision.live_start import NotLive, look_before

KEY = "0x" + "11" * 32  # its address by hand would take an afternoon; only its shape matters here
SECRET_TEXT = "s3cretvalue"
HOSTS = {"gamma_url": "http://127.0.0.1:1/g", "clob_url": "http://127.0.0.1:1", "market_ws_url": "ws://127.0.0.1:1/m"}
ACCOUNT = {"user_ws_url": "ws://127.0.0.1:1/u", "relayer_url": ""}
REASON = "the venue's own rehearsal passed and the sum is small"


def live_settings(**run: Any) -> Settings:
    flags = {"stream": HOSTS, "live": {"gateway": ACCOUNT, "phase": "D"}, "run": run}
    return load_settings(profile="live", environ={}, flags=flags)


def paper_run(folder: Path, *, row: str = "PASS", venue: str = "paper", **hosts: str) -> None:
    """A finished paper run on the venue's feed: its row in the ledger, and its report with two rows of the gate."""
    run_id = str(uuid.uuid4())
    flags = {"run": {"feed": "polymarket"}, "stream": {**HOSTS, **hosts}}
    settings = load_settings(environ={}, flags=flags)
    identity = replace(run_identity(run_id, settings, FeedSpec(kind="polymarket")), venue=venue)
    with LedgerStore.open(folder / "ledger.db") as store:
        store.begin_run(identity, settings_json(settings))
        store.end_run("2026-01-01T00:00:00.000Z", "finished")
    line = {"status": "PASS", "item": "2.1", "binding": True}
    shown_only = {"status": "FAIL", "item": "2.12", "binding": False}
    report = {
        "run_id": run_id, "venue": venue, "feed": "polymarket", "synthetic": False, "now_ns": 0,
        "config_hash": identity.config_hash,
        "live_gate": {"psr_0": line, "kill_tested": {**line, "item": "4.4", "status": row}, "width": shown_only},
    }  # fmt: skip
    (folder / "reports").mkdir(exist_ok=True)
    (folder / "reports" / f"2026-{run_id}.json").write_text(json.dumps(report))


def test_a_passed_gate_of_this_venue_is_enough(tmp_path: Path) -> None:
    paper_run(tmp_path)
    start = look_before(live_settings(), tmp_path, None, override="", resume=False)
    assert start.gate is not None and start.gate.blockers == {}
    assert start.settings.live.gate_override == ""
    assert start.settings.run.bankroll_usd == 5_000
    assert "passed" in start.verdict


def test_without_a_report_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotLive, match=r"no live gate has passed.*--override-gate"):
        look_before(live_settings(), tmp_path, None, override="", resume=False)


def test_a_dry_run_looks_on_and_keeps_the_reason(tmp_path: Path) -> None:
    start = look_before(live_settings(), tmp_path, None, override="", resume=False, dry_run=True)
    assert len(start.refused) == 1 and "no live gate has passed" in start.refused[0]
    assert start.as_json()["refused"] == list(start.refused)


def test_an_open_row_is_refused(tmp_path: Path) -> None:
    paper_run(tmp_path, row="UNKNOWN")
    with pytest.raises(NotLive, match="has not passed"):
        look_before(live_settings(), tmp_path, None, override="", resume=False)


@pytest.mark.parametrize(
    "other", [{"clob_url": "http://127.0.0.1:2"}, {"gamma_url": "https://elsewhere.example"}], ids=["book", "catalogue"]
)
def test_a_gate_passed_elsewhere_shows_nothing_here(tmp_path: Path, other: dict[str, str]) -> None:
    paper_run(tmp_path, **other)
    with pytest.raises(NotLive, match="no live gate has passed"):
        look_before(live_settings(), tmp_path, None, override="", resume=False)


def test_a_report_that_no_ledger_knows_shows_nothing(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    paper_run(tmp_path / "elsewhere")
    with LedgerStore.open(tmp_path / "ledger.db"):
        (tmp_path / "elsewhere" / "reports").rename(tmp_path / "reports")
    with pytest.raises(NotLive, match="no live gate has passed"):
        look_before(live_settings(), tmp_path, None, override="", resume=False)


def test_an_override_goes_on_record_and_halves_the_bankroll(tmp_path: Path) -> None:
    paper_run(tmp_path, row="FAIL")
    start = look_before(live_settings(), tmp_path, None, override=REASON, resume=False)
    live = start.settings.live
    assert (live.gate_override, live.gate_rows) == (REASON, ("4.4",))
    assert start.settings.run.bankroll_usd == 2_500
    assert start.settings.risk.drawdown_halt == 0.075
    assert REASON in settings_json(start.settings)


OVERRIDES = [
    pytest.param("yes", "FAIL", "is no reason", id="a word is no reason"),
    pytest.param(REASON, "PASS", "nothing to override", id="what passed is not overridden"),
]


@pytest.mark.parametrize(("said", "row", "refusal"), OVERRIDES)
def test_an_override_that_is_refused(tmp_path: Path, said: str, row: str, refusal: str) -> None:
    paper_run(tmp_path, row=row)
    with pytest.raises(NotLive, match=refusal):
        look_before(live_settings(), tmp_path, None, override=said, resume=False)


def test_a_reason_in_a_file_overrides_nothing(tmp_path: Path) -> None:
    paper_run(tmp_path, row="FAIL")
    settings = live_settings()
    sneaked = settings.model_copy(update={"live": replace(settings.live, gate_override=REASON)})
    with pytest.raises(NotLive, match="has not passed"):
        look_before(sneaked, tmp_path, None, override="", resume=False)


def leave(folder: Path, *, ended: bool, cancelled: bool, sold: int) -> None:
    """A live run that bought 20 shares with one order, and what became of it."""
    identity = run_identity(str(uuid.uuid4()), live_settings(), FeedSpec(kind="polymarket"))
    with LedgerStore.open(folder / "ledger.db") as store:
        store.begin_run(identity, settings_json(live_settings()))
        run_id, db = identity.run_id, store.connection
        intent = ("v1", "o1", "m", "t", "YES", "BUY", 5_000, 20_000_000, 1, 2, 1, "s", "", "", "", 5_000, 0, 1, run_id)
        db.execute(f"INSERT INTO intents VALUES ({','.join('?' * 19)})", intent)
        fills = [("f1", "BUY", 20_000_000, "CONFIRMED"), ("f2", "SELL", sold, "MINED"), ("f3", "SELL", 1, "FAILED")]
        for fill_id, side, size, settling in fills:
            row = (fill_id, fill_id, "v1", "o1", "m", "t", side, 5_000, size, 0, 1, 1, settling, 1, 1, run_id)
            db.execute(f"INSERT INTO account_fills VALUES ({','.join('?' * 16)})", row)
        if cancelled:
            db.execute("INSERT INTO order_ends VALUES ('v1', 'cancelled', '', 0, 1, ?)", (run_id,))
        if ended:
            store.end_run("2026-01-01T00:00:00.000Z", "SIGTERM")


BUSINESS = [
    pytest.param(True, True, 20_000_000, [], id="everything is over"),
    pytest.param(False, True, 20_000_000, ["did not end"], id="the process died"),
    pytest.param(True, False, 20_000_000, ["1 order not proven"], id="an order may still rest"),
    pytest.param(True, True, 12_500_000, ["7.5 shares held in 1 markets"], id="shares are held"),
]


@pytest.mark.parametrize(("ended", "cancelled", "sold", "said"), BUSINESS)
def test_unfinished_business(tmp_path: Path, ended: bool, cancelled: bool, sold: int, said: list[str]) -> None:
    leave(tmp_path, ended=ended, cancelled=cancelled, sold=sold)
    found = unfinished(tmp_path / "ledger.db")
    assert len(found) == len(said)
    assert all(words in sentence for words, sentence in zip(said, found, strict=True))


def test_unfinished_business_wants_resume(tmp_path: Path) -> None:
    paper_run(tmp_path)
    leave(tmp_path, ended=False, cancelled=False, sold=1)
    with pytest.raises(NotLive, match=r"unfinished business.*--resume"):
        look_before(live_settings(), tmp_path, None, override="", resume=False)
    start = look_before(live_settings(), tmp_path, None, override="", resume=True)
    assert len(start.business) == 3


def test_a_live_run_that_reached_its_end_can_be_taken_up(tmp_path: Path) -> None:
    """It left shares: a new run is refused for their sake, so this one must not be refused as well."""
    text = settings_json(live_settings())
    leave(tmp_path, ended=True, cancelled=True, sold=1)
    with LedgerStore.open(tmp_path / "ledger.db") as store:
        store.connection.execute("UPDATE runs SET exit_reason = 'finished'")
        run_id = run_to_resume(store, "polymarket", text, venue="clob")
    plan = RunPlan(listings=(), start_ns=100, end_ns=200, window_ns=1)
    file = listing_file(tmp_path / "ledger.db", run_id)
    file.write(plan)
    file.prolong(1_000, now_ns=150)
    before = file.read()
    file.prolong(1_000, now_ns=200)
    after = file.read()
    assert before is not None and after is not None
    assert (before.end_ns, after.start_ns, after.end_ns) == (200, 100, 1_200)


GOOD = {"POLY_PRIVATE_KEY": KEY}
API = {"POLY_API_KEY": str(uuid.UUID(int=7)), "POLY_API_SECRET": "c2VjcmV0", "POLY_API_PASSPHRASE": "words"}
WRONG = [
    pytest.param({}, ["POLY_PRIVATE_KEY"], id="no key"),
    pytest.param({"POLY_PRIVATE_KEY": SECRET_TEXT}, ["POLY_PRIVATE_KEY"], id="no key of the curve's"),
    pytest.param({**GOOD, "SIGNATURE_TYPE": "7"}, ["SIGNATURE_TYPE"], id="no kind of wallet"),
    pytest.param({**GOOD, "SIGNATURE_TYPE": "2"}, ["FUNDER_ADDRESS"], id="a safe without its address"),
    pytest.param({**GOOD, "FUNDER_ADDRESS": "0x12"}, ["FUNDER_ADDRESS"], id="no address"),
    pytest.param({**GOOD, "FUNDER_ADDRESS": "0x" + "a" * 40}, ["FUNDER_ADDRESS"], id="another's plain wallet"),
    pytest.param({**GOOD, "POLY_API_KEY": API["POLY_API_KEY"]}, ["POLY_API_SECRET", "POLY_API_PASSPHRASE"], id="a third"),
    pytest.param({**GOOD, **API, "POLY_API_KEY": SECRET_TEXT}, ["POLY_API_KEY"], id="an API key that is none"),
    pytest.param({**GOOD, **API, "POLY_API_SECRET": SECRET_TEXT + "!"}, ["POLY_API_SECRET"], id="a secret that is none"),
    pytest.param({"SIGNATURE_TYPE": "9", "FUNDER_ADDRESS": "x"},
                 ["POLY_PRIVATE_KEY", "SIGNATURE_TYPE", "FUNDER_ADDRESS"], id="all at once"),
]  # fmt: skip


@pytest.mark.parametrize(("environ", "named"), WRONG)
def test_every_wrong_variable_is_named_and_no_key_is_shown(environ: dict[str, str], named: list[str]) -> None:
    with pytest.raises(ConfigError) as refused:
        read_wallet(environ)
    assert all(name in str(refused.value) for name in named)
    assert SECRET_TEXT not in str(refused.value)


@pytest.mark.parametrize(
    "environ", [GOOD, {**GOOD, **API}, {**GOOD, "SIGNATURE_TYPE": "3", "FUNDER_ADDRESS": "0x" + "a" * 40}]
)
def test_a_whole_account_is_read(environ: dict[str, str]) -> None:
    wallet = read_wallet(environ)
    assert wallet.address.startswith("0x") and len(wallet.address) == 42
    assert wallet.funder == environ.get("FUNDER_ADDRESS", wallet.address)
    assert wallet.own_api_key is ("POLY_API_KEY" in environ)
    assert KEY[2:] not in repr(wallet)


def test_a_report_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    paper_run(tmp_path)
    (tmp_path / "reports" / "9999.json").write_text("{")
    with pytest.raises(BadInput, match=r"9999\.json"):
        look_before(live_settings(), tmp_path, None, override="", resume=False)
