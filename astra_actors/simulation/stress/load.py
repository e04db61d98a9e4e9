"""Reading scenarios: the shipped ones, a person's own, every mistake of all files told at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from astra_actors.config.load import shipped_dir
from astra_actors.config.mistakes import Mistake, refuse
from astra_actors.config.strict_yaml import read_yaml
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.nesting import too_deep
from astra_actors.simulation.stress.book import Book
from astra_actors.simulation.stress.scenarios import ALL, KINDS, WORST, Dispute, Gap, Resolve, Scenario, ScenarioFile
from astra_actors.simulation.stress.scenarios import Sequence as Steps

Model = TypeVar("Model", bound=BaseModel)

NAMES_SHOWN: Final = 12


def shipped_files() -> list[Path]:
    """The scenarios that come with Astra."""
    return sorted((shipped_dir() / "scenarios").glob("*.yaml"))


def load_scenarios(files: Sequence[Path] = ()) -> tuple[Scenario, ...]:
    """Shipped scenarios and those of `files`; one of the same name takes the place of the one before it."""
    found: dict[str, Scenario] = {}
    mistakes: list[Mistake] = []
    for path in (*shipped_files(), *files):
        names: set[str] = set()
        for scenario in _of_file(path, mistakes):
            if scenario.name in names:
                mistakes.append(Mistake(f"{path.name}: name", scenario.name, "name every scenario of a file once"))
            names.add(scenario.name)
            found[scenario.name] = scenario
    mistakes += _lost_steps(found)
    refuse(mistakes)
    return tuple(found.values())


def chosen(scenarios: Sequence[Scenario], only: Sequence[str]) -> tuple[Scenario, ...]:
    """The scenarios named; all of them when none is named."""
    if not only:
        return tuple(scenarios)
    names = [scenario.name for scenario in scenarios]
    refuse(
        [
            Mistake("--only", name, f"there is no such scenario; there are {_some(names)}")
            for name in only
            if name not in names
        ]
    )
    return tuple(scenario for scenario in scenarios if scenario.name in only)


def with_steps(wanted: Sequence[Scenario], known: Sequence[Scenario]) -> tuple[Scenario, ...]:
    """The scenarios and what their sequences are made of, in the order in which they are known."""
    names = {step for one in wanted if isinstance(one, Steps) for step in one.steps} | {one.name for one in wanted}
    return tuple(one for one in known if one.name in names)


def check_names(scenarios: Iterable[Scenario], book: Book) -> None:
    """Refuse scenarios that name a cluster or a market which the portfolio does not have."""
    clusters = book.clusters()
    mistakes = []
    for scenario in scenarios:
        named = getattr(scenario, "cluster", ALL) if isinstance(scenario, Resolve | Gap) else ALL
        special = (ALL, WORST) if isinstance(scenario, Resolve) else (ALL,)
        if named not in special and named not in clusters:
            there = f"the portfolio's clusters are {_some(clusters)}, or say {' or '.join(special)}"
            mistakes.append(Mistake(f"{scenario.name}.cluster", named, there))
        for market_id in scenario.markets if isinstance(scenario, Resolve | Dispute) else ():
            if market_id not in book.markets:
                there = f"the portfolio's markets are {_some(book.markets)}"
                mistakes.append(Mistake(f"{scenario.name}.markets", market_id, there))
    refuse(mistakes)


def of_validation(error: ValidationError, name: str, tree: Mapping[str, Any]) -> list[Mistake]:
    """What pydantic found, as field, value and remedy; `name` is the file."""
    return [_mistake(detail, name, tree) for detail in error.errors(include_url=False, include_context=False)]


def parsed(model: type[Model], tree: Mapping[str, Any], name: str, mistakes: list[Mistake]) -> Model | None:
    """The tree as `model`, or None and what is wrong with it."""
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        mistakes += of_validation(error, name, tree)
        return None


def read_text(path: Path, option: str) -> str:
    """A person's file as text; raises `BadInput`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise BadInput(option, str(path), f"give a file that can be read: {why}") from None
    if too_deep(text):
        raise BadInput(option, str(path), "write it without brackets inside each other thousands deep")
    return text


def _of_file(path: Path, mistakes: list[Mistake]) -> tuple[Scenario, ...]:
    tree = read_yaml(read_text(path, "--scenario"), name=path.name)
    if "kind" in tree and "scenarios" not in tree:
        tree = {"scenarios": [tree]}  # one scenario alone needs no list around it
    file = parsed(ScenarioFile, tree, path.name, mistakes)
    if file is not None and not file.scenarios:
        mistakes.append(Mistake(f"{path.name}: scenarios", [], "give at least one scenario"))
    return file.scenarios if file is not None else ()


def _lost_steps(found: Mapping[str, Scenario]) -> Iterator[Mistake]:
    for scenario in found.values():
        for step in scenario.steps if isinstance(scenario, Steps) else ():
            if step not in found:
                yield Mistake(f"{scenario.name}.steps", step, f"there is no such scenario; there are {_some(found)}")
            elif isinstance(found[step], Steps):
                yield Mistake(f"{scenario.name}.steps", step, "name its steps instead: a sequence holds no sequence")


def _mistake(detail: Mapping[str, Any], name: str, tree: Mapping[str, Any]) -> Mistake:
    steps = [step for step in detail["loc"] if step not in KINDS]
    field = f"{name}: {_place(steps, tree)}"
    if detail["type"] == "union_tag_invalid":
        kind = detail["input"].get("kind") if isinstance(detail["input"], Mapping) else detail["input"]
        return Mistake(f"{field}.kind", kind, f"choose one of {', '.join(KINDS)}")
    if detail["type"] == "union_tag_not_found":
        return Mistake(f"{field}.kind", None, f"say which kind it is: {', '.join(KINDS)}")
    if detail["type"] == "extra_forbidden":
        return Mistake(field, detail["input"], "there is no such field here; look into the documentation of this kind")
    if detail["type"] == "missing":
        return Mistake(field, None, "give it: this field has no default")
    message = str(detail["msg"]).removeprefix("Value error, ")
    return Mistake(field, detail["input"], message[:1].lower() + message[1:])


def _place(steps: Sequence[Any], tree: Any) -> str:
    """`scenarios.depeg.loss` rather than `scenarios.3.loss`, where the entry has a name or a market."""
    words, at = [], tree
    for step in steps:
        try:
            at = at[step]
        except (KeyError, IndexError, TypeError):
            at = None
        known = (at.get("name") or at.get("market")) if isinstance(at, Mapping) and isinstance(step, int) else None
        words.append(str(known if isinstance(known, str) else step))
    return ".".join(words)


def _some(names: Iterable[str]) -> str:
    known = sorted(names)
    more = f" and {len(known) - NAMES_SHOWN} more" if len(known) > NAMES_SHOWN else ""
    return (", ".join(known[:NAMES_SHOWN]) + more) or "none"
