"""Where alerts go: addresses of apprise, masked wherever they are named, checked before anybody relies on them.

An address holds a token. It is read in the process that sends, and neither it nor a part of it is printed: a target is
known by its service, and where that is a webhook of one's own, by its host.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from pydantic import SecretStr

from astra_actors.config.alert_settings import MASK, AlertSettings
from astra_actors.config.secrets import Secrets
from astra_actors.reporting.alert_desk import Message
from astra_actors.reporting.alerts import AlertKind, Severity

REACH_S: Final = 2.0  # how long the startup checklist waits for one host
_OWN_HOSTS: Final = ("http", "https", "json", "jsons", "form", "forms", "xml", "xmls")  # webhooks of one's own
_SECURE: Final = ("https", "jsons", "forms", "xmls")
_SHORTEST: Final = 4  # a shorter part of an address would mask words that only look like it


@dataclass(frozen=True, slots=True)
class Target:
    """One address. `name` may be shown, `url` may not."""

    name: str
    url: SecretStr = field(repr=False)
    problem: str = ""  # why nothing can be sent there

    @property
    def host(self) -> tuple[str, int] | None:
        """Host and port where the address names them; most services keep theirs to themselves."""
        parts = urlsplit(self.url.get_secret_value())
        if self.problem or parts.scheme not in _OWN_HOSTS or not parts.hostname:
            return None
        return parts.hostname, parts.port or (443 if parts.scheme in _SECURE else 80)

    def unreachable(self, timeout_s: float = REACH_S) -> str:
        """Why its host does not answer; empty where it does, or where the address names none."""
        if self.host is None:
            return ""
        try:
            socket.create_connection(self.host, timeout=timeout_s).close()
        except OSError as error:
            return f"{self.host[0]} port {self.host[1]} does not answer: {error.strerror or type(error).__name__}"
        return ""


def configured_targets(settings: AlertSettings, secrets: Secrets | None = None) -> list[Target]:
    """The target of ALERT_WEBHOOK_URL and those of `alerts.urls`, each once; a malformed one says so in `problem`."""
    webhook = (secrets or Secrets()).alert_webhook_url
    urls = [webhook] if webhook is not None and webhook.get_secret_value().strip() else []
    found: dict[str, Target] = {}
    for url in [*urls, *settings.urls]:
        target = _target(url, taken={one.name for one in found.values()})
        found.setdefault(url.get_secret_value(), target)
    return list(found.values())


def _target(url: SecretStr, taken: Iterable[str]) -> Target:
    text = url.get_secret_value().strip()
    if text == MASK:
        return Target("masked", url, "this process has no addresses; it is not the one that sends")
    service = _service(text)
    name = _named(urlsplit_or_none(text), service)
    number, taken = 2, set(taken)
    unique = name
    while unique in taken:
        unique, number = f"{name} #{number}", number + 1
    problem = "" if service is not None else "this is no address of a service that apprise knows"
    return Target(unique, url, problem)


def _named(parts: SplitResult | None, service: Any) -> str:
    if service is None:
        return "malformed address"
    kind = str(service.service_name)
    if parts is not None and parts.scheme in _OWN_HOSTS and kind in ("JSON", "Form", "XML"):
        return f"{kind} webhook at {service.host}" + (f":{service.port}" if service.port else "")
    return kind


def _service(text: str) -> Any:
    """The apprise service of an address, None for one that it does not know."""
    import apprise

    logging.getLogger("apprise").setLevel(logging.WARNING)
    asset = apprise.AppriseAsset(app_id="Astra", app_desc="Astra", app_url="", async_mode=False)
    for candidate in (text, _as_json(text)):
        with _Hearing():  # what apprise has to say of an address may quote it
            found = apprise.Apprise.instantiate(candidate, asset=asset, suppress_exceptions=True) if candidate else None
        if found is not None:
            return found
    return None


def _as_json(text: str) -> str:
    """A plain http(s) webhook in apprise's own words: a POST of JSON; its query goes along as it is."""
    parts = urlsplit_or_none(text)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    query = urlencode(
        [(f"-{name}", value) for name, value in parse_qsl(parts.query, keep_blank_values=True)], quote_via=quote
    )
    scheme = "jsons" if parts.scheme == "https" else "json"
    return f"{scheme}://{parts.netloc}{parts.path}" + (f"?{query}" if query else "")


def urlsplit_or_none(text: str) -> SplitResult | None:
    """The parts of an address; None where it has none, or a port that is no number."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return parts


class Sender:
    """One target's apprise service, for the thread that uses it."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._service: Any = None

    def send(self, message: Message) -> str:
        """Send one message and wait for its answer, four seconds for each step of the way; why it failed, or nothing."""
        if self.target.problem:
            return self.target.problem
        try:
            return self._send(message)
        except Exception as error:  # whatever a service raises, trading and the other targets go on
            return f"{type(error).__name__}: {scrubbed(str(error), self.target.url)}"

    def _send(self, message: Message) -> str:
        import apprise

        kinds = {Severity.CRITICAL: "failure", Severity.WARNING: "warning", Severity.INFO: "info"}
        if self._service is None:
            self._service = _service(self.target.url.get_secret_value().strip())
        with _Hearing() as heard:
            good = self._service.notify(
                title=message.title, body=message.body, notify_type=apprise.NotifyType(kinds[message.severity])
            )
        return "" if good else scrubbed("; ".join(heard.lines) or "refused without a reason", self.target.url)


def scrubbed(text: str, url: SecretStr) -> str:
    """A text of somebody else's without any part of the address but its host."""
    secret = url.get_secret_value().strip()
    parts = urlsplit_or_none(secret)
    pieces = [secret]
    if parts is not None:
        bare = [*parts.path.split("/"), parts.username or "", parts.password or "", parts.fragment]
        own_host = parts.scheme in _OWN_HOSTS
        pieces += [parts.path, parts.query, *bare, *map(unquote, bare), *(v for _, v in parse_qsl(parts.query))]
        pieces += [] if own_host else [parts.hostname or "", parts.netloc]  # in `discord://` the host is the token
    for piece in sorted((p for p in pieces if len(p) >= _SHORTEST), key=len, reverse=True):
        text = text.replace(piece, "***")
    return " ".join(text.split())[:300]


class _Hearing(logging.Handler):
    """What apprise says in this thread while it works: the only place where it gives a reason."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self._thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.lines.append(record.getMessage())

    def __enter__(self) -> _Hearing:
        logger = logging.getLogger("apprise")
        logger.propagate = False  # its lines may quote an address; they are read here and written nowhere
        logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("apprise").removeHandler(self)


def hidden_values(settings: AlertSettings, secrets: Secrets | None = None) -> list[str]:
    """What the log masks wherever it stands: every address and every key that this process has."""
    account = secrets or Secrets()
    keys = (account.private_key, account.api_key, account.api_secret, account.api_passphrase, account.alert_webhook_url)
    return [secret.get_secret_value().strip() for secret in (*keys, *settings.urls) if secret is not None]


def try_target(target: Target) -> str:
    """Send a test; why it was not taken, or nothing. A host that does not answer is named as the reason."""
    kind = AlertKind.TEST
    message = Message("test", kind.severity, "Astra info: test", "This is a test of Astra's alerts; nothing happened.")
    problem = Sender(target).send(message)
    return (target.problem or target.unreachable() or problem) if problem else ""
