"""The house rules a machine can hold (style §7, 32): length, headers, no ambient clock or dice, nothing unfinished."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("astra_actors", "actors", "supervision")
LINES_MAX = 300
# Text that ships or is read by people; locks and recorded frames are neither.
TEXT_SUFFIXES = {".py", ".md", ".toml", ".yaml", ".yml", ".sql", ".cfg", ".sh", ".html", ".js", ".css", ""}

# Who may ask what time it is: the rim and the command line, which hand it in to the core.
AMBIENT = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep"},
    "datetime": {"now", "utcnow", "today"},
    "random": {"*"},
    "secrets": {"*"},
    "uuid": {"uuid1", "uuid4"},
    "os": {"urandom"},
    "numpy": {"default_rng", "seed"},
}
# Places in the core that wait on the network or on people, and so live in real time; each with its reason.
REAL_TIME: dict[str, str] = {}
# Tests that have to wait for another process; each with its reason.
SLEEPERS: dict[str, str] = {
    "tests/actors/ray_run.py": "processes of Ray tell nobody when they change state; the wait looks again, and is bounded",
    "tests/cluster/hosts.py": "hosts and the run on them are watched from outside; the wait looks again, and is bounded",
    "tests/cli/live_house.py": "an exchange in another process is watched through its books; the wait is bounded",
    "tests/cli/astra_command.py": "a process is watched from outside through the files it writes; the wait is bounded",
}

UNFINISHED = re.compile(
    "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX", "NotImplemented" + "Error", "place" + "holder"))
)
ELSEWHERE = re.compile(
    "|".join(
        (
            r"pypi\.(org|python)",
            r"files\.pythonhosted",
            r"index-url",
            r"find-links",
            r"(?<![\w.])/(home|root|work|Users|opt|mnt)/\w",
            r"(?<![\w.-])[A-Z]:\\\\",
        )
    )
)


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git knows or would take; without git, everything but what tools leave behind."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        said = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
        files = [ROOT / name for name in said.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        files = [path for path in ROOT.rglob("*") if not any(part.startswith(".") for part in path.parts)]
    return tuple(sorted(path for path in files if path.is_file()))


def texts() -> Iterator[tuple[str, str]]:
    """Name and text of every file for people."""
    for path in tracked():
        if path.suffix in TEXT_SUFFIXES and path.stat().st_size < 1_000_000:
            yield name_of(path), path.read_text(encoding="utf-8")


def modules(*folders: str) -> list[Path]:
    """The Python files below these folders."""
    return [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


SHIPPED = modules(*PACKAGES)
CORE = [path for path in modules("astra_actors") if "cli" not in path.relative_to(ROOT).parts]
TESTS = modules("tests", "benchmarks")


@pytest.mark.parametrize("path", SHIPPED, ids=name_of)
def test_a_module_is_read_in_one_sitting_and_says_what_it_owns(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    header = ast.get_docstring(ast.parse(text)) or ""
    assert len(text.splitlines()) <= LINES_MAX
    assert header, "a module opens with a sentence on what it owns"
    first = header.split("\n\n")[0].rstrip()
    assert first.endswith((".", ":", "?")), f"the header is a sentence: {first!r}"


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_a_test_file_says_what_it_guards(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "a test file opens with the promise or the oracle it guards"


@pytest.mark.parametrize("path", SHIPPED, ids=name_of)
def test_what_is_public_is_explained(path: Path) -> None:
    nodes = ast.parse(path.read_text(encoding="utf-8")).body
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    bare = [
        node.name
        for node in nodes
        if isinstance(node, kinds) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert not bare, f"without a docstring: {bare}"


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_the_core_reads_no_clock_and_throws_no_dice(path: Path) -> None:
    if name_of(path) in REAL_TIME:
        return
    found = list(ambient_in(ast.parse(path.read_text(encoding="utf-8"))))
    assert not found, f"hand these in: {found}"


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_the_core_knows_no_ray(path: Path) -> None:
    named = imports_in(ast.parse(path.read_text(encoding="utf-8")))
    assert not [name for name in named if name.split(".")[0] in ("ray", "actors", "supervision")]


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_core_loops_do_not_run_over_sets(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    loops = [node.iter for node in ast.walk(tree) if isinstance(node, ast.For | ast.comprehension)]
    found = [ast.unparse(loop) for loop in loops if is_set(loop)]
    assert not found, f"a set has no order that two processes share: {found}"


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_tests_do_not_sleep(path: Path) -> None:
    if name_of(path) in SLEEPERS:
        return
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    assert not [
        ast.unparse(call) for call in calls if ast.unparse(call.func) in ("sleep", "time.sleep", "asyncio.sleep")
    ]


@pytest.mark.parametrize("path", [path for path in TESTS if path.name.startswith("test_")], ids=name_of)
def test_every_test_can_fail(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tests = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")]
    idle = [test.name for test in tests if not checks_something(test)]
    assert not idle, f"these assert nothing: {idle}"


def test_names_of_test_files_are_unique() -> None:
    names = [path.name for path in TESTS if path.name.startswith("test_")]
    assert sorted(set(names)) == sorted(names)


def test_nothing_is_unfinished() -> None:
    found = [f"{name}: {match.group()}" for name, text in texts() for match in UNFINISHED.finditer(text)]
    assert found == []


def test_no_file_names_a_registry_or_a_machine() -> None:
    found = [f"{name}: {match.group()}" for name, text in texts() for match in ELSEWHERE.finditer(text)]
    assert [line for line in found if not line.startswith("tests/test_tidy.py")] == []


def test_locks_pin_everything_by_hash_and_name_no_index() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert pins
        assert all("==" in line for line in pins)
        assert text.count("--hash=sha256:") >= len(pins)


def test_the_exceptions_of_this_file_still_exist() -> None:
    assert [name for name in (*REAL_TIME, *SLEEPERS) if not (ROOT / name).exists()] == []


def ambient_in(tree: ast.Module) -> Iterator[str]:
    """Uses of a clock or of dice that nobody handed in."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in AMBIENT:
            yield from (f"{node.module}.{a.name}" for a in node.names if forbidden(node.module, a.name))
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if "*" in AMBIENT.get(alias.name, ()))
        elif isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value).replace("np.random", "numpy").split(".")[0]
            if forbidden(owner, node.attr):
                yield f"{owner}.{node.attr}"


def forbidden(module: str, name: str) -> bool:
    names = AMBIENT.get(module, set())
    return name in names or "*" in names


def imports_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def is_set(node: ast.expr) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    return isinstance(node, ast.Call) and ast.unparse(node.func) in ("set", "frozenset")


def checks_something(test: ast.FunctionDef) -> bool:
    """An assert, an expected exception, or a call of a helper that is named for checking."""
    for node in ast.walk(test):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).split(".")[-1].lstrip("_")
            if called in ("raises", "fail", "warns") or called.startswith(
                ("assert", "check", "expect", "run_state_machine")
            ):
                return True
    return False
