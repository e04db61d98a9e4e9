"""The seventeen things that must be true before anything may trade (methods §18.10). A failure stops the start."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from astra_actors.config.alert_settings import AlertSettings
from astra_actors.config.load import shipped_dir
from astra_actors.config.secrets import Secrets
from astra_actors.gates.expected_value import ev_gate
from astra_actors.gates.params import EvParams
from astra_actors.kernel.errors import BadInput
from astra_actors.kernel.units import NS_PER_S
from astra_actors.ledger.backup import existing
from astra_actors.ledger.migrations import SCHEMA_VERSION, version_of
from astra_actors.reporting.heartbeat import alive, read_heartbeat
from supervision.alert_targets import configured_targets
from supervision.key_handoff import DESCRIPTOR
from supervision.workspace import Workspace, still_runs

DISK_FREE_MIN: Final = 50 * 1024 * 1024
_HASH: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One item: `status` is PASS, WARN or FAIL, `seen` what was found, `remedy` what to do when it is not PASS."""

    number: int
    name: str
    status: str
    seen: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the checklist looks at."""

    workspace: Workspace
    run_id: str
    config_hash: str
    prompt_hash: str
    heartbeat: Path
    live: bool
    alerts: AlertSettings = field(default_factory=AlertSettings)


def run_checklist(situation: Situation) -> list[CheckLine]:
    """Every item, in order; one that raises has failed and says what it raised."""
    lines = []
    for number, (name, check, remedy) in enumerate(_ITEMS, start=1):
        try:
            status, seen = check(situation)
        except Exception as error:  # an item that cannot be checked has not passed
            status, seen = "FAIL", f"{type(error).__name__}: {error}"
        lines.append(CheckLine(number, name, status, seen, "" if status == "PASS" else remedy))
    return lines


def passed(lines: list[CheckLine]) -> bool:
    """Whether nothing failed; warnings do not stop a start."""
    return all(line.status != "FAIL" for line in lines)


def _verdict(good: bool, seen: Any, otherwise: str = "FAIL") -> tuple[str, str]:
    return ("PASS" if good else otherwise), str(seen)


def _run_id(at: Situation) -> tuple[str, str]:
    return _verdict(uuid.UUID(at.run_id).version == 4, at.run_id)


def _database(at: Situation) -> tuple[str, str]:
    return _verdict(_ask(at, "SELECT 1") == 1, f"{at.workspace.ledger}, SQLite {sqlite3.sqlite_version}")


def _schema(at: Situation) -> tuple[str, str]:
    with closing(sqlite3.connect(f"file:{at.workspace.ledger}?mode=ro", uri=True)) as connection:
        have = version_of(connection)
    return _verdict(have == SCHEMA_VERSION, f"{have}, this Astra writes {SCHEMA_VERSION}")


def _config_hash(at: Situation) -> tuple[str, str]:
    return _verdict(bool(_HASH.fullmatch(at.config_hash)), at.config_hash)


def _snapshot(at: Situation) -> tuple[str, str]:
    count = _ask(at, "SELECT COUNT(*) FROM config_snapshots WHERE run_id = ?", at.run_id)
    return _verdict(count == 1, f"{count} for this run")


def _prompt_hash(at: Situation) -> tuple[str, str]:
    return _verdict(bool(_HASH.fullmatch(at.prompt_hash)), at.prompt_hash)


def _prompt_file(at: Situation) -> tuple[str, str]:
    path = shipped_dir() / "estimation_prompts.yaml"
    return _verdict(path.is_file(), path.name)


def _artifacts(at: Situation) -> tuple[str, str]:
    return _writable(at.workspace.decisions(at.run_id))


def _manifest(at: Situation) -> tuple[str, str]:
    path = at.workspace.manifest(at.run_id)
    return _verdict(path.is_file(), path.name)


def _heartbeat(at: Situation) -> tuple[str, str]:
    status, place = _writable(at.heartbeat.parent)
    try:
        beat = read_heartbeat(at.heartbeat)
    except BadInput:
        return status, place  # nobody has left one there
    now_ns, pid = time.time_ns(), beat.get("pid")
    hangs = not alive(beat, now_ns) and isinstance(pid, int) and still_runs(pid, beat["timestamp_ns"])
    age_s = max(0, now_ns - beat["timestamp_ns"]) // NS_PER_S
    return ("WARN" if hangs else status), f"{place}, last beat {age_s} s ago" + (f" by {pid}, which lives" * hangs)


def _backup(at: Situation) -> tuple[str, str]:
    there = existing(at.workspace.ledger)
    return _verdict(bool(there), ", ".join(f"bak{n}" for n in there) or "none")


def _gates(at: Situation) -> tuple[str, str]:
    """The worked example of methods §1.3 (O1.3b) must come out, on the gate that will judge every order."""
    result = ev_gate(False, 3_400, 0.22, 0.18, 0.27, 0.02, 40.0, 900.0, 0.0, 0.1, 0.0, EvParams())
    return _verdict(result.ok and abs((result.net_lb or 0.0) - 0.0535555556) < 1e-9, f"net {result.net_lb:.10f}")


def _alerts(at: Situation) -> tuple[str, str]:
    """An address that nobody can use is told at once; whoever trades with real money relies on it, so there it is a failure."""
    targets = configured_targets(at.alerts)
    wrong = [f"{target.name}: {why}" for target in targets if (why := target.problem or target.unreachable())]
    good = ", ".join(target.name for target in targets) or "to the ledger and the log alone"
    return _verdict(not wrong, "; ".join(wrong) or good, "FAIL" if at.live else "WARN")


def _signals(at: Situation) -> tuple[str, str]:
    caught = [s.name for s in (signal.SIGTERM, signal.SIGINT) if callable(signal.getsignal(s))]
    return _verdict(len(caught) == 2, ", ".join(caught) or "none")


def _logs(at: Situation) -> tuple[str, str]:
    return _writable(at.workspace.logs)


def _disk(at: Situation) -> tuple[str, str]:
    free = shutil.disk_usage(at.workspace.root).free
    return _verdict(free > DISK_FREE_MIN, f"{free // 1024**2} MB free")


def _key(at: Situation) -> tuple[str, str]:
    if DESCRIPTOR in os.environ:
        return "PASS", "handed over to the gateway"
    missing = Secrets().missing_for_live
    return _verdict(not missing, "set" if not missing else f"no {missing[0]}", "FAIL" if at.live else "WARN")


def _ask(at: Situation, sql: str, *values: Any) -> Any:
    with closing(sqlite3.connect(f"file:{at.workspace.ledger}?mode=ro", uri=True)) as connection:
        return connection.execute(sql, values).fetchone()[0]


def _writable(folder: Path) -> tuple[str, str]:
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / f".astra-{os.getpid()}"
    probe.write_bytes(b"")
    probe.unlink()
    return "PASS", folder.name or str(folder)


_ITEMS: Final[tuple[tuple[str, Callable[[Situation], tuple[str, str]], str], ...]] = (
    ("run id is a UUID4", _run_id, "start the run again; ids are made by Astra"),
    ("the ledger answers", _database, "look at it with: astra db check"),
    ("schema version matches", _schema, "bring it forward with: astra db migrate"),
    ("settings hash", _config_hash, "print what is in force with: astra settings"),
    ("settings snapshot stored", _snapshot, "look at the ledger with: astra db check"),
    ("prompt bundle hash", _prompt_hash, "restore configs/estimation_prompts.yaml"),
    ("prompt registry", _prompt_file, "restore configs/estimation_prompts.yaml"),
    ("decision log writable", _artifacts, "give a --data-dir that this user may write"),
    ("manifest", _manifest, "give a --data-dir that this user may write"),
    (
        "heartbeat path writable",
        _heartbeat,
        "set ASTRA_HEALTH_PATH to a place this user may write; a process that lives but beats no more hangs",
    ),
    ("a backup of the ledger", _backup, "make one with: astra db backup"),
    ("gate engine dry run", _gates, "this build computes the EV gate wrongly; do not trade with it"),
    (
        "alerts",
        _alerts,
        "correct ALERT_WEBHOOK_URL or alerts.urls, or leave them unset; try them with: astra alerts test",
    ),
    ("signal handlers", _signals, "start Astra from its command, not from inside another program"),
    ("log directory writable", _logs, "give a --data-dir that this user may write"),
    ("disk space", _disk, "free at least 50 MB where the data directory lies"),
    ("account key", _key, "set POLY_PRIVATE_KEY; paper trading does without"),
)
