"""The two threads of a live market actor: one waits on the network and owns sockets, one owns the markets.

They meet in one mailbox. Whatever reaches the markets passes through it, so their owner never needs a lock.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, Final

from actors.account_link import AccountLink, Heard
from astra_actors.engine.live_shard import LiveShard
from astra_actors.engine.messages import MarketHistory, ShardCounters, WindowCommand
from astra_actors.feeds.polymarket_stream import MarketStream
from astra_actors.feeds.stream_words import Disconnected, Frame, Word
from astra_actors.kernel.errors import Fenced, OutOfStep
from astra_actors.kernel.units import NS_PER_S
from astra_actors.market.instrument import Instrument
from astra_actors.risk.report import MarketReport

TICK_S: Final = 0.05  # how late a timer may run: a twentieth of the shortest patience
OVERFLOW: Final = "the mailbox is full"
MAILBOX_MAX: Final = 100_000  # frames; a minute of the busiest second on record is behind by then
Clock = Callable[[], int]


class StreamThread:
    """Run a `MarketStream` on an event loop of its own."""

    def __init__(self, open_stream: Callable[[], MarketStream]) -> None:
        self.stream: MarketStream
        self._ready = threading.Event()
        self._open = open_stream
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="stream", daemon=True)
        self._thread.start()
        self._ready.wait()

    def follow(self, added: Sequence[Instrument], removed: Sequence[Instrument]) -> None:
        """Subscribe and unsubscribe; does not wait."""
        if added:
            asyncio.run_coroutine_threadsafe(self.stream.add(added), self._loop)
        if removed:
            asyncio.run_coroutine_threadsafe(self.stream.remove(removed), self._loop)

    def renew(self, number: int, reason: str) -> None:
        """Make one connection anew; does not wait."""
        self._loop.call_soon_threadsafe(self.stream.renew, number, reason)

    def close(self) -> None:
        """End the connections and the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self.stream.close)
            self._thread.join(timeout=10.0)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self.stream = self._open()
        self._ready.set()
        await self.stream.run()


class _Window:
    """A window's command, and where its answer goes."""

    def __init__(self, command: WindowCommand) -> None:
        self.command, self.answer = command, Future[Any]()


class _Act:
    """Something else that the markets' owner shall do; never answered with None."""

    def __init__(self, act: Callable[[LiveShard], Any]) -> None:
        self.act, self.answer = act, Future[Any]()


