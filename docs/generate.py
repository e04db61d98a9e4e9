"""Write the reference pages that repeat the code: commands, settings, facts, exported metrics. `python docs/generate.py` renews them.

`tests/docs/test_documents.py` compares what this module says with what lies in `docs/reference/`.
"""

from __future__ import annotations

import ast
import inspect
import io
import re
import sqlite3
import sys
import tokenize
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from pydantic_core import PydanticUndefined

ROOT: Final = Path(__file__).resolve().parents[1]
REFERENCE: Final = ROOT / "docs" / "reference"
NOTE: Final = "<!-- Written by docs/generate.py from the code; change the code and run it again. -->"


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        path = REFERENCE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(), encoding="utf-8")
        print(path.relative_to(ROOT))


# -- commands ----------------------------------------------------------------------------------------------------------


def cli_page() -> str:
    """Every command with its arguments and options, as Typer knows them."""
    lines = [
        "# The commands",
        "",
        NOTE,
        "",
        "`astra COMMAND --help` prints the same. Every command exits with 0 when it did what it was asked, 1 when it was",
        "refused or failed, with one sentence on stderr, and 2 when it was called wrongly. With `--json` it prints one JSON",
        "object on stdout; everything for people goes to stderr.",
        "",
        "| command | does |",
        "| --- | --- |",
        *(f"| [`astra {name}`](#{_anchor('astra ' + name)}) | {_first_sentence(command.help)} |" for name, command in commands()),
    ]
    for name, command in commands():
        lines += ["", f"## astra {name}", "", str(command.help)]
        shown = [param for param in command.params if param.name != "help"]
        if shown:
            lines += ["", "| name | value | default | meaning |", "| --- | --- | --- | --- |"]
            lines += [_param_row(param) for param in shown]
    return "\n".join(lines) + "\n"


def commands() -> Iterator[tuple[str, Any]]:
    """Every command of the tree that does something, by its full name."""
    from typer.main import get_command

    from astra_actors.cli.main import app

    yield from _below(get_command(app), "")


