"""Every reason not to trade is found at once, by name and with what to do; a sound account of each kind passes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from exchange_bench import Bench

from actors.key_client import LiveKeys
from actors.preflight import look
from astra_actors.venues.clob.gateway_params import GatewayParams
from astra_actors.venues.clob.preflight import Finding, failures


def keys(venue: Bench, who: int = 0, **more: Any) -> LiveKeys:
    account = venue.accounts[who]
    values = {name: account[name] for name in ("private_key", "signature_type", "funder")}
    return LiveKeys(**{**values, **more})


def params(venue: Bench, **more: Any) -> GatewayParams:
    return GatewayParams(user_ws_url=venue.hello["ws_user"], relayer_url=venue.hello["relayer"], **more)


def failed(venue: Bench, told: LiveKeys, **more: Any) -> dict[str, Finding]:
    return {each.name: each for each in failures(look(told, venue.hello["clob"], params(venue, **more)))}


@pytest.mark.parametrize("who", range(4))
def test_a_sound_account_passes_whatever_its_wallet_is(venue: Bench, who: int) -> None:
    found = look(keys(venue, who), venue.hello["clob"], params(venue))
    assert failures(found) == ()
    assert ("deposit wallet" in {each.name for each in found}) == (who == 1)


def test_credentials_that_came_along_are_used(venue: Bench) -> None:
    creds = venue.client(0).creds
    mine = {"api_key": creds.api_key, "api_secret": creds.api_secret, "api_passphrase": creds.api_passphrase}
    assert failed(venue, keys(venue, **mine)) == {}
    anothers = failed(venue, keys(venue, 2, **mine))
    assert "401" in anothers["API key"].told and "POLY_API_KEY" in anothers["API key"].remedy


WITHOUT_A_KEY = [
    ("there is none", {"private_key": ""}),
    ("it is too short", {"private_key": "0x12"}),
]


@pytest.mark.parametrize(("_name", "wrong"), WITHOUT_A_KEY, ids=[row[0] for row in WITHOUT_A_KEY])
def test_without_a_key_nothing_else_is_looked_at(venue: Bench, _name: str, wrong: dict[str, str]) -> None:
    found = failed(venue, keys(venue, **wrong))
    assert found["private key"].ok is False and "POLY_PRIVATE_KEY" in found["private key"].remedy
    assert [each.ok for each in found.values() if each.name != "private key"].count(None) == len(found) - 1 > 7


def test_everything_that_is_wrong_is_said_at_once(venue: Bench) -> None:
    account = venue.accounts[4]  # nearly empty
    venue.admin("act", {"do": "closed_only", "address": account["funder"], "on": True})
    venue.admin("act", {"do": "allow", "address": account["funder"], "on": False})
    venue.admin("faults", {"clock_skew_s": 60.0})
    found = failed(venue, keys(venue, 4), collateral_usd_min=50.0)
    assert set(found) == {
        "venue and clock", "may open positions", "collateral", "allowance (standard)", "allowance (neg_risk)"
    }  # fmt: skip
    assert all(each.ok is False and each.remedy for each in found.values())


def test_a_wallet_of_another_kind_is_noticed(venue: Bench) -> None:
    own = venue.accounts[1]["address"]
    assert "contract wallet" in failed(venue, keys(venue, 1, signature_type=0))["funder"].remedy
    assert set(failed(venue, keys(venue, 1, funder=own))) >= {"funder"}
    unknown = failed(venue, keys(venue, 1, funder="0x" + "12" * 20))
    assert "does not stand" in unknown["deposit wallet"].told


def test_a_venue_that_is_away_ends_the_questions(venue: Bench) -> None:
    found = {each.name: each for each in failures(look(keys(venue), "http://127.0.0.1:9", params(venue)))}
    assert "no answer" in found["venue and clock"].told
    assert found["API key"].ok is None


def test_a_place_that_is_not_served_is_said_to_be_one(venue: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from actors.official import Official, OfficialFailed

    def forbidden(self: Official) -> float:
        raise OfficialFailed("the venue's time", 403, {"error": "Trading restricted in your region"})

    monkeypatch.setattr(Official, "skew_s", forbidden)
    assert "does not serve this place" in failed(venue, keys(venue))["venue and clock"].remedy


def test_nothing_that_is_told_holds_a_secret(venue: Bench) -> None:
    creds = venue.client(0).creds
    told = keys(venue, api_key=creds.api_key, api_secret=creds.api_secret, api_passphrase="wrong")
    text = repr(told) + repr(look(told, venue.hello["clob"], params(venue)))
    for secret in (told.private_key, told.private_key[2:], creds.api_secret, creds.api_key):
        assert secret not in text
    with pytest.raises(TypeError):
        replace(told).__reduce__()
