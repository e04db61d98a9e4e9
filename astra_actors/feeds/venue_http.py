"""Questions to the venue over HTTP: bounded in time and in bytes, and only what changes nothing is asked twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

import httpx2
import msgspec
import stamina

from astra_actors.feeds.stream_params import StreamParams
from astra_actors.kernel.errors import AstraError, WireError
from astra_actors.kernel.nesting import too_deep

RETRIED: Final = (408, 425, 429, 500, 502, 503, 504)
Query = Sequence[tuple[str, str]]


class VenueSilent(AstraError):
    """The venue gave no usable answer: `status` is its HTTP status, 0 when there was none, `timeout` says which."""

    def __init__(self, url: str, why: str, *, status: int = 0, timeout: bool = False) -> None:
        self.url, self.status, self.timeout = url, status, timeout
        super().__init__(f"{url} gave no answer: {why}")


class VenueHttp:
    """One pool of connections; blocks, so it belongs to a thread that may wait."""

    def __init__(self, params: StreamParams) -> None:
        self._params = params
        loopback = urlsplit(params.gamma_url).hostname in ("127.0.0.1", "localhost", "::1")
        self._client = httpx2.Client(
            timeout=params.http_timeout_s,
            follow_redirects=False,  # the venue's answers come from the venue
            headers={"Accept": "application/json"},
            trust_env=not loopback,
        )
        self.requests = 0

    def get(self, url: str, query: Query = ()) -> bytes:
        """The body of a GET, asked again with a growing wait while the venue is busy."""
        attempts = stamina.retry_context(
            on=_is_passing, attempts=self._params.http_attempts, wait_initial=0.2, wait_max=5.0, wait_jitter=0.2
        )
        for attempt in attempts:
            with attempt:
                return self._ask("GET", url, query=query)
        raise AssertionError("a retry ends with an answer or with its last failure")

    def post(self, url: str, content: object) -> bytes:
        """The body of one POST of JSON; never repeated."""
        return self._ask("POST", url, body=msgspec.json.encode(content), headers={"Content-Type": "application/json"})

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _ask(
        self,
        method: str,
        url: str,
        *,
        query: Query = (),
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        self.requests += 1
        try:
            with self._client.stream(method, url, params=list(query), content=body, headers=headers) as answer:
                content = self._bounded(answer, url)
        except httpx2.TimeoutException as error:
            raise VenueSilent(url, f"{type(error).__name__}", timeout=True) from error
        except httpx2.HTTPError as error:
            raise VenueSilent(url, f"{type(error).__name__}: {error}") from error
        if answer.status_code != 200:
            raise VenueSilent(url, f"HTTP {answer.status_code} {content[:200]!r}", status=answer.status_code)
        return content

    def _bounded(self, answer: httpx2.Response, url: str) -> bytes:
        limit = self._params.body_bytes_max
        parts: list[bytes] = []
        size = 0
        for part in answer.iter_bytes():
            size += len(part)
            if size > limit:
                raise WireError("body", size, f"an answer of {url} has at most {limit:,} bytes")
            parts.append(part)
        content = b"".join(parts)
        if too_deep(content):
            raise WireError("body", content[:40], f"an answer of {url} nests a few levels")
        return content


def _is_passing(error: Exception) -> bool:
    """Whether asking again may help."""
    return isinstance(error, VenueSilent) and (error.status == 0 or error.status in RETRIED)
