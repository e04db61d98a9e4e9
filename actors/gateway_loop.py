"""One event loop around the account: its deeds become requests and rows, and what comes back is handed in again.

Nothing is decided here. Every hand-in is followed by the deeds that follow from it, so nothing waits for a timer.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from actors.clock_watch import ClockWatch
from actors.gateway_meter import GatewayMeter
from actors.heartbeat import Heartbeat
from actors.official import Official, OfficialFailed
from actors.user_socket import Heard, UserSocket
from actors.venue_http import ClobHttp
from astra_actors.kernel.errors import BadInput, Fenced
from astra_actors.reporting.logging import get_logger
from astra_actors.venues.clob.account import Account
from astra_actors.venues.clob.account_rows import AccountRow, ReconciliationRow
from astra_actors.venues.clob.answers import AnswerFailed
from astra_actors.venues.clob.deeds import Ask, Deed, Post, Record, TakeOff, TakeOffAll
from astra_actors.venues.clob.gateway_params import GatewayParams
from astra_actors.venues.clob.signals import Reply
from astra_actors.venues.clob.user_frames import UserDecoder
from astra_actors.venues.clob.words import Cancel, Join, Told, Word
from astra_actors.venues.signing.credentials import Credentials
from astra_actors.venues.signing.wallet_key import WalletKey

LOG: Final = get_logger("gateway")
POLL_S: Final = 2.0  # how long a question for news waits for some
LEDGER_AGAIN_S: Final = 0.2  # between two attempts to have rows written
TELL_S: Final = 1.0
LOOK_S: Final = 0.1  # between two looks whether everything is clear
ASKED: Final = "asked"  # the cause of a comparison that an operator wants
NOBODY: Final = -1  # the shard whose words an operator's are
WRONG_PROOF: Final = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What the loop talks to. `write` raises `Fenced` for good, anything else for now; `learned` gives new fill ids."""

    http: ClobHttp
    official: Official
    write: Callable[[Sequence[AccountRow]], Awaitable[None]]
    learned: Callable[[], Sequence[str]]
    die: Callable[[int], float]


