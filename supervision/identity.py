"""Who a run is: its identity, its manifest, and the wall clock as text."""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from astra_actors.config.load import shipped_dir
from astra_actors.config.settings import Settings
from astra_actors.config.snapshot import diff, settings_hash
from astra_actors.engine.build import FeedSpec
from astra_actors.kernel.errors import BadInput
from astra_actors.ledger.migrations import SCHEMA_VERSION
from astra_actors.ledger.runs import RunIdentity
from astra_actors.ledger.store import LedgerStore
from supervision.workspace import Workspace, write_json


def run_identity(run_id: str, settings: Settings, feed: FeedSpec) -> RunIdentity:
    """Everything that tells this run from another."""
    return RunIdentity(
        run_id=run_id,
        git_sha=_git_sha(),
        started_at=now_text(),
        python_version=platform.python_version(),
        config_hash=settings_hash(settings),
        prompt_bundle_hash=hashlib.sha256((shipped_dir() / "estimation_prompts.yaml").read_bytes()).hexdigest(),
        paper_mode=settings.run.venue == "paper",
        feed=feed.kind,
        venue=settings.run.venue,
        seed=feed.seed,
    )


def _git_sha() -> str:
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
        return answer.stdout.strip()
    return "unknown"


def now_text() -> str:
    """Now, in UTC, as ISO text with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def write_manifest(workspace: Workspace, identity: RunIdentity) -> None:
    """Write what a run is, once; only `ended_at` and `exit_reason` change later."""
    path = workspace.manifest(identity.run_id)
    if path.exists():
        return  # written once; a resumed run only changes how it ended
    write_json(
        path,
        {
            "manifest_schema_version": 1,
            "run_id": identity.run_id,
            "git_sha": identity.git_sha,
            "started_at": identity.started_at,
            "ended_at": None,
            "exit_reason": None,
            "python_version": identity.python_version,
            "config_hash": identity.config_hash,
            "prompt_bundle_hash": identity.prompt_bundle_hash,
            "schema_version": SCHEMA_VERSION,
            "paper_mode": identity.paper_mode,
        },
    )


def end_manifest(workspace: Workspace, identity: RunIdentity, exit_reason: str) -> None:
    """Write when and why the run ended."""
    path = workspace.manifest(identity.run_id)
    content = json.loads(path.read_text(encoding="utf-8"))
    write_json(path, {**content, "ended_at": now_text(), "exit_reason": exit_reason})


def run_to_resume(store: LedgerStore, feed: str, settings_text: str, *, venue: str = "paper") -> str:
    """The newest run on this feed and at this venue; what `astra doctor` and `astra replay` entered is not one to take up."""
    row = store.connection.execute(
        "SELECT r.run_id, r.exit_reason, c.config_json FROM runs r JOIN config_snapshots c ON c.run_id = r.run_id"
        " WHERE r.feed = ? AND r.venue = ? AND r.exit_reason IS NOT 'replayed' ORDER BY r.rowid DESC LIMIT 1",
        (feed, venue),
    ).fetchone()
    if row is None:
        raise nothing_to_resume(store.path)
    run_id, exit_reason, began_with = row
    if exit_reason == "finished" and venue == "paper":  # a live one may have left shares, which somebody has to mind
        raise BadInput("--resume", run_id, "this run has finished; start one without --resume")
    if began_with != settings_text:
        changes = ", ".join(str(change) for change in diff(began_with, settings_text))
        raise BadInput(
            "--resume", changes, "give the run the flags and settings that it began with, or start a new one"
        )
    return str(run_id)


def nothing_to_resume(ledger: Path) -> BadInput:
    """There is no run that `--resume` could take up."""
    return BadInput("--resume", str(ledger), "there is no run in this ledger to resume; start one without --resume")
