"""A shard's way to the Gateway: words go out without waiting, news come in by a question that waits there.

The Gateway is found by name, and found again when it has a successor. A shard whose Gateway does not answer hears of that as
well, since nothing new may rest then.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import ray
from ray.exceptions import RayError

from astra_actors.reporting.logging import get_logger
from astra_actors.venues.clob.words import Told, Word

LOG: Final = get_logger("account")
LOOK_AGAIN_S: Final = 0.2  # between two looks for a Gateway that is not there
PATIENCE_S: Final = 10.0  # a question that waits two seconds at the Gateway, and is lost by then
AWAY: Final = "the holder of the account does not answer"


@dataclass(frozen=True, slots=True)
class Heard:
    """What was told, and why the Gateway cannot be reached; empty when it can."""

    told: Sequence[Told]
    why_not: str


class AccountLink:
    """Between one shard and whichever Gateway is there. `post` takes what is heard, from a thread of this link."""

    def __init__(self, index: int, namespace: str, *, incarnation: int, post: Callable[[Heard], None]) -> None:
        self._index, self._namespace = index, namespace
        self._incarnation, self._post = incarnation, post
        self._gateway: Any = None
        self._unsaid: list[tuple[Word, ...]] = []
        self._speaking = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="account", daemon=True)
        self._thread.start()

    def say(self, words: tuple[Word, ...]) -> None:
        """Send words in their order; what cannot be sent now goes before what is said next."""
        with self._speaking:
            self._unsaid.append(words)
            self._send()

    def close(self) -> None:
        """End the thread; the last question may stay unanswered."""
        self._closed.set()
        self._thread.join(timeout=LOOK_AGAIN_S + PATIENCE_S)

    def _send(self) -> None:
        """Hand every unsaid word to the Gateway, in order; Ray keeps one sender's order."""
        while self._unsaid and self._gateway is not None:
            words = self._unsaid.pop(0)
            self._gateway.on_words.remote(self._index, self._incarnation, words)

    def _listen(self) -> None:
        number = 0  # of the last news; another Gateway counts from the beginning
        while not self._closed.is_set():
            try:
                if self._gateway is None and not self._find():
                    self._post(Heard((), AWAY))
                    self._closed.wait(LOOK_AGAIN_S)
                    continue
                told = ray.get(self._gateway.on_poll.remote(self._index, self._incarnation, number), timeout=PATIENCE_S)
            except (RayError, TimeoutError):
                self._lose()
                number = 0
                continue
            except Exception as error:  # whatever it is: without this thread nobody would hear of a fill
                LOG.warning("account.unheard", why=f"{type(error).__name__}: {error}".splitlines()[0])
                self._lose()
                number = 0
                self._closed.wait(LOOK_AGAIN_S)
                continue
            number = told[-1].number if told else number
            self._post(Heard(told, ""))

    def _find(self) -> bool:
        try:
            found = ray.get_actor("gateway", namespace=self._namespace)
        except ValueError:
            return False
        with self._speaking:
            self._gateway = found
            self._send()
        return True

    def _lose(self) -> None:
        """What was said to a Gateway that died is not said again: an order whose fate it took along is proven by the next."""
        with self._speaking:
            self._gateway = None
        self._post(Heard((), AWAY))
