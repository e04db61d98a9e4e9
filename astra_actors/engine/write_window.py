"""One window to disk: its artifacts and its facts, or neither."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from astra_actors.engine.messages import WindowRecords
from astra_actors.kernel.errors import LedgerError
from astra_actors.kernel.facts import Fact
from astra_actors.ledger.fencing import Owner
from astra_actors.ledger.store import LedgerStore
from astra_actors.reporting.artifact_log import ArtifactLog


def write_window(
    store: LedgerStore,
    artifacts: ArtifactLog,
    *,
    window: int,
    end_ns: int,
    records: Sequence[WindowRecords],
    decided: Sequence[Fact],
    state: bytes,
    epoch: int = 0,
) -> str:
    """Write a window and return the digest so far. A window that is already in the ledger has its artifacts as well.

    Raises `Fenced` for a Supervisor that is over or a superseded owner; nothing is written then.
    """
    # silence has no author: a shard that stands vacant or is out leaves a part without an owner's number
    owners = [Owner(f"market-{part.shard}", part.incarnation) for part in records if part.facts or part.artifacts]
    facts = [fact for part in records for fact in part.facts]
    if window <= (store.last_window() or 0):
        return store.commit(window, end_ns, [*facts, *decided], state=state, epoch=epoch, owners=owners)
    try:
        artifacts.append(window, [line for part in records for line in part.artifacts])
        return store.commit(window, end_ns, [*facts, *decided], state=state, epoch=epoch, owners=owners)
    except OSError as error:  # a full disk, as a rule; a torn line at the end is dropped when the log is opened again
        with contextlib.suppress(OSError):
            artifacts.take_back()
        raise LedgerError(f"the decisions of window {window} cannot be written: {error}") from error
    except BaseException:
        artifacts.take_back()
        raise
