"""Log lines: JSON with fields, one file a process, rotated, and never a secret."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from astra_actors.reporting import logging as astra_logging
from astra_actors.reporting.logging import ROOT, configure_logging, get_logger, masked

SECRET = "0xfeedfacecafe"


@pytest.fixture(autouse=True)
def taken_down():
    """Whatever a test set up, the next one finds nothing of it."""
    yield
    branch = logging.getLogger(ROOT)
    for handler in list(branch.handlers):
        branch.removeHandler(handler)
        handler.close()
    branch.propagate = True
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def log(tmp_path):
    """A set-up with a fixed clock."""
    console = io.StringIO()
    path = configure_logging(
        "market-0", tmp_path, now_ns=lambda: 1_772_457_840_261_000_000, console=console, hide=[SECRET], run_id="r1"
    )
    return path, console


def lines(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_one_event_a_line_with_its_fields(log):
    path, console = log
    get_logger("engine").info("order.refused", veto="EXPOSURE_CAP", observed_usd=120, limit_usd=100)
    assert path.name == "market-0.jsonl"
    assert lines(path) == [
        {
            "ts": "2026-03-02T13:24:00.261Z",
            "level": "info",
            "logger": "astra.engine",
            "msg": "order.refused",
            "run_id": "r1",
            "component": "market-0",
            "veto": "EXPOSURE_CAP",
            "observed_usd": 120,
            "limit_usd": 100,
        }
    ]
    assert "order.refused" in console.getvalue()
    assert "veto=EXPOSURE_CAP" in console.getvalue()


def test_no_secret_reaches_a_line(log):
    path, console = log
    logger = get_logger()
    logger.warning(f"signing with {SECRET}", api_key="k1", nested={"passphrase": "p1", "url": f"x?{SECRET}"})
    logging.getLogger(f"{ROOT}.other").error("plain %s", SECRET)
    try:
        raise ValueError(f"bad key {SECRET}")
    except ValueError:
        logger.exception("failed", error=ValueError(SECRET))
    for text in (path.read_text(), console.getvalue()):
        assert SECRET not in text
        assert "k1" not in text.replace("market-0", "")
        assert "p1" not in text
    assert "ValueError: bad key ***" in lines(path)[2]["exception"]


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        pytest.param("POLY_PRIVATE_KEY", True, id="the key"),
        pytest.param("api_secret", True, id="the secret"),
        pytest.param("ALERT_WEBHOOK_URL", True, id="a webhook's address is a token"),
        pytest.param("token", False, id="a token here is YES or NO"),
        pytest.param("signature_type", False, id="the kind of a signature is no secret"),
        pytest.param("order_key", False, id="an order's key is an id"),
    ],
)
def test_names_that_hide(name, hidden):
    assert (masked()(None, "info", {name: "value"})[name] == "***") is hidden


def test_setting_up_again_replaces_the_handlers(log, tmp_path):
    configure_logging("market-0", tmp_path, now_ns=lambda: 0, console=None)
    get_logger().info("once")
    assert [line["msg"] for line in lines(log[0])] == ["once"]
    assert len(logging.getLogger(ROOT).handlers) == 1


def test_a_full_file_makes_room(tmp_path, monkeypatch):
    monkeypatch.setattr(astra_logging, "FILE_BYTES", 300)
    path = configure_logging("small", tmp_path, now_ns=lambda: 0, console=None)
    for i in range(40):
        get_logger().info("tick", i=i)
    assert sorted(p.name for p in path.parent.iterdir()) == [
        "small.jsonl",
        *(f"small.jsonl.{i}" for i in range(1, 6)),
    ]


def test_levels_are_kept(tmp_path):
    path = configure_logging("quiet", tmp_path, now_ns=lambda: 0, console=None, level="WARNING")
    get_logger().info("unheard")
    get_logger().warning("heard")
    assert [line["msg"] for line in lines(path)] == ["heard"]
