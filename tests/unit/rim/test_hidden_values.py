"""What the log of the process that sends alerts masks: every address and every key, whole or in somebody else's words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from astra_actors.config.alert_settings import AlertSettings, SecretUrl
from astra_actors.config.secrets import Secrets
from astra_actors.reporting.logging import configure_logging, get_logger
from supervision.alert_targets import hidden_values, scrubbed

WEBHOOK, SERVICE = "https://hooks.example.com/T0ken-1/abcdef", "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3d"
KEYS = {"POLY_PRIVATE_KEY": "0xprivate", "POLY_API_SECRET": "api-secret", "POLY_API_PASSPHRASE": "pass-phrase"}


def test_neither_an_address_nor_a_key_reaches_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {**KEYS, "POLY_API_KEY": "api-key", "ALERT_WEBHOOK_URL": WEBHOOK}.items():
        monkeypatch.setenv(name, value)
    hide = hidden_values(AlertSettings(urls=(SecretUrl(SERVICE),)))
    path = configure_logging("masking", tmp_path, now_ns=lambda: 0, console=None, hide=hide)
    get_logger("driver").warning("it failed", why=f"could not post to {WEBHOOK}", also=[SERVICE, *KEYS.values()])
    line = path.read_text(encoding="utf-8")
    assert json.loads(line)["why"] == "could not post to ***"
    assert not [secret for secret in (WEBHOOK, SERVICE, "api-key", *KEYS.values()) if secret in line]


def test_an_account_without_keys_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*KEYS, "POLY_API_KEY", "ALERT_WEBHOOK_URL"):
        monkeypatch.delenv(name, raising=False)
    assert hidden_values(AlertSettings(), Secrets()) == []


@pytest.mark.parametrize(
    ("url", "said", "left"),
    [
        pytest.param(
            "https://hooks.example.com/a%2Fb-token?key=s3cr%20et",
            "404 for /a/b-token with s3cr et at hooks.example.com",
            "404 for /*** with *** at hooks.example.com",
            id="as it is decoded",
        ),
        pytest.param(
            "json://bob:p%40ssword@hooks.example.com/x#fragment-token",
            "p@ssword and p%40ssword and fragment-token",
            "*** and *** and ***",
            id="a password and what follows the hash",
        ),
    ],
)
def test_somebody_elses_words_lose_every_part_of_an_address(url: str, said: str, left: str) -> None:
    assert scrubbed(said, SecretStr(url)) == left
