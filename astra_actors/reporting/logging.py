"""Log lines as events with fields: JSON lines in a file of each process, and a readable line on stderr.

A name and its fields make an event (`log.info("order.refused", veto="EXPOSURE_CAP")`). Secrets never reach a line: fields
that are named like one are masked, and so is every value that was handed in to be hidden, wherever it stands.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterable, MutableMapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final, TextIO

import structlog
from structlog.types import EventDict, Processor

from astra_actors.kernel.units import NS_PER_S
from astra_actors.reporting.heartbeat import iso

ROOT: Final = "astra"  # our own branch: what Ray and other libraries log is theirs
FILE_BYTES: Final = 10_000_000
FILES_KEPT: Final = 5
MASK: Final = "***"
_HIDDEN_NAMES: Final = re.compile(
    r"(?i)(secret|passphrase|password|private_?key|api_?key|authorization|signature$|webhook)"
)
_SHORTEST: Final = 6  # a shorter value would mask words that only look like it


def configure_logging(
    name: str,
    data_dir: Path,
    *,
    now_ns: Callable[[], int],
    level: str = "INFO",
    console: TextIO | None = sys.stderr,
    hide: Iterable[str] = (),
    **bound: Any,
) -> Path:
    """Set logging up for this process and return its file, `<data_dir>/logs/<name>.jsonl`; again replaces the set-up.

    `bound` (run_id, …) stands in every line; `hide` are secret values; `console` None keeps stderr silent.
    """
    path = data_dir / "logs" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    branch = logging.getLogger(ROOT)
    for handler in list(branch.handlers):
        branch.removeHandler(handler)
        handler.close()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _stamp(now_ns),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        structlog.processors.EventRenamer("msg"),
        masked(hide),
    ]
    file = RotatingFileHandler(path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8")
    _attach(branch, file, structlog.processors.JSONRenderer(ensure_ascii=False, default=str), shared)
    if console is not None:
        colors = console.isatty()
        renderer = structlog.dev.ConsoleRenderer(event_key="msg", timestamp_key="ts", colors=colors)
        _attach(branch, logging.StreamHandler(console), renderer, shared)
    branch.setLevel(level)
    branch.propagate = False
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(component=name, **bound)
    return path


def get_logger(name: str = "") -> structlog.stdlib.BoundLogger:
    """A logger of our branch."""
    found: structlog.stdlib.BoundLogger = structlog.get_logger(f"{ROOT}.{name}" if name else ROOT)
    return found


def masked(hide: Iterable[str] = ()) -> Processor:
    """A processor that masks secrets by their field's name and by their value, at any depth."""
    values = [value for value in hide if len(value) >= _SHORTEST]

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            for secret in values:
                value = value.replace(secret, MASK)
            return value
        if isinstance(value, dict):
            return {key: MASK if _hidden(key) else clean(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [clean(each) for each in value]
        return value if isinstance(value, bool | int | float) or value is None else clean(str(value))

    def process(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> EventDict:
        # what structlog keeps for its own formatter begins with an underscore and is no part of the line
        return {k: v if k.startswith("_") else MASK if _hidden(k) else clean(v) for k, v in event.items()}

    return process


def _hidden(name: Any) -> bool:
    return isinstance(name, str) and _HIDDEN_NAMES.search(name) is not None


def _stamp(now_ns: Callable[[], int]) -> Processor:
    def process(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> EventDict:
        at_ns = now_ns()
        event["ts"] = f"{iso(at_ns)[:-1]}.{at_ns % NS_PER_S // 1_000_000:03d}Z"
        return event

    return process


def _attach(branch: logging.Logger, handler: logging.Handler, renderer: Processor, shared: list[Processor]) -> None:
    """Give a handler its own last step; lines of the standard library pass through the same steps as ours."""
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    branch.addHandler(handler)
