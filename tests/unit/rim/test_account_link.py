"""A shard goes on asking for news whatever goes wrong with a question: a deaf one would never hear of a fill."""

from __future__ import annotations

from itertools import count
from queue import Queue
from types import SimpleNamespace
from typing import Any

import pytest

from actors import account_link
from actors.account_link import AWAY, AccountLink, Heard
from astra_actors.venues.clob.words import Told, Weather

NEWS = (Told(gateway=1, number=1, market_id="", news=Weather(why="")),)


def test_it_asks_again_after_a_failure_that_nobody_named(monkeypatch: pytest.MonkeyPatch) -> None:
    looks, heard = count(), Queue[Heard]()
    poll = SimpleNamespace(remote=lambda *about: NEWS)

    def find(name: str, namespace: str) -> Any:
        if next(looks) == 0:
            raise RuntimeError("the head of the cluster is away for a moment")
        return SimpleNamespace(on_poll=poll)

    monkeypatch.setattr(account_link, "ray", SimpleNamespace(get_actor=find, get=lambda asked, timeout: asked))
    link = AccountLink(0, "astra-run", incarnation=1, post=heard.put)
    first, then = heard.get(timeout=10.0), heard.get(timeout=10.0)
    link.close()
    assert (first.told, first.why_not) == ((), AWAY)
    assert (then.told, then.why_not) == (NEWS, "")
