"""What makes no sense for a live run, or would send an order where nobody meant it to go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astra_actors.config.live import hosts, is_loopback, is_usable
from astra_actors.config.mistakes import Mistake

if TYPE_CHECKING:
    from astra_actors.config.settings import Settings


def of_live(settings: Settings) -> list[Mistake]:
    """Every mistake of a run with `run.venue: clob`; a paper run sends nothing, so there is nothing to refuse."""
    run = settings.run
    if run.venue != "clob":
        return []
    found = []
    if run.feed != "polymarket":
        found.append(Mistake("run.feed", run.feed, "live orders follow the venue's own feed: set polymarket"))
    remote = [(name, url) for name, url in hosts(settings).items() if not is_loopback(url)]
    if not settings.live.allow_remote_hosts:
        remedy = "orders leave this machine only with live.allow_remote_hosts: true; rehearse with `astra rehearse`"
        found += [Mistake(name, url, remedy) for name, url in remote]
    elif remote and run.calendar_speed != 1.0:
        found.append(
            Mistake("run.calendar_speed", run.calendar_speed, "at the venue an hour is an hour: leave it at 1")
        )
    if remote and len(remote) < len(hosts(settings)):
        here = [name for name, url in hosts(settings).items() if is_loopback(url)]
        found.append(Mistake(remote[0][0], remote[0][1], f"{', '.join(here)} lead to this machine: one venue, not two"))
    for name, url in hosts(settings).items():
        if not is_usable(url):
            found.append(Mistake(name, url, "give an https or wss address; http and ws only on this machine"))
    return found
