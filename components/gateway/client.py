"""The one HTTP door to the gateway: what is asked of it, and who is sent the token (it alone).

Nothing is sent again in here. Nothing goes to another origin than the gateway's, except a request
without token for a picture, to a host that a setting allows.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx
from pydantic import SecretStr

from components.domain.errors import CallFailed
from components.domain.model import Exchange, Failure, FailureKind
from components.domain.text.cleaning import short_name
from components.domain.text.redaction import quoted
from components.domain.version import VERSION
from components.gateway.addresses import (
    Resolve,
    is_public,
    is_this_machine,
    port_of,
    resolve,
    same_origin,
)
from components.gateway.exchange import CONNECT_S, Bounds, call, redirect_target
from components.gateway.protocol.answers import Answer
from components.gateway.protocol.exchange_facts import exchange_of
from components.gateway.protocol.failures import http_failure, sentence
from components.gateway.protocol.json_documents import Unreadable, document_of

log = logging.getLogger(__name__)

_MODELS_S: Final = 20.0
_MOST_MODELS: Final = 1000


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Gateway:
    """A gateway at one base URL. All calls belong on one event loop; `aclose` ends it."""

    def __init__(
        self,
        *,
        base_url: str,
        token: SecretStr | None,
        timeout_s: float,
        max_reply_bytes: int,
        image_hosts: tuple[str, ...] = (),
        transport: httpx.AsyncBaseTransport | None = None,
        resolve: Resolve = resolve,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """`base_url` has no trailing `/v1`; `timeout_s` is in seconds of wall-clock time.

        `transport` carries the requests where it is given (the demo gateway, a test's fake),
        `resolve` looks up the hosts of pictures, `now` is the time for Retry-After dates.
        """
        self._base = httpx.URL(base_url.rstrip("/"))
        self._token = token
        self._bounds = Bounds(timeout_s, max_reply_bytes)
        self._image_hosts = frozenset(host.strip().rstrip(".").lower() for host in image_hosts)
        self._transport = transport
        self._resolve, self._now = resolve, now
        # Made when first awaited, so that they belong to the event loop that uses them.
        self._own: httpx.AsyncClient | None = None
        self._others: httpx.AsyncClient | None = None

    async def generate(
        self, alias: str, body: bytes, leaving: Callable[[], None] | None = None
    ) -> Answer:
        """Send one request (`body` from `protocol.request_body`) and return its whole 2xx answer.

        `alias` is for the log; the body names it too. `leaving` is called before the first byte of
        the request may leave: not before there is a connection. Raises CallFailed for all else: no
        connection or a lost one, the deadline, too large a reply, a redirect, an HTTP error.
        """
        request = self._own_client().build_request(
            "POST",
            self._at("/v1/chat/completions"),
            content=body,
            headers={"Content-Type": "application/json"},
        )
        if leaving is not None and self._transport is not None:
            leaving()  # no telling what a transport that was given does first
        answer = await self._ask(request, self._bounds, leaving)
        log.info("%s answered after %.1f s", alias, answer.timing.latency_s or 0)
        return answer

    async def models(self) -> tuple[str, ...]:
        """The names that the gateway lists under `/v1/models`. Raises CallFailed."""
        request = self._own_client().build_request("GET", self._at("/v1/models"))
        bounds = Bounds(min(self._bounds.within_s, _MODELS_S), self._bounds.most_bytes)
        answer = await self._ask(request, bounds)
        try:
            told = document_of(answer)
        except Unreadable:
            told = None
        if isinstance(told, dict):
            told = told.get("data") or told.get("models")
        if not isinstance(told, list):
            what = "The gateway answered, but not with a list of models"
            advice = "Check that TRIPTYCH_GATEWAY_URL is right."
            message = sentence(what, f"HTTP {answer.status}", "", advice)
            failure = Failure(FailureKind.UNREADABLE_REPLY, message)
            raise CallFailed(failure, exchange_of(answer, self._token))
        names = (short_name(one.get("id") if isinstance(one, dict) else one) for one in told)
        return tuple(dict.fromkeys(name for name in names if name))[:_MOST_MODELS]

    async def fetch_picture(self, url: str) -> bytes:
        """The bytes behind the address of a picture in a reply.

        Only from the gateway's own origin, or by https from a host that TRIPTYCH_IMAGE_HOSTS names
        and that is on the public Internet; redirects are not followed. Raises CallFailed.
        """
        try:
            address = httpx.URL(url)
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise _no_picture("is not a valid one") from None
        if address.userinfo:
            raise _no_picture("has a user name in it")
        try:
            async with asyncio.timeout(self._bounds.within_s):
                if same_origin(address, self._base):
                    client, token = self._own_client(), self._token
                    request = client.build_request("GET", address)
                else:
                    client, token = self._other_client(), None
                    request = await self._checked_request(client, address)
                answer = await call(client, request, self._bounds, token)
        except TimeoutError:
            raise _no_picture("took too long to look up") from None
        except CallFailed as exc:
            raise _picture_failed(exc) from None
        if not 200 <= answer.status < 300:
            facts = exchange_of(answer, self._token)
            raise _no_picture(f"answered with HTTP {answer.status}", facts)
        return answer.body

    async def aclose(self) -> None:
        """Close every connection."""
        clients = [client for client in (self._own, self._others) if client]
        self._own = self._others = None
        for client in clients:
            await client.aclose()

    async def _ask(
        self, request: httpx.Request, bounds: Bounds, leaving: Callable[[], None] | None = None
    ) -> Answer:
        answer = await call(self._own_client(), request, bounds, self._token, leaving)
        if 300 <= answer.status < 400:
            raise self._redirect_failure(request, answer)
        if not 200 <= answer.status < 300:
            raise http_failure(answer, self._token, self._now())
        return answer

    def _redirect_failure(self, request: httpx.Request, answer: Answer) -> CallFailed:
        target = redirect_target(request.url, answer.header("location"))
        where = quoted(f"{target.scheme}://{target.host}", self._token) if target else "nowhere"
        what = f"The gateway's address redirects to {where}, and that is not followed"
        advice = "If that is the gateway, set TRIPTYCH_GATEWAY_URL to its final address."
        message = sentence(what, f"HTTP {answer.status}", "", advice)
        facts = exchange_of(answer, self._token)
        return CallFailed(Failure(FailureKind.GATEWAY_ERROR, message), facts)

    async def _checked_request(
        self, client: httpx.AsyncClient, address: httpx.URL
    ) -> httpx.Request:
        """A request for a picture on an allowed host, bound to an IP address that was checked."""
        host = address.raw_host.decode("ascii").rstrip(".").lower()
        port = port_of(address)
        named = host if port == port_of(httpx.URL("https://host")) else f"{host}:{port}"
        if address.scheme != "https" or named not in self._image_hosts:
            where = quoted(named, self._token)
            raise _no_picture(
                f"is on {where}, which is not allowed. If you trust it, and the address begins "
                "with https, name that host in TRIPTYCH_IMAGE_HOSTS"
            )
        try:
            ips = await self._resolve(host.strip("[]"), port or 443)
        except (OSError, UnicodeError):
            ips = []
        if not ips or not all(map(is_public, ips)):
            raise _no_picture("is on a host that is unknown or not on the public Internet")
        # By IP address, so that a second look-up cannot lead elsewhere; TLS checks the name.
        return client.build_request(
            "GET",
            address.copy_with(host=f"[{ips[0]}]" if ":" in ips[0] else ips[0]),
            headers={"Host": address.netloc.decode("ascii")},
            extensions={"sni_hostname": host},
        )

    def _at(self, path: str) -> httpx.URL:
        return self._base.copy_with(path=self._base.path.rstrip("/") + path)

    def _own_client(self) -> httpx.AsyncClient:
        if self._own is None:
            secret = self._token.get_secret_value() if self._token else ""
            headers = {"Authorization": f"Bearer {secret}"} if secret else {}
            self._own = self._client(
                headers, tls=self._base.scheme == "https", env=not is_this_machine(self._base.host)
            )
        return self._own

    def _other_client(self) -> httpx.AsyncClient:
        if self._others is None:
            # Past any proxy of the environment: it would do a look-up of its own.
            self._others = self._client({}, tls=True, env=False)
        return self._others

    def _client(self, headers: dict[str, str], *, tls: bool, env: bool) -> httpx.AsyncClient:
        # Without TLS no certificate is read; a context that trusts nobody stands in for them.
        trust = httpx.create_ssl_context() if tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return httpx.AsyncClient(
            headers={
                "User-Agent": f"triptych/{VERSION}",
                "Accept": "application/json, */*;q=0.5",
                # Pictures do not compress, and the time to unpack would count as latency.
                "Accept-Encoding": "identity",
                **headers,
            },
            # No cookie is kept: one request must not steer the next.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx.Timeout(None, connect=CONNECT_S),
            # Each request has its own connection. A kept one may be closed by the gateway just when
            # a request goes out on it, and then nobody knows whether that was billed. It also
            # makes latencies comparable: none of them profits from an earlier request.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            verify=trust,
            trust_env=env,
            follow_redirects=False,
            transport=self._transport,
        )


def _no_picture(why: str, exchange: Exchange | None = None) -> CallFailed:
    message = (
        f"The reply holds no picture but the address of one, which {why}. It was probably billed."
    )
    return CallFailed(Failure(FailureKind.NO_IMAGE, message), exchange)


def _picture_failed(failed: CallFailed) -> CallFailed:
    """A failure to fetch a picture, from that of the exchange: the reply itself was accepted."""
    kind = failed.failure.kind
    if kind is FailureKind.NO_IMAGE:
        return failed
    ways = {
        FailureKind.TIMED_OUT: (kind, "did not answer in time"),
        FailureKind.REPLY_TOO_LARGE: (
            FailureKind.PICTURE_TOO_LARGE,
            "gives more bytes than TRIPTYCH_MAX_REPLY_BYTES allows",
        ),
    }
    told, why = ways.get(kind, (FailureKind.NO_IMAGE, "could not be fetched"))
    plain = _no_picture(why, failed.exchange)
    return CallFailed(Failure(told, plain.failure.message), plain.exchange)