def _below(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _below(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def _param_row(param: Any) -> str:
    argument = param.param_type_name == "argument"
    name = f"`{param.name.upper()}`" if argument else ", ".join(f"`{option}`" for option in (*param.opts, *param.secondary_opts))
    return f"| {name} | {_value_of(param)} | {_param_default(param)} | {_cell(param.help or '')} |"


def _param_default(param: Any) -> str:
    if param.required:
        return "required"
    if getattr(param, "is_flag", False) or param.default in (None, "", ()):
        return ""
    return f"`{param.default}`"


def _value_of(param: Any) -> str:
    if getattr(param, "is_flag", False):
        return ""
    hint = param.type_descriptor.annotation
    several = ""
    options = [option for option in get_args(hint) if option is not type(None)]
    if get_origin(hint) in (Union, types.UnionType):
        hint = options[0]
    if get_origin(hint) is list:
        hint, several = get_args(hint)[0], ", repeatable"
    if get_origin(hint) is Literal:
        return "`" + r"` \| `".join(map(str, get_args(hint))) + "`" + several
    return {str: "text", int: "integer", float: "number", Path: "path"}.get(hint, str(hint)) + several


# -- settings ----------------------------------------------------------------------------------------------------------


def settings_page() -> str:
    """The tree of settings with defaults, bounds, and the reason that stands beside each default in the code."""
    from astra_actors.config.settings import Settings
    from astra_actors.strategies.registry import strategy_classes

    lines = [
        "# The settings",
        "",
        NOTE,
        "",
        "Later layers win, setting by setting: the defaults below · `configs/default.yaml` · `strategies.yaml` · `paper.yaml` ·",
        "the profile of the feed in `configs/feeds/` · your `--config` files · the environment · flags.",
        "In the environment a setting is `ASTRA_<SECTION>__<NAME>`: `risk.market_cap` is `ASTRA_RISK__MARKET_CAP`. An unknown",
        "name or a value out of bounds is refused, and all mistakes are told together. `astra settings` prints what is in force.",
        "The reason beside a default is the comment that stands beside it in the code; § refers to the methods reference.",
    ]
    for name, field in Settings.model_fields.items():
        if name == "strategies":
            continue
        lines += _section(name, field.annotation)
    for name, cls in strategy_classes().items():
        lines += _section(f"strategies.{name}", cls)
        lines.append("| `enabled` | `true` | true, false | false leaves the strategy out |")
    return "\n".join([*lines, *_shipped_files(), *_environment()]) + "\n"


def setting_names() -> list[str]:
    """Every setting by its full name."""
    from astra_actors.config.settings import Settings
    from astra_actors.strategies.registry import strategy_classes

    sections = [(name, field.annotation) for name, field in Settings.model_fields.items() if name != "strategies"]
    sections += [(f"strategies.{name}", cls) for name, cls in strategy_classes().items()]
    return [name for section, cls in sections for name in _names(section, cls)]


def _names(section: str, cls: Any) -> Iterator[str]:
    for each in fields(cls):
        inner = get_type_hints(cls)[each.name]
        if is_dataclass(inner):
            yield from _names(f"{section}.{each.name}", inner)
        else:
            yield f"{section}.{each.name}"


def _section(name: str, cls: Any) -> list[str]:
    """One table; sections inside it follow as tables of their own."""
    hints = get_type_hints(cls, include_extras=True)
    remarks, headings = _comments(cls)
    inner = [each for each in fields(cls) if is_dataclass(hints[each.name])]
    plain = [each for each in fields(cls) if each not in inner]
    lines = ["", f"## {name}", "", _first_paragraph(cls.__doc__)]
    if plain:
        lines += ["", "| setting | default | allowed | why |", "| --- | --- | --- | --- |"]
    for each in plain:
        if each.name in headings:
            lines.append(f"| *{_cell(headings[each.name])}* |  |  |  |")
        lines.append(
            f"| `{each.name}` | {_default(each)} | {_allowed(hints[each.name])} | {_cell(remarks.get(each.name, ''))} |"
        )
    for each in inner:
        lines += _section(f"{name}.{each.name}", hints[each.name])
    return lines


def _comments(cls: type) -> tuple[dict[str, str], dict[str, str]]:
    """Per field: the comments on its own lines, and a comment on lines of its own right above it."""
    source = inspect.getsource(cls)
    trailing: dict[int, str] = {}
    alone: dict[int, str] = {}
    rows = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            line = token.start[0]
            text = token.string.lstrip("# ").rstrip()
            (alone if rows[line - 1].lstrip().startswith("#") else trailing)[line] = text
    remarks, headings = {}, {}
    for node in ast.parse(source).body[0].body:  # type: ignore[attr-defined]
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        span = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        remarks[node.target.id] = "; ".join(trailing[line] for line in span if line in trailing)
        above = node.lineno - 1
        block: list[str] = []
        while above in alone:
            block.insert(0, alone[above])
            above -= 1
        if block:
            headings[node.target.id] = " ".join(block)
    return remarks, headings


def _default(field: Any) -> str:
    value = field.default
    if value is MISSING:
        value = field.default_factory()
    if value is PydanticUndefined:
        return "required"
    return f"`{_plain(value)}`"


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_plain(part) for part in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_plain(part)}" for key, part in value.items()) + "}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _allowed(hint: Any) -> str:
    """The bounds of an annotated type, or the words of a choice."""
    if get_origin(hint) is Literal:
        return ", ".join(f"`{word}`" for word in get_args(hint))
    if get_origin(hint) is not Annotated:
        return {bool: "true, false", str: "text", int: "integer", float: "number"}.get(hint, "")
    base, *limits = get_args(hint)
    parts = [text for limit in limits for text in _bound(limit)]
    whole = "integer " if base is int else ""
    return whole + ", ".join(parts)


def _bound(limit: Any) -> list[str]:
    parts = []
    for name, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<")):
        value = getattr(limit, name, None)
        if value is not None:
            parts.append(f"{sign} {value}")
    if getattr(limit, "min_length", 0):
        parts.append("not empty")
    return parts


def _shipped_files() -> list[str]:
    """What the files that come with Astra lay over the defaults."""
    from astra_actors.config.strict_yaml import read_yaml

    files = [ROOT / "configs" / name for name in ("default.yaml", "strategies.yaml", "paper.yaml", "live.yaml", "rehearse.yaml")]
    files += sorted((ROOT / "configs" / "feeds").glob("*.yaml"))
    lines = ["", "## What the shipped files change", "", "| file | setting | value |", "| --- | --- | --- |"]
    for path in files:
        name = path.relative_to(ROOT).as_posix()
        for setting, value in _leaves(read_yaml(path.read_text(encoding="utf-8"), name=name)):
            lines.append(f"| [`{name}`](../../{name}) | `{setting}` | `{_plain(value)}` |")
    return lines


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from _leaves(child, f"{name}.{key}" if name else str(key))
    else:
        yield name, value


