"""The status as a person sees it: the tree of actors, and below it what needs a look."""

from __future__ import annotations

from typing import Any, Final

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from astra_actors.kernel.clock import utc_text

COLOURS: Final = {
    "ACTIVE": "green",
    "REDUCING": "yellow",
    "HALTED": "red",
    "KILLED": "red",
    "running": "green",
    "starting": "yellow",
    "restarting": "yellow",
    "ended": "default",
    "stopped": "dim",
    "gone": "dim",
}
ALERTS_SHOWN: Final = 6  # a tree that has scrolled away shows nothing
CAPS_SHOWN: Final = ("aggregate", "cluster", "market")  # of each, the fullest one


def drawn(content: dict[str, Any]) -> RenderableType:
    """The whole status. Works for a run that lives, one that ended, and one that died."""
    tree = Tree(_top(content), guide_style="dim")
    supervisor = tree.add(_supervisor(content))
    spread = len({child.get("node") for child in content["children"]}) > 1
    for child in content["children"]:
        branch = supervisor.add(_child(child, spread=spread))
        if child.get("cause"):
            branch.add(Text(f"last replaced because: {child['cause']}", style="yellow"))
    return Group(tree, *_figures(content), *_remarks(content))


def _top(content: dict[str, Any]) -> Text:
    state = content["state"]
    line = Text.assemble((f"astra {content['run_id'][:8]}", "bold"), "  ", (state, COLOURS.get(state, "red")))
    if state == "ended":
        line.append(f" ({content['ended']})")
    return line.append(f"  written {_ago(content['written_age_s'])}", style="red" if content["quiet"] else "dim")


def _supervisor(content: dict[str, Any]) -> Text:
    trading = content.get("trading") or {"state": content["trading_state"]}
    line = Text.assemble(("Supervisor", "bold"), "  ", _coloured(trading["state"]))
    if "since_ns" in trading:
        line.append(f" since {utc_text(trading['since_ns'])[:16]} by {trading['author']}")
        why = " ".join(word for word in (_lower(trading["trigger"]), trading["detail"]) if word)
        line.append(f" ({why})")
    line.append(f"  epoch {content.get('epoch', 1)}  window {content['window']}")
    line.append(f"  {utc_text(content['now_ns'])[:16]}")
    return line.append(f"  moved {_ago(content['progress_age_s'])}", style="dim")


def _child(child: dict[str, Any], *, spread: bool) -> Text:
    line = Text.assemble((f"{child['name']:<10}", "bold"), " ", _coloured(f"{child.get('state', ''):<10}"))
    if child.get("incarnation") is not None:
        line.append(f" inc {child['incarnation']}{' adopted' if child.get('adopted') else ''}", style="dim")
    line.append(f" at {_plain(child.get('progress')):>7}, {_ago(child['progress_age_s']):>8}", style="dim")
    if spread:
        line.append(f"  on {child['node']}")
    line.append(f"  restarts {child['restarts']}", style="yellow" if child["restarts"] else "dim")
    if "markets" in child:
        line.append(f"  {child['markets']} markets, {child['open_orders']} orders")
        line.append(f", lease {child['used_usd']:,.2f} of {child['granted_usd']:,.2f} USD used")
    if child.get("feed_age_s") is not None:
        line.append(f", feed {_ago(child['feed_age_s'])}")
    if child.get("mailbox"):
        line.append(f", {child['mailbox']} waiting")
    return line


def _figures(content: dict[str, Any]) -> list[Text]:
    equity = content["equity_usd"]
    lines = [
        Text(
            f"equity {_money(equity)} USD, drawdown {_share(content['drawdown'])}, exposure {_money(content['exposure_usd'])},"
            f" granted {_money(content['granted_usd'])}, orders open {content['open_orders']}, fills {content['fills']:,},"
            f" restarts {content['restarts']}, cap breaches {content['cap_breaches']}"
        )
    ]
    fullest = []
    for scope in CAPS_SHOWN:
        caps = [cap for cap in content.get("caps", ()) if cap["scope"] == scope and cap["use"] is not None]
        if caps:
            cap = max(caps, key=lambda one: one["use"])
            name = "" if scope == "aggregate" else f" {cap['name'][:32]}"
            fullest.append(f"{scope}{name} {cap['use']:.0%} of {_money(cap['cap_usd'])}")
    if fullest:
        lines.append(Text("caps, the fullest: " + ", ".join(fullest)))
    if account := content.get("gateway"):
        lines.append(_account(account))
    return lines


