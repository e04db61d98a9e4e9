"""The startup checklist on its own: a throw-away run is entered, looked at, and ended, and nothing is traded."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path

from astra_actors.config.settings import Settings
from astra_actors.config.snapshot import settings_json
from astra_actors.engine.build import FeedSpec
from astra_actors.ledger.store import LedgerStore
from supervision.identity import run_identity, write_manifest
from supervision.startup_checklist import CheckLine, Situation, run_checklist
from supervision.stop_signals import install_signal_handlers
from supervision.workspace import Workspace, heartbeat_path


def examine(settings: Settings) -> list[CheckLine]:
    """Every item of the checklist as a start would see it now."""
    workspace = Workspace(Path(settings.run.data_dir))
    lock = workspace.claim()
    install_signal_handlers()
    run_id = str(uuid.uuid4())
    identity = run_identity(run_id, settings, FeedSpec(kind="doctor", seed=settings.run.seed))
    with LedgerStore.open(workspace.ledger) as store:
        store.begin_run(identity, settings_json(settings))
        store.backup()
        store.end_run(datetime.now(UTC).isoformat(timespec="milliseconds"), "doctor")
    write_manifest(workspace, identity)
    lines = run_checklist(
        Situation(
            workspace=workspace,
            run_id=run_id,
            config_hash=identity.config_hash,
            prompt_hash=identity.prompt_bundle_hash,
            heartbeat=heartbeat_path(),
            live=settings.run.venue != "paper",
            alerts=settings.alerts,
        )
    )
    lock.close()
    return lines
