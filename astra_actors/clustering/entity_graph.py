"""What must hold between entities: an alias means one thing, and implications lead somewhere and never back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from astra_actors.clustering.gazetteer import Alias, Case, Entity


def alias_mistakes(entities: Iterable[Entity]) -> list[tuple[str, Any, str]]:
    """Aliases that stand twice. Two entities may share one when context can tell which is meant."""
    seen: dict[tuple[str, ...], list[tuple[Entity, Alias]]] = {}
    found = []
    for entity in entities:
        for alias in entity.aliases:
            others = seen.setdefault(alias.small, [])
            for other, known in others:
                if _told_apart(alias, known, same=other is entity):
                    continue
                remedy = (
                    f"it stands under {other.name} already; leave it out in one of them, or say what each of them needs"
                )
                found.append((f"entities.{entity.name}.aliases", alias.text, remedy))
                break
            others.append((entity, alias))
    return found


def implication_mistakes(entities: Mapping[str, Entity]) -> list[tuple[str, Any, str]]:
    """Implied entities that do not exist, and circles of implications, each told once."""
    found: list[tuple[str, Any, str]] = []
    for entity in entities.values():
        for target in entity.implies:
            if target not in entities:
                close = get_close_matches(target, entities, n=1)
                hint = f"; did you mean {close[0]}?" if close else ""
                found.append((f"entities.{entity.name}.implies", target, f"there is no such entity{hint}"))
    done: set[str] = set()
    for name in entities:
        if circle := _circle_from(name, entities, done):
            where = f"entities.{circle[0]}.implies"
            found.append((where, " -> ".join(circle), "take one of these implications out: they go in a circle"))
    return found


def _told_apart(alias: Alias, known: Alias, *, same: bool) -> bool:
    """By their letters, or by what stands around them: one of them needs something, the other needs or refuses something."""
    for one, other in ((alias, known), (known, alias)):
        if one.case is Case.EXACT and one.written != other.written and other.case is not Case.ANY:
            return True
    guarded = all(one.needs or one.vetoes for one in (alias, known))
    return not same and guarded and bool(alias.needs or known.needs)


def _circle_from(start: str, entities: Mapping[str, Entity], done: set[str]) -> list[str]:
    """The first circle that can be reached from here; walks without recursion, since a file may be long."""
    path: list[str] = []
    waiting = [(start, 0)]
    while waiting:
        name, depth = waiting.pop()
        del path[depth:]
        if name in path:
            done.update(path)
            return [*path[path.index(name) :], name]
        if name in done or name not in entities:
            continue
        path.append(name)
        targets = [target for target in entities[name].implies if target in entities]
        if all(target in done for target in targets):
            done.add(name)
        waiting += [(target, depth + 1) for target in reversed(targets)]
    done.update(path)
    return []
