"""A gazetteer from the plain mapping that a file holds, or everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from astra_actors.clustering.entity_graph import alias_mistakes, implication_mistakes
from astra_actors.clustering.gazetteer import Alias, Case, Entity, Gazetteer, Guard, Override
from astra_actors.clustering.words import words_of
from astra_actors.kernel.canonical import canonical_hash

Finding = tuple[str, Any, str]  # field, value, remedy

SECTIONS: Final = ("version", "contexts", "entities", "overrides")
ENTITY_FIELDS: Final = ("aliases", "case", "needs", "vetoes", "implies", "broad")
ALIAS_FIELDS: Final = ("alias", "case", "needs", "vetoes")
OVERRIDE_FIELDS: Final = ("market", "clusters", "reason")


def gazetteer_of(tree: Mapping[str, Any]) -> tuple[Gazetteer, list[Finding]]:
    """The gazetteer and what is wrong with it; with a finding it must not be used."""
    reading = _Reading()
    reading.unknown("", tree, SECTIONS)
    version = tree.get("version")
    if type(version) is not int or version < 1:
        reading.wrong("version", version, "give the number of this version of the file, 1 or more")
        version = 0
    contexts = reading.contexts(tree.get("contexts") or {})
    raw = reading.mapping("entities", tree.get("entities"))
    entities = {name: reading.entity(name, fields, contexts) for name, fields in raw.items()}
    overrides = reading.overrides(tree.get("overrides") or [])
    reading.findings += alias_mistakes(entities.values()) + implication_mistakes(entities)
    if not entities and not reading.findings:
        reading.wrong("entities", {}, "name at least one entity")
    digest = "" if reading.findings else canonical_hash(tree)
    return Gazetteer(version=version, digest=digest, entities=entities, overrides=overrides), reading.findings


class _Reading:
    """Collects findings while it reads."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def wrong(self, place: str, value: Any, remedy: str) -> None:
        self.findings.append((place, value, remedy))

    def unknown(self, place: str, fields: Mapping[str, Any], known: Sequence[str]) -> None:
        for name in fields:
            if name not in known:
                self.wrong(f"{place}{name}", fields[name], f"there is no such field; there are: {', '.join(known)}")

    def mapping(self, place: str, value: Any) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        self.wrong(place, value, "write a mapping of names")
        return {}

    def texts(self, place: str, value: Any) -> list[str]:
        if isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value):
            return value
        self.wrong(place, value, "write a list of texts; quote what YAML would read as a number, a date or a switch")
        return []

    def contexts(self, raw: Any) -> dict[str, list[str]]:
        return {name: self.texts(f"contexts.{name}", words) for name, words in self.mapping("contexts", raw).items()}

    def entity(self, name: str, raw: Any, contexts: Mapping[str, list[str]]) -> Entity:
        place = f"entities.{name}."
        fields = self.mapping(place.rstrip("."), raw)
        self.unknown(place, fields, ENTITY_FIELDS)
        broad = fields.get("broad", False)
        if not isinstance(broad, bool):
            self.wrong(f"{place}broad", broad, "write true or false")
        return Entity(
            name=name,
            aliases=self.aliases(place, fields, contexts),
            implies=tuple(self.texts(f"{place}implies", fields.get("implies", []))),
            broad=bool(broad),
        )

    def aliases(self, place: str, entity: Mapping[str, Any], contexts: Mapping[str, list[str]]) -> tuple[Alias, ...]:
        raw = entity.get("aliases")
        if not isinstance(raw, list) or not raw:
            self.wrong(f"{place}aliases", raw, "write a list with at least one alias")
            return ()
        shared = {key: entity[key] for key in ("case", "needs", "vetoes") if key in entity}
        read = []
        for number, one in enumerate(raw):
            at = f"{place}aliases.{number}."
            fields = one if isinstance(one, Mapping) else {"alias": one}
            self.unknown(at, fields, ALIAS_FIELDS)
            alias = self.alias(at, {**shared, **fields}, contexts)
            read += [alias] if alias else []
        return tuple(read)

    def alias(self, place: str, fields: Mapping[str, Any], contexts: Mapping[str, list[str]]) -> Alias | None:
        text = fields.get("alias")
        written = words_of(text).written if isinstance(text, str) else ()
        if not written:
            self.wrong(f"{place}alias", text, "write the alias as a text with a word in it")
            return None
        case = fields.get("case", Case.ANY.value)
        if case not in [one.value for one in Case]:
            self.wrong(f"{place}case", case, f"write one of {', '.join(one.value for one in Case)}")
            case = Case.ANY.value
        return Alias(
            written=written,
            case=Case(case),
            needs=self.guard(f"{place}needs", fields.get("needs", []), contexts),
            vetoes=self.guard(f"{place}vetoes", fields.get("vetoes", []), contexts),
        )

    def guard(self, place: str, raw: Any, contexts: Mapping[str, list[str]]) -> Guard:
        words: set[str] = set()
        phrases: list[str] = []
        for text in self.texts(place, raw):
            if text.startswith("@") and text[1:] not in contexts:
                self.wrong(place, text, f"there is no such context; there are: {', '.join(contexts) or 'none'}")
                continue
            for one in contexts[text[1:]] if text.startswith("@") else [text]:
                small = words_of(one).small
                if len(small) == 1:
                    words.add(small[0])
                elif small:
                    phrases.append(f" {' '.join(small)} ")
        return Guard(words=frozenset(words), phrases=tuple(dict.fromkeys(phrases)))

    def overrides(self, raw: Any) -> dict[str, Override]:
        found: dict[str, Override] = {}
        if not isinstance(raw, list):
            self.wrong("overrides", raw, "write a list of overrides, each with market, clusters and reason")
            return found
        for number, fields in enumerate(raw):
            place = f"overrides.{number}."
            fields = self.mapping(place.rstrip("."), fields)
            self.unknown(place, fields, OVERRIDE_FIELDS)
            market, reason = fields.get("market"), fields.get("reason")
            clusters = tuple(self.texts(f"{place}clusters", fields.get("clusters")))
            for key, text in (("market", market), ("reason", reason)):
                if not isinstance(text, str) or not text.strip():
                    self.wrong(f"{place}{key}", text, "write a text; quote an id that looks like a number")
            if isinstance(market, str) and market in found:
                self.wrong(f"{place}market", market, "a market has one override; put its clusters together")
            if not clusters:
                self.wrong(f"{place}clusters", [], "name at least one cluster")
            found[str(market)] = Override(market_id=str(market), clusters=clusters, reason=str(reason))
        return found