def _account(account: dict[str, Any]) -> Text:
    """How the account at the venue stands, by its holder's last word."""
    if account.get("why_not"):
        return _red(f"account: {account['why_not']}")
    beat_s, compared = account.get("heartbeat_age_s"), account.get("last_reconciliation")
    line = Text(
        f"account: {account['open_orders']} orders may rest, {account['unknown']} of them unknown, {account['settling']}"
        f" settlements under way, heartbeat {'never' if beat_s is None else _ago(beat_s)},"
        f" user channel {'up' if account['channel_is_up'] else 'away'}, {_share(account.get('user_uptime'))} of the time"
    )
    if compared is not None:
        line.append(f", compared {account['comparisons']} times, the last with {compared['differences']} differences")
    if account.get("weather"):
        line.append(f"; nothing new rests: {account['weather']}", style="red")
    return line


def _remarks(content: dict[str, Any]) -> list[Text]:
    """What a person should not overlook."""
    lines = []
    if content["quiet"]:
        lines.append(_red("the run lives, but has written no status for that long: the Supervisor waits for something"))
    if content["state"] == "died":
        lines.append(_red(f"the process is gone since about {content['written_at']} and did not end the run"))
    if content.get("given_up"):
        lines.append(_red(f"given up: {content['given_up']}"))
    if content["resume"]:
        command = "live" if content.get("gateway") is not None else "paper"
        lines.append(
            Text(f"take it up with: astra {command} --resume --data-dir {content['data_dir']}, and its own flags")
        )
    beat = content["heartbeat"]
    if content["running"] and beat is not None and beat["old"]:
        lines.append(_red(f"the heartbeat {beat['path']} is old: {_ago(beat['age_s'])}"))
    if content.get("quarantined"):
        lines.append(_red(f"quarantined: {', '.join(content['quarantined'])}"))
    lines += [
        Text(f"stands: {word['action']}, said by {word['author']}: {word['why']}", style="yellow")
        for word in content["words"]
    ]
    if len(content["alerts"]) > ALERTS_SHOWN:
        lines.append(Text(f"alerts of the last hour: {len(content['alerts'])}, the last {ALERTS_SHOWN}:", style="dim"))
    lines += [_alert(alert) for alert in content["alerts"][-ALERTS_SHOWN:]]
    return lines


def _alert(alert: dict[str, Any]) -> Text:
    sent = "sent" if alert["delivered"] else "not sent"
    about = f" {alert['scope']}" if alert["scope"] else ""
    said = alert["message"].partition("\n")[0]
    style = {"critical": "red", "warning": "yellow"}.get(alert["severity"], "")
    return Text(
        f"alert {_ago(alert['age_s'])}: {alert['severity']} {alert['kind']}{about}: {said} ({sent})", style=style
    )


def _coloured(word: str) -> tuple[str, str]:
    return word, COLOURS.get(word.strip(), "red")


def _red(text: str) -> Text:
    return Text(text, style="red")


def _ago(age_s: float | None) -> str:
    """An age in one word: `0.4 s`, `12 s`, `5 min`, `3 h`, `2 d`."""
    if age_s is None:
        return "never"
    for limit, unit, size in ((10.0, "s", 1.0), (120.0, "s", 1.0), (7_200.0, "min", 60.0), (172_800.0, "h", 3_600.0)):
        if age_s < limit:
            return f"{age_s / size:.1f} {unit} ago" if limit == 10.0 else f"{age_s / size:.0f} {unit} ago"
    return f"{age_s / 86_400:.0f} d ago"


def _lower(word: str) -> str:
    return word.lower().replace("_", " ")


def _plain(value: Any) -> str:
    return "-" if value is None else f"{value:,}"


def _money(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"