def _environment() -> list[str]:
    """Names of the environment that are no settings: keys, and places outside the data directory."""
    from astra_actors.config.secrets import Secrets

    meaning = {
        "POLY_PRIVATE_KEY": "key of the account; a live run needs it, paper trading does without",
        "POLY_API_KEY": "API credentials of the account; can be derived from the private key",
        "POLY_API_SECRET": "likewise",
        "POLY_API_PASSPHRASE": "likewise",
        "ALERT_WEBHOOK_URL": "a webhook that alerts are sent to ([alerts](../how-to/alerts.md)); a token, like an address in `ASTRA_ALERTS__URLS`",
        "SIGNATURE_TYPE": "0 for a plain account, 1 for a proxy, 2 for a safe, 3 for a deposit wallet",
        "FUNDER_ADDRESS": "the address that holds the funds, when it is not the key's own",
    }
    rows = [f"| `{name}` | {meaning[name]} |" for name in (str(f.validation_alias) for f in Secrets.model_fields.values())]
    return [
        "",
        "## Environment",
        "",
        "Keys are never settings: they stand in no file, no ledger and no log, and refuse to be pickled.",
        "",
        "| name | meaning |",
        "| --- | --- |",
        *rows,
        "| `ASTRA_HEALTH_PATH` | where the heartbeat file goes; `/tmp/astra_health` when unset |",
        "| `ASTRA_SWITCH_DIR` | where `astra_kill` and `astra_pause` hold every run; the system's temporary directory when unset |",
    ]


# -- facts -------------------------------------------------------------------------------------------------------------

KINDS: Final = {int: "integer", float: "number", str: "text", bool: "0 or 1", tuple: "JSON list"}


def facts_page() -> str:
    """Every table of the ledger: those made from facts, and those around them."""
    from astra_actors.kernel.facts import FACTS, Fact
    from astra_actors.ledger.schema import columns

    common = [column.name for column in columns(Fact)]
    lines = [
        "# The facts and their tables",
        "",
        NOTE,
        "",
        "One class of fact is one table of the ledger, one field one column. A name ends in its unit: `_e4` are 1/10,000 dollar,",
        "`_e6` 1/1,000,000 share, `_e10` 1/10,000,000,000 dollar (their product), `_ns` nanoseconds since 1970 UTC, `_ms`",
        "milliseconds. A column that may be empty is marked *or null*; null means that nothing was measured, never 0.",
        "",
        "Every fact has these columns first, and `run_id` and `window` (which run wrote it, in which commit) last:",
        "",
        "| column | kind | meaning |",
        "| --- | --- | --- |",
        *(f"| `{column.name}` | {_kind(column)} | {COMMON[column.name]} |" for column in columns(Fact)),
        "",
        "| table | class | what it says |",
        "| --- | --- | --- |",
        *(f"| [`{fact.table}`](#{_anchor(fact.table)}) | `{fact.__name__}` | {_cell(_first_paragraph(fact.__doc__))} |" for fact in FACTS),
    ]
    for fact in FACTS:
        lines += ["", f"## {fact.table}", "", f"`{fact.__name__}`: {_first_paragraph(fact.__doc__)}", ""]
        lines += ["| column | kind |", "| --- | --- |"]
        lines += [f"| `{column.name}` | {_kind(column)} |" for column in columns(fact) if column.name not in common]
    return "\n".join([*lines, *_other_tables({fact.table for fact in FACTS})]) + "\n"


COMMON: Final = {
    "seq": "number of the fact within its market; the portfolio's own facts are numbered apart",
    "market_id": "the market, or empty for a fact of the whole portfolio",
    "venue_ns": "when it happened by the venue's clock",
    "local_ns": "when it happened by ours",
    "cause": "what it came from: a decision, an order, a fill",
}
ABOUT: Final = {
    "alerts": "what people were told, how often it happened, and what became of it; beside the windows, so in no digest",
    "runs": "who wrote the ledger: one row a run, and the lineage that joins a run to the one it continues",
    "config_snapshots": "the settings of each run, whole, and their hash",
    "windows": "the chain of commits: how many facts each sealed, and the digest over everything up to it",
    "run_states": "where a lineage stands at its last window; one row, replaced with each window",
    "fences": "the epoch of the Supervisor in charge and the incarnation of each child, from a window on: lower ones write no more",
    "intents": "live orders as they were about to leave, with the id the venue will know each by; in no digest",
    "order_ends": "live orders that are proven to be over: how, by what, and how much of each traded; in no digest",
    "account_fills": "executions at the venue, and how far the settlement of each has come; in no digest",
    "reconciliations": "comparisons of the ledger with the venue, and what did not agree; in no digest",
    "calibrations": "what was learned from outcomes: each fit, its data cut, its scores and its verdict; in no digest",
    "supervision_events": "starts, deaths, adoptions and escalations of the tree, with their reason; in no digest",
}


