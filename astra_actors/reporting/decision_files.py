"""The decision artifacts of a run, searched where they lie: newest first, without reading what is not asked for."""

from __future__ import annotations

import mmap
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from astra_actors.reporting.artifact_log import SEGMENT_WINDOWS
from astra_actors.reporting.decision_artifact import Decision

_decode = msgspec.json.Decoder(Decision).decode


class Outcome(msgspec.Struct):
    """The part of a decision that a tally needs."""

    market_id: str
    action: str
    veto: str | None = None


class DecisionFiles:
    """The segments of one lineage. `folder` may be the lineage's own or the one above it."""

    def __init__(self, folder: Path, lineage: str) -> None:
        own = folder / lineage
        self.folder = own if own.is_dir() else folder
        self._paths = sorted(self.folder.glob("decisions-*.jsonl"), reverse=True)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to look at."""
        return not self._paths

    def get(self, decision_id: str, window: int) -> Decision | None:
        """One decision whose window is known."""
        path = self.folder / f"decisions-{(window - 1) // SEGMENT_WINDOWS:06d}.jsonl"
        return next(_matches(path, _key("decision_id", decision_id)), None)

    def find(self, prefix: str, most: int = 9) -> list[Decision]:
        """Decisions whose id begins so, the newest segment first."""
        found: list[Decision] = []
        for path in self._paths:
            for decision in _matches(path, _start("decision_id", prefix)):
                if decision.decision_id.startswith(prefix):
                    found.append(decision)
                if len(found) == most:
                    return found
        return found

    def last(self, market_id: str, *, skips_only: bool = False) -> Decision | None:
        """The last decision on a market, or its last skip."""
        for path in self._paths:
            for decision in _matches(path, _key("market_id", market_id), backwards=True):
                if decision.market_id == market_id and (not skips_only or decision.action == "SKIP"):
                    return decision
        return None

    def tally(self) -> tuple[Counter[str], Counter[str]]:
        """How often each action was taken, and how often each veto was why nothing rested."""
        actions: Counter[str] = Counter()
        vetoes: Counter[str] = Counter()
        decode = msgspec.json.Decoder(Outcome).decode
        for path in self._paths:
            with path.open("rb") as file:
                for line in file:
                    try:
                        outcome = decode(line)
                    except msgspec.MsgspecError:
                        continue  # the last line of a live run may be half written
                    actions[outcome.action] += 1
                    if outcome.veto is not None:
                        vetoes[outcome.veto] += 1
        return actions, vetoes

    def gate_vetoes(self, gate: str, veto: str) -> int:
        """In how many decisions one gate raised one veto, whether or not another came first."""
        words = [f'{{"name":"{gate}","ok":{ok},"veto":"{veto}"'.encode() for ok in ("true", "false")]
        total = 0
        for path in self._paths:
            with _mapped(path) as data:
                total += sum(_count(data, word) for word in words) if data is not None else 0
        return total


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap | None]:
    """The file as bytes without reading it; None where it is missing or empty."""
    if not path.exists() or path.stat().st_size == 0:
        yield None
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield data


def _matches(path: Path, needle: bytes, *, backwards: bool = False) -> Iterator[Decision]:
    with _mapped(path) as data:
        if data is None:
            return
        at = data.rfind(needle) if backwards else data.find(needle)
        while at >= 0:
            first = data.rfind(b"\n", 0, at) + 1
            last = data.find(b"\n", at)
            if last >= 0:
                yield _decode(data[first:last])
            at = data.rfind(needle, 0, first) if backwards else data.find(needle, last) if last >= 0 else -1


def _count(data: mmap.mmap, word: bytes) -> int:
    count, at = 0, data.find(word)
    while at >= 0:
        count, at = count + 1, data.find(word, at + len(word))
    return count


def _key(name: str, value: str) -> bytes:
    return _start(name, value) + b'"'


def _start(name: str, value: str) -> bytes:
    return f'"{name}":"'.encode() + msgspec.json.encode(value)[1:-1]
