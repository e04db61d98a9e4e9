"""News for shards, numbered and kept until they are acknowledged; and which shard a market's owner lives in."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from astra_actors.venues.clob.words import News, Told, Weather


@dataclass(slots=True)
class Owner:
    """Who owns a market now. It is told nothing before everything known was told to it."""

    shard: int
    incarnation: int
    believed: tuple[str, ...] = ()  # orders that it took for open when it joined
    welcomed: bool = False


class Telling:
    """The outboxes of one holder of the account; `gateway` is its incarnation."""

    __slots__ = ("_gateway", "_news", "_numbers", "owners", "weather")

    def __init__(self, gateway: int) -> None:
        self._gateway = gateway
        self.weather = ""  # why no new order may rest, as it was said last
        self.owners: dict[str, Owner] = {}
        self._news: dict[int, deque[Told]] = {}
        self._numbers: dict[int, int] = {}

    def meet(self, shard: int) -> None:
        """A shard that is heard of for the first time hears at once, so that it knows who holds the account."""
        if shard not in self._news:
            self._news[shard], self._numbers[shard] = deque(), 0
            self.to_shard(shard, "", Weather(why=self.weather))

    def forecast(self, why: str) -> None:
        """Tell every shard whether new orders may rest, when that changes."""
        if why != self.weather:
            self.weather = why
            for shard in self._news:
                self.to_shard(shard, "", Weather(why=why))

    def join(self, shard: int, market_id: str, incarnation: int, believed: tuple[str, ...] = ()) -> bool:
        """Take an owner's word that it owns the market; False for one that was superseded."""
        known = self.owners.get(market_id)
        if known is not None and incarnation < known.incarnation:
            return False
        self.owners[market_id] = Owner(shard, incarnation, believed)
        return True

    def disown(self, market_id: str) -> None:
        """Nobody owns the market any more: what its last owner still says is refused, but cancels."""
        self.owners.pop(market_id, None)

    def to_market(self, market_id: str, news: News) -> None:
        """Tell a market's owner; one that has not been welcomed hears everything when it is."""
        owner = self.owners.get(market_id)
        if owner is not None and owner.welcomed:
            self.to_shard(owner.shard, market_id, news)

    def to_shard(self, shard: int, market_id: str, news: News) -> None:
        """Tell a shard, whoever owns the market."""
        self.meet(shard)
        self._numbers[shard] += 1
        self._news[shard].append(
            Told(gateway=self._gateway, number=self._numbers[shard], market_id=market_id, news=news)
        )

    def told(self, shard: int, after: int, *, at_most: int) -> tuple[Told, ...]:
        """What follows `after`; everything up to it is acknowledged and gone."""
        self.meet(shard)
        waiting = self._news[shard]
        after = after if after <= self._numbers[shard] else 0  # a number of another holder acknowledges nothing
        while waiting and waiting[0].number <= after:
            waiting.popleft()
        return tuple(waiting[index] for index in range(min(at_most, len(waiting))))

    def has_news(self, shard: int, after: int) -> bool:
        """Whether anything follows `after`."""
        self.meet(shard)
        waiting = self._news[shard]
        return bool(waiting) and (waiting[-1].number > after or after > self._numbers[shard])

    @property
    def unheard(self) -> int:
        """News that no shard has acknowledged yet."""
        return sum(map(len, self._news.values()))