def _kind(column: Any) -> str:
    return KINDS[tuple if column.is_list else column.kind] + (" or null" if column.nullable else "")


def _other_tables(of_facts: Iterable[str]) -> list[str]:
    """The tables of a fresh ledger that no fact stands for."""
    from astra_actors.ledger.migrations import SCHEMA_VERSION, migrate

    lines = ["", "## Around the facts", "", f"Schema version {SCHEMA_VERSION}, kept in `PRAGMA user_version`.", ""]
    lines += ["| table | what it says | columns |", "| --- | --- | --- |"]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        for name in names:
            if name in of_facts or name.startswith("sqlite_"):
                continue
            found = ", ".join(f"`{row[1]}`" for row in connection.execute(f"PRAGMA table_info({name})"))
            lines.append(f"| `{name}` | {ABOUT[name]} | {found} |")
    return lines


# -- exported metrics --------------------------------------------------------------------------------------------------

OWNERS: Final = {
    "supervisor": ("The portfolio and the tree", "Recorded by the Supervisor, each time it is asked where the run stands."),
    "market": ("A shard of markets", "Recorded by each market actor, once a window; `shard` is the number in its name."),
    "ledger": ("The ledger", "Recorded by the ledger actor, once a window."),
    "gateway": ("The account", "Recorded by the Gateway of a live run, as things happen and once a second."),
}


def exported_page() -> str:
    """Every metric that a Prometheus finds on Ray's metrics ports."""
    from astra_actors.reporting.metric_names import METRICS

    lines = [
        "# The exported metrics",
        "",
        NOTE,
        "",
        "What Astra tells a Prometheus ([watch a run](../how-to/watch_a_run.md)). A name ends in its unit; counters end in `_total`",
        "and count within the life of the process that records them, so use `rate()` and `increase()`. Ray adds the tags",
        "`SessionName`, `NodeAddress`, `WorkerId`, `Component` and `Version` to each. Nothing else that begins with `ray_astra_`",
        "is exported. Ray rebuilds the `_sum` of a histogram from the middles of its buckets: trust its buckets and `_count`.",
        "The figures of the reports are another matter: [metrics](metrics.md).",
    ]
    for owner, (title, remark) in OWNERS.items():
        lines += ["", f"## {title}", "", remark, "", "| metric | kind | unit | tags | meaning |", "| --- | --- | --- | --- | --- |"]
        for metric in METRICS:
            if metric.owner == owner:
                tags = ", ".join(f"`{tag}`" for tag in metric.tags)
                meaning = metric.meaning + (" (live feed only)" if metric.live else "")
                lines.append(f"| `{metric.exported}` | {metric.kind.value} | {metric.unit} | {tags} | {_cell(meaning)} |")
    return "\n".join([*lines, *_tag_values()]) + "\n"


def _tag_values() -> list[str]:
    from astra_actors.reporting.metric_names import CLUSTERS_MAX
    from astra_actors.risk.trading_state import TradingMode

    rows = {
        "shard": "number of the market actor",
        "child": "name of an actor, as in `astra status`",
        "veto": "a name from [vetoes](vetoes.md)",
        "state": ", ".join(f"`{mode.name}`" for mode in TradingMode),
        "scope": "`aggregate`, `cluster`, `category`, `satellite`, `market`",
        "name": f"`all`; a category; `fullest` for the market with the most set aside; a cluster, the first {CLUSTERS_MAX} by name and "
        "`other` for the fullest of those that came later",
    }
    table = [f"| `{tag}` | {_cell(values)} |" for tag, values in rows.items()]
    return ["", "## Tags", "", "| tag | values |", "| --- | --- |", *table]


# -- words -------------------------------------------------------------------------------------------------------------


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _first_sentence(text: str | None) -> str:
    return _cell((text or "").split("; ")[0].rstrip("."))


def _first_paragraph(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())


PAGES: Final[dict[str, Callable[[], str]]] = {
    "cli.md": cli_page,
    "settings.md": settings_page,
    "facts.md": facts_page,
    "exported_metrics.md": exported_page,
}

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
