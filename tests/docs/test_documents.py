"""The documents say what the code does: reference pages equal the code, links resolve, commands exist (style §7, 32)."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner

from astra_actors.cli.main import app
from astra_actors.kernel.facts import FACTS
from astra_actors.risk.veto import Veto

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs" / "reference"
README = ROOT / "README.md"
DOCUMENTS = sorted([README, ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
README_LINES_MAX = 120
DECISION_LINES_MAX = 60  # one screen, with room for a table

# A place that exists on one machine only; the heartbeat's default is the one path that is the same everywhere.
MACHINE = re.compile(r"(?<![\w.<~/-])/(?:home|root|work|Users|mnt|srv|tmp(?!/astra_health\b))(?:/[\w.-]+)+")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
SHELL = re.compile(r"^```(?:sh|bash|shell|console)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def generator() -> ModuleType:
    """`docs/generate.py`, which is no part of a package."""
    spec = importlib.util.spec_from_file_location("astra_docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def known_commands() -> dict[str, Any]:
    return dict(generator().commands())


@pytest.mark.parametrize("page", ["cli.md", "settings.md", "facts.md", "exported_metrics.md"])
def test_a_reference_page_is_what_the_code_says(page: str) -> None:
    said = generator().PAGES[page]()
    written = (REFERENCE / page).read_text(encoding="utf-8")
    assert written == said, "run: .venv/bin/python docs/generate.py"


def test_every_page_of_the_generator_is_compared() -> None:
    assert sorted(generator().PAGES) == ["cli.md", "exported_metrics.md", "facts.md", "settings.md"]


def test_every_command_has_its_section() -> None:
    text = (REFERENCE / "cli.md").read_text(encoding="utf-8").splitlines()
    assert len(known_commands()) >= 10
    assert [name for name in known_commands() if f"## astra {name}" not in text] == []


def test_every_setting_has_its_row() -> None:
    sections = tables_of((REFERENCE / "settings.md").read_text(encoding="utf-8"))
    names = generator().setting_names()
    assert len(names) > 150
    assert [name for name in names if name.rpartition(".")[2] not in sections.get(name.rpartition(".")[0], ())] == []


def test_every_fact_and_column_has_its_row() -> None:
    sections = tables_of((REFERENCE / "facts.md").read_text(encoding="utf-8"))
    common = ("seq", "market_id", "venue_ns", "local_ns", "cause")
    for fact in FACTS:
        own = [name for name in fact.__struct_fields__ if name not in common]
        assert sections[fact.table] == own


def test_every_veto_has_its_row() -> None:
    text = (REFERENCE / "vetoes.md").read_text(encoding="utf-8")
    assert [veto.name for veto in Veto if f"| `{veto.name}` |" not in text] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_inside_the_repository_resolves(path: Path) -> None:
    broken = []
    for target in LINK.findall(without_code(path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors_of(there)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_command_in_a_shell_block_exists(path: Path) -> None:
    lines = list(shell_lines(path.read_text(encoding="utf-8")))
    assert [line for line in lines if not runs(line)] == []


def test_the_readme_has_commands_to_run() -> None:
    text = README.read_text(encoding="utf-8")
    lines = list(shell_lines(text))
    assert any(line.startswith("make paper") for line in lines)
    assert any(line.startswith("make test") for line in lines)
    assert len(text.splitlines()) <= README_LINES_MAX


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_no_document_names_a_place_on_one_machine(path: Path) -> None:
    assert MACHINE.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("command", ["", *sorted(dict(generator().commands()))])
def test_help_answers(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=name_of)
def test_a_decision_is_one_screen_with_its_price(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# {path.name[:4]}: ")
    assert all(f"**{part}.**" in text for part in ("Context", "Choice", "Price paid"))
    assert len(text.splitlines()) <= DECISION_LINES_MAX


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("see " + "/home" + "/me/astra", True, id="somebody's home"),
        pytest.param("--data-dir " + "/tmp" + "/run1", True, id="a throw-away directory"),
        pytest.param("the file /tmp/astra_health", False, id="the heartbeat's default"),
        pytest.param("docs/work/later", False, id="a relative path"),
    ],
)
def test_the_machine_pattern(text: str, found: bool) -> None:
    assert bool(MACHINE.search(text)) is found


@pytest.mark.parametrize(
    ("line", "good"),
    [
        pytest.param("make paper ARGS='--days 7'", True, id="a target of the Makefile"),
        pytest.param("make world", False, id="no target of the Makefile"),
        pytest.param("astra paper --days 7 --json", True, id="a command with its options"),
        pytest.param(".venv/bin/astra db restore 2", True, id="a command of a group"),
        pytest.param("astra paper --weeks 2", False, id="an option that is not there"),
        pytest.param("astra explode", False, id="a command that is not there"),
    ],
)
def test_what_counts_as_a_command(line: str, good: bool) -> None:
    assert runs(line) is good


def tables_of(text: str) -> dict[str, list[str]]:
    """The names in the first column of the rows below each second-level heading."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif row := re.match(r"\| `([^`]+)` \|", line):
            found.setdefault(section, []).append(row.group(1))
    return found


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


@cache
def anchors_of(path: Path) -> frozenset[str]:
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)


def shell_lines(text: str) -> Iterator[str]:
    """The commands of blocks that are marked as shell: one a line, continued lines joined, comments dropped."""
    for block in SHELL.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            if command := line.split(" #")[0].strip():
                yield command


def runs(line: str) -> bool:
    """Whether a line calls what exists: targets of the Makefile, commands of Astra with options they know."""
    words = [word for word in shlex.split(line) if not re.fullmatch(r"[A-Z_]+=.*", word)]
    if not words:
        return True
    if words[0] == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return all(word in targets for word in words[1:])
    if words[0].rpartition("/")[2] != "astra":
        return True  # the shell's own tools
    return _astra_knows(words[1:])


def _astra_knows(words: list[str]) -> bool:
    if words in (["--help"], ["--version"]):
        return True
    name = next((n for n in (" ".join(words[:2]), words[0]) if n in known_commands()), None)
    if name is None:
        return False
    options = {option for param in known_commands()[name].params for option in param.opts} | {"--help"}
    return all(word.split("=")[0] in options for word in words if word.startswith("--"))
