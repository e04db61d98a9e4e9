"""The mailbox of a live market actor: it is bounded, and a bug in the engine thread answers every question."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import Any

import pytest

from actors import live_loop
from actors.live_loop import LiveLoop
from astra_actors.engine.messages import WindowCommand
from astra_actors.engine.window_memory import WindowMemory
from astra_actors.feeds.stream_words import Connected, Disconnected, Frame, Wanted, Word


class FakeStream:
    """Stands where the stream's thread does."""

    def __init__(self) -> None:
        self.renewed: list[tuple[int, str]] = []
        self.wanted = Wanted()

    @property
    def stream(self) -> FakeStream:
        return self

    def follow(self, added: list[Any], removed: list[Any]) -> None:
        assert not added
        assert not removed

    def renew(self, number: int, reason: str) -> None:
        self.renewed.append((number, reason))

    def close(self) -> None:
        """Nothing to close."""


class FakeShard:
    """Hears words; waits at the first one until the mailbox is full."""

    def __init__(self, gate: threading.Event) -> None:
        self.gate, self.heard, self.interrupted = gate, list[Word](), list[tuple[int, str]]()
        self.open_orders = 0
        self.memory = WindowMemory()

    def hear(self, word: Word) -> None:
        self.gate.wait(10)
        self.heard.append(word)

    def interrupt(self, number: int, now_ns: int, reason: str) -> None:
        self.interrupted.append((number, reason))

    def tick(self, now_ns: int) -> None:
        """Time means nothing here."""

    def take_subscriptions(self) -> tuple[list[Any], list[Any]]:
        return [], []

    def take_renewals(self) -> list[Any]:
        return []

    def wanted(self, now_ns: int) -> Wanted:
        return Wanted()

    def begin(self, command: WindowCommand) -> None:
        raise RuntimeError("a bug")


def test_a_connection_that_is_faster_than_we_are_is_dropped_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_loop, "MAILBOX_MAX", 3)
    gate, mailbox, stream = threading.Event(), SimpleQueue[Any](), FakeStream()
    shard = FakeShard(gate)
    last = Frame(9, 0, b"last")
    for word in [
        Connected(1, 0), *(Frame(2, 0, b"%d" % n) for n in range(5)), Frame(3, 1, b"other"), Disconnected(4, 0, 4, "x"), last
    ]:  # fmt: skip
        mailbox.put(word)
    loop = LiveLoop(shard, stream, mailbox, now_ns=lambda: 0)  # type: ignore[arg-type]
    gate.set()
    for _ in range(2_000):
        if last in shard.heard:
            break
        threading.Event().wait(0.005)
    loop.close()
    assert shard.interrupted == [(0, "the mailbox is full")]
    assert stream.renewed == [(0, "the mailbox is full")]
    assert shard.heard == [Connected(1, 0), Frame(3, 1, b"other"), Disconnected(4, 0, 4, "x"), last]


def test_a_bug_in_the_engine_thread_is_the_answer_to_every_question() -> None:
    loop = LiveLoop(FakeShard(threading.Event()), FakeStream(), SimpleQueue(), now_ns=lambda: 0)  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(RuntimeError, match="a bug"):
            loop.window(WindowCommand(window=1, from_ns=0, to_ns=1, lease_until_ns=2))
    loop.close()