class GatewayLoop:
    """Own the account while it is traded. Every method runs on the loop that runs `run`."""

    def __init__(
        self, account: Account, ports: Ports, params: GatewayParams, *, key: WalletKey, credentials: Credentials
    ) -> None:
        self.account = account
        self.turns = 0
        self.seen: dict[str, Any] = {}  # the account's summary, replaced as a whole: other threads read it
        self.meter = GatewayMeter()
        self._ports, self._params, self._key = ports, params, key
        self._decoder = UserDecoder()
        heard = Heard(frame=self._frame, connected=self._connected, disconnected=self._disconnected)
        self.socket = UserSocket(params, credentials, heard, die=ports.die)
        self._tasks: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()  # replaced at each ring
        self._asked_rows: list[ReconciliationRow] = []  # comparisons that an operator asked for
        self._timer: asyncio.TimerHandle | None = None
        self._closing = asyncio.Event()
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._heart = Heartbeat(ports.official.beat, params.heartbeat_s, self._beaten)
        self._clock = ClockWatch(ports.official.skew_s, self._skewed)

    async def run(self) -> None:
        """Trade until `close`; raises what broke it: a successor (`Fenced`), or a bug."""
        works = (self.socket.run(), self._heart.run(), self._clock.run(), self._tell(), self._closing.wait())
        background: list[asyncio.Future[Any]] = [asyncio.create_task(each) for each in works]
        self.turn()
        try:
            done, _ = await asyncio.wait([self._broken, *background], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            self._closing.set()
            self.socket.close()
            if self._timer is not None:
                self._timer.cancel()
            for task in (*background, *self._tasks):
                task.cancel()
            await asyncio.gather(*background, *self._tasks, return_exceptions=True)
            await self._ports.http.close()

    def close(self) -> None:
        """End; whatever rests stays where it is."""
        self._closing.set()

    # -- what owners and operators ask --------------------------------------------------------------------------------

    def on_words(self, shard: int, words: Sequence[Word]) -> None:
        """Take words in the order in which they were said."""

        def take() -> None:
            if any(isinstance(word, Join) for word in words):
                self.account.learn_fills(self._ports.learned())
            self.account.on_words(shard, words, now_ms())

        self._hand_in(take)

    async def on_poll(self, shard: int, after: int) -> tuple[Told, ...]:
        """The news of a shard after a number; waits a while for some."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                while not self.account.has_news(shard, after):
                    await self._news.wait()
        return self.account.told(shard, after)

    async def on_stop(self, timeout_s: float) -> dict[str, Any]:
        """Cancel everything and wait for the proof; what is not proven is named."""
        began = time.monotonic()
        self._hand_in(lambda: self.account.stop(now_ms()))
        asked_twice = False
        while not self.account.is_clear and (passed_s := time.monotonic() - began) < timeout_s:
            if not asked_twice and passed_s > timeout_s / 2:
                asked_twice = True
                self._start(self._cancel_all_otherwise())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._news.wait()
        return {
            "cleared": self.account.is_clear,
            "seconds": round(time.monotonic() - began, 3),
            "open": self.account.open_orders(),
        }

    async def on_reconcile(self, timeout_s: float) -> dict[str, Any]:
        """Compare the ledger with the venue now; the comparison's row, or an empty one when it takes longer."""
        self._asked_rows.clear()
        self._hand_in(lambda: self.account.reconcile_now(ASKED, now_ms()))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while not self._asked_rows:
                    await self._news.wait()
        return asdict(self._asked_rows[-1]) if self._asked_rows else {}

    def on_cancel_market(self, market_id: str, reason: str, given_up: bool) -> int:
        """Cancel what is open in a market; how many orders that are. One that is given up takes no orders any more."""
        if given_up:
            self.account.disown(market_id)
        mine = [each for each in self.account.open_orders() if each["market_id"] == market_id]
        words = [Cancel(market_id=market_id, order_id=each["order_id"], reason=reason) for each in mine]
        self.on_words(NOBODY, words)
        return len(words)

    # -- the account's turn -------------------------------------------------------------------------------------------

    def turn(self) -> None:
        """Do what is to be done now, ring for whoever waits for news, and see when to look again."""
        self._hand_in(lambda: None)

    def _hand_in(self, news: Callable[[], None]) -> None:
        if self._closing.is_set():
            return
        try:
            news()
            self.turns += 1
            at_ms = now_ms()
            for deed in self.account.deeds(at_ms):
                self._start(self._do(deed))
            wait_s = max(0.001, (self.account.wake_ms(at_ms) - at_ms) / 1_000)
        except Exception as error:  # a bug of ours: the process ends, its successor reads the ledger
            self._break(error)
            return
        rung, self._news = self._news, asyncio.Event()
        rung.set()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(wait_s, self.turn)

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(self._watched(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watched(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Exception as error:
            self._break(error)

    def _break(self, error: Exception) -> None:
        if not self._broken.done():
            self._broken.set_exception(error)

    async def _do(self, deed: Deed) -> None:
        http, account = self._ports.http, self.account
        match deed:
            case Record():
                await self._record(deed)
                account.on_recorded(deed.number, now_ms())
            case Post():
                reply, body = await self._post(deed)
                account.on_posted(deed.number, reply, body, now_ms())
            case TakeOff():
                reply, body = await http.take_off(deed.venue_ids)
                self._look_at(reply)
                account.on_taken_off(deed.number, reply, body, now_ms())
            case TakeOffAll():
                reply, body = await http.take_off_all()
                account.on_taken_off(deed.number, reply, body, now_ms())
            case Ask():
                with self.meter.question():
                    answer = await http.answer(deed.question)
                if isinstance(answer, AnswerFailed):
                    self._look_at(answer.reply)
                account.on_answered(deed.number, answer, now_ms())
        self.turn()

    async def _record(self, deed: Record) -> None:
        """Have the rows written, however often the ledger is away meanwhile."""
        with self.meter.write_ahead():
            while True:
                try:
                    await self._ports.write(deed.rows)
                    break
                except Fenced:
                    raise
                except Exception as error:
                    LOG.warning("ledger.away", why=f"{type(error).__name__}: {error}".splitlines()[0])
                    await asyncio.sleep(LEDGER_AGAIN_S)
        asked = (row for row in deed.rows if isinstance(row, ReconciliationRow) and row.cause == ASKED)
        self._asked_rows.extend(asked)

    async def _post(self, deed: Post) -> tuple[Reply, bytes]:
        try:
            with self.meter.round_trip():
                reply, body = await self._ports.http.post(deed.drafts, self._key)
        except BadInput as error:  # it could not even be signed
            return Reply(status=None, text=str(error), sent=False), b""
        self._look_at(reply)
        return reply, body

    def _look_at(self, reply: Reply) -> None:
        """A proof that is refused may be one of a wrong time."""
        if reply.status == WRONG_PROOF:
            self._clock.look_soon()

    def _skewed(self, skew_s: float) -> None:
        self._ports.http.skew_s = skew_s
        self._hand_in(lambda: self.account.on_clock(round(skew_s * 1_000)))

    async def _cancel_all_otherwise(self) -> None:
        """Through the venue's own client and its own connections; the proof comes by asking, as ever."""
        with contextlib.suppress(OfficialFailed):
            await asyncio.to_thread(self._ports.official.cancel_all)

    # -- the user channel, the heartbeat, the figures -----------------------------------------------------------------

    def _frame(self, raw: bytes) -> None:
        if events := self._decoder.frame(raw):
            self._hand_in(lambda: self.account.on_events(events, now_ms()))

    def _connected(self) -> None:
        LOG.info("user.connected", connects=self.socket.connects)
        self._hand_in(lambda: self.account.on_connected(now_ms()))

    def _disconnected(self, why: str) -> None:
        LOG.warning("user.disconnected", why=why)
        self._hand_in(lambda: self.account.on_disconnected(now_ms()))

    def _beaten(self, taken: bool) -> None:
        self._hand_in(lambda: self.account.on_heartbeat(taken, now_ms()))

    async def _tell(self) -> None:
        while True:
            http, socket = self._ports.http, self.socket
            beat_age_s = self._heart.age_s
            self.seen = {
                **self.account.summary(),
                "turns": self.turns,
                "user_uptime": round(socket.uptime, 4),
                "user_connects": socket.connects,
                "user_frames": socket.frames,
                "user_rejected": self._decoder.rejected,
                "heartbeat_age_s": None if beat_age_s is None else round(beat_age_s, 1),
                "requests": http.requests,
                "requests_failed": http.failed,
                **self.meter.quantiles(),
            }
            self.meter.tell(self.seen)
            await asyncio.sleep(TELL_S)


def now_ms() -> int:
    """Our clock."""
    return time.time_ns() // 1_000_000
