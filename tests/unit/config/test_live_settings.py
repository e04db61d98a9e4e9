"""Where an order may go: nowhere but this machine unless somebody said so, and never half here and half there."""

from __future__ import annotations

from typing import Any

import pytest

from astra_actors.config.live import is_loopback, is_usable
from astra_actors.config.load import load_settings
from astra_actors.kernel.errors import ConfigError

LOCAL = {
    "stream": {"gamma_url": "http://127.0.0.1:1/g", "clob_url": "http://127.0.0.1:1", "market_ws_url": "ws://127.0.0.1:1/m"},
    "live": {"gateway": {"user_ws_url": "ws://[::1]:1/u", "relayer_url": "http://localhost:1"}},
}  # fmt: skip


def load(flags: dict[str, Any], profile: str = "live") -> Any:
    return load_settings(profile=profile, environ={}, flags=flags)


def test_live_settings_on_this_machine_need_no_word() -> None:
    assert load(LOCAL).run.venue == "clob"


def test_the_venue_itself_needs_one() -> None:
    with pytest.raises(ConfigError, match=r"clob_url.*live\.allow_remote_hosts"):
        load({})
    assert load({"live": {"allow_remote_hosts": True}}).stream.clob_url.startswith("https://")


def test_every_remote_host_is_named() -> None:
    with pytest.raises(ConfigError) as refused:
        load({})
    for name in ("gamma_url", "clob_url", "market_ws_url", "user_ws_url", "relayer_url"):
        assert name in str(refused.value)


REFUSED = [
    pytest.param({"live": {"allow_remote_hosts": True, "gateway": {"user_ws_url": "ws://127.0.0.1:1/u"}}},
                 "one venue, not two", id="our fills would come from elsewhere"),
    pytest.param({"stream": {"clob_url": "http://clob.polymarket.com"}, "live": {"allow_remote_hosts": True}},
                 "https or wss", id="keys over a plain connection"),
    pytest.param({"live": {"allow_remote_hosts": True}, "run": {"calendar_speed": 60}},
                 "an hour is an hour", id="a hurried calendar at the venue"),
    pytest.param({**LOCAL, "run": {"feed": "world"}}, "polymarket", id="live orders on a synthetic feed"),
    pytest.param({**LOCAL, "live": {"phase": "F"}}, "phase", id="a phase that is none"),
    pytest.param({**LOCAL, "live": {"hearbeat_s": 5}}, "no such setting", id="a name that is none"),
    pytest.param({**LOCAL, "live": {"proof": {"arrival_s": 0}}}, "arrival_s", id="no time to arrive"),
]  # fmt: skip


@pytest.mark.parametrize(("flags", "said"), REFUSED)
def test_refused(flags: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(flags)


def test_paper_may_look_at_any_host() -> None:
    assert load({"run": {"feed": "polymarket"}}, profile="paper").run.venue == "paper"


HOSTS = [
    ("http://127.0.0.1:8000", True, True),
    ("ws://[::1]:1/x", True, True),
    ("http://localhost", True, True),
    ("https://127.0.0.1.example.com", False, True),
    ("http://localhost.example.com", False, False),
    ("https://user@127.0.0.1:1@example.com", False, True),
    ("ftp://127.0.0.1", True, False),
    ("", False, False),
    ("https://", False, False),
]


@pytest.mark.parametrize(("url", "loopback", "usable"), HOSTS)
def test_a_host_by_its_own_words(url: str, loopback: bool, usable: bool) -> None:
    assert (is_loopback(url), is_usable(url)) == (loopback, usable)
