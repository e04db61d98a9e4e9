"""A key is in the environment and in one object: not in the tree, not in a text, not in a pickle."""

from __future__ import annotations

import pickle

import pytest

from astra_actors.config.load import load_settings
from astra_actors.config.secrets import Secrets
from astra_actors.config.snapshot import settings_json
from astra_actors.kernel.errors import AstraError

KEY = "0x" + "de" * 32
NAMES = ("POLY_PRIVATE_KEY", "POLY_API_KEY", "POLY_API_SECRET", "POLY_API_PASSPHRASE", "ALERT_WEBHOOK_URL")


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Secrets:
    for name in NAMES:
        monkeypatch.setenv(name, KEY)
    monkeypatch.setenv("SIGNATURE_TYPE", "2")
    monkeypatch.setenv("FUNDER_ADDRESS", "0xabc")
    return Secrets()


def test_they_are_read_from_the_environment(secrets: Secrets) -> None:
    values = (
        secrets.private_key,
        secrets.api_key,
        secrets.api_secret,
        secrets.api_passphrase,
        secrets.alert_webhook_url,
    )
    assert [value.get_secret_value() for value in values if value is not None] == [KEY] * 5
    assert (secrets.signature_type, secrets.funder_address) == (2, "0xabc")
    assert secrets.missing_for_live == ()


def test_without_them_a_live_run_knows_what_it_lacks() -> None:
    assert Secrets().missing_for_live == ("POLY_PRIVATE_KEY",)


def test_no_text_of_them_shows_a_key(secrets: Secrets) -> None:
    for text in (repr(secrets), str(secrets), secrets.model_dump_json(), f"{secrets.private_key}"):
        assert "dede" not in text
    assert "***" in repr(secrets)


def test_they_are_not_pickled(secrets: Secrets) -> None:
    with pytest.raises(AstraError, match="secrets are not pickled"):
        pickle.dumps(secrets)


def test_the_settings_never_hold_them(secrets: Secrets) -> None:
    settings = load_settings()
    assert "dede" not in settings_json(settings) + repr(settings)
    assert b"dede" not in pickle.dumps(settings)


def test_a_wrong_value_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNATURE_TYPE", KEY)
    with pytest.raises(ValueError) as caught:
        Secrets()
    assert "dede" not in str(caught.value)