class LiveLoop:
    """Own a live shard and its mailbox. `account` is the way to the account at the venue, None on paper."""

    def __init__(self, shard: LiveShard, stream: StreamThread, mailbox: SimpleQueue[Any], *, now_ns: Clock) -> None:
        self.shard = shard
        self.overflows = 0
        self.account: AccountLink | None = None
        self._stream, self._mailbox, self._now_ns = stream, mailbox, now_ns
        self._stopping: _Window | None = None  # a window that waits until every order is gone
        self._ticked_ns = 0
        self._dropping: dict[int, None] = {}  # connections whose frames are thrown away until they end
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def ask(self, question: _Window | _Act) -> Any:
        """Put a question into the mailbox and wait for its answer."""
        if self._failure is not None:
            raise self._failure
        self._mailbox.put(question)
        return question.answer.result()

    def window(self, command: WindowCommand) -> Any:
        """The window's result and records."""
        return self.ask(_Window(command))

    def recover(self, histories: Sequence[MarketHistory]) -> tuple[MarketReport, ...]:
        """Take over markets."""
        reports: tuple[MarketReport, ...] = self.ask(_Act(lambda shard: shard.recover(histories)))
        return reports

    def adopt(self, epoch: int, window: int) -> ShardCounters:
        """Go on under another Supervisor."""
        counters: ShardCounters = self.ask(_Act(lambda shard: shard.adopt(epoch, window)))
        return counters

    def start_over(self) -> None:
        """Forget every market."""
        self.ask(_Act(_start_over))

    @property
    def heard_ns(self) -> int | None:
        """When the quietest of the connections that stand last said anything, or the last word while none stands.

        None before the first word. Any thread may ask.
        """
        links = [link for link in list(self.shard.links.values()) if link.data_ns]
        standing = [link.data_ns for link in links if link.up]
        return min(standing) if standing else max((link.data_ns for link in links), default=None)

    @property
    def waiting(self) -> int:
        """Messages that nobody has taken yet."""
        return self._mailbox.qsize()

    @property
    def stream(self) -> MarketStream:
        """The stream that feeds the markets."""
        return self._stream.stream

    def close(self) -> None:
        """End the threads."""
        self._stream.close()
        if self.account is not None:
            self.account.close()
        self._mailbox.put(None)
        self._thread.join(timeout=10.0)

    def _run(self) -> None:
        pending: Any = None
        try:
            while (pending := self._next()) is not None:
                if pending is not _NOTHING:
                    self._take(pending)
                    self._speak()
                now_ns = self._now_ns()
                if now_ns - self._ticked_ns >= TICK_S * NS_PER_S:
                    self._tick(now_ns)
        except BaseException as error:  # a bug: every question from now on is answered with it
            self._failure = error
            self._refuse(pending, error)

    def _next(self) -> Any:
        try:
            return self._mailbox.get(timeout=TICK_S)
        except Empty:
            return _NOTHING

    def _take(self, message: Any) -> None:
        if isinstance(message, Word):
            self._hear(message)
        elif isinstance(message, Heard):
            self.shard.hear_account(message.told, message.why_not, self._now_ns())
        elif isinstance(message, _Window):
            self._answer(message, self._window)
        else:
            self._answer(message, lambda asked: asked.act(self.shard))

    def _answer(self, question: Any, act: Callable[[Any], Any]) -> None:
        """Answer a question; one that may not be put, by whom it was put, is no bug of ours."""
        try:
            answer = act(question)
        except (Fenced, OutOfStep) as refused:
            question.answer.set_exception(refused)
        else:
            if answer is not None:
                question.answer.set_result(answer)
        self._steer()

    def _window(self, message: _Window) -> Any:
        known = self.shard.memory.recall(message.command)
        if known is not None:
            return known
        self.shard.tick(self._now_ns())
        self.shard.begin(message.command)
        if message.command.cancel_all:
            self._stopping = message  # answered by the tick that finds no order left
            return None
        return self.shard.finish(message.command, self._now_ns())

    def _tick(self, now_ns: int) -> None:
        self._ticked_ns = now_ns
        self.shard.tick(now_ns)
        self._steer()
        self._speak()
        stopping = self._stopping
        if stopping is not None and (not self.shard.open_orders or now_ns >= stopping.command.to_ns):
            self._stopping = None
            self.shard.end_sessions(now_ns, "stop")
            stopping.answer.set_result(self.shard.finish(stopping.command, now_ns))

    def _speak(self) -> None:
        """Hand on what the markets have to say to the account, before anything else happens."""
        if self.account is not None and self.shard.talk is not None and (words := self.shard.talk.take_words()):
            self.account.say(words)

    def _steer(self) -> None:
        """Hand the stream what the markets ask of it."""
        self._stream.follow(*self.shard.take_subscriptions())
        for number, reason in self.shard.take_renewals():
            self._stream.renew(number, reason)
        self._stream.stream.wanted = self.shard.wanted(self._now_ns())

    def _hear(self, word: Word) -> None:
        """Pass a word on; where we are slower than the feed, a connection is dropped whole and starts over."""
        if isinstance(word, Frame):
            if word.connection in self._dropping:
                return
            if self._mailbox.qsize() > MAILBOX_MAX:
                self.overflows += 1
                self._dropping[word.connection] = None
                self.shard.interrupt(word.connection, word.at_ns, OVERFLOW)
                self._stream.renew(word.connection, OVERFLOW)
                return
        elif isinstance(word, Disconnected):
            self._dropping.pop(word.connection, None)
        self.shard.hear(word)

    def _refuse(self, pending: Any, error: BaseException) -> None:
        waiting = [pending, self._stopping]
        while not self._mailbox.empty():
            waiting.append(self._mailbox.get())
        for one in waiting:
            if isinstance(one, _Window | _Act) and not one.answer.done():
                one.answer.set_exception(error)


def _start_over(shard: LiveShard) -> bool:
    shard.start_over()
    return True


_NOTHING: Final = object()
