"""One HTTP exchange under a wall-clock deadline; what goes wrong becomes a CallFailed."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn

import httpx
from pydantic import SecretStr

from components.domain.errors import CallFailed
from components.domain.model import Exchange, Failure, FailureKind
from components.gateway.addresses import same_origin
from components.gateway.decompression import NotDecompressible
from components.gateway.protocol.answers import Answer
from components.gateway.protocol.exchange_facts import exchange_of
from components.gateway.response_stream import Arrival

CONNECT_S: Final = 15.0
_SEEN_OF_A_FAILED_BODY: Final = 1024 * 1024  # bytes of it that are searched for its words
# Looking through an answer for the token takes 1.4 ms a megabyte, and the clocks of others run on.
_LARGE: Final = 4 * 1024 * 1024
_MAY_BE_BILLED: Final = "The request may have been billed. Press Retry to send it again."


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one exchange may take: seconds of wall-clock time, bytes of its answer."""

    within_s: float
    most_bytes: int


async def call(
    client: httpx.AsyncClient,
    request: httpx.Request,
    bounds: Bounds,
    token: SecretStr | None,
    leaving: Callable[[], None] | None = None,
) -> Answer:
    """Send a request and return its answer, whatever the status, with the token blotted out.

    `leaving` is called once there is a connection, before the first byte of the request leaves.
    An answer with another status than 2xx may be cut short. Raises CallFailed when there is no
    connection, it is lost, the deadline passes, or the answer is too large or damaged.
    """
    arrival = Arrival(bounds.most_bytes, leaving)
    try:
        async with asyncio.timeout(bounds.within_s):
            await _exchange(client, request, arrival)
    except TimeoutError:
        if not arrival.is_error:
            _timed_out(arrival, bounds, token)
    except NotDecompressible as exc:
        if not arrival.is_error:
            what = f"The gateway's reply cannot be read: {exc}."
            _fail(arrival, token, FailureKind.UNREADABLE_REPLY, f"{what} {_MAY_BE_BILLED}")
    except (httpx.TransportError, httpx.InvalidURL, OSError) as exc:
        if not arrival.is_error:
            _transport_failed(arrival, request, token, exc)
    if arrival.too_large and not arrival.is_error:
        what = (
            f"The reply is larger than {bounds.most_bytes:,} bytes, the most that is read "
            "(TRIPTYCH_MAX_REPLY_BYTES)."
        )
        _fail(arrival, token, FailureKind.REPLY_TOO_LARGE, f"{what} It was probably billed.")
    if arrival.size > _LARGE:
        answer = await asyncio.to_thread(arrival.answer, token)
    else:
        answer = arrival.answer(token)
    if answer is None:  # every way here has begun an answer
        raise AssertionError("an exchange ended without an answer and without an error")
    return answer


async def _exchange(client: httpx.AsyncClient, request: httpx.Request, arrival: Arrival) -> None:
    """Send the request and take in the answer; a redirect within the origin is followed once."""
    request.extensions = {**request.extensions, "trace": arrival.trace}
    try:
        response = await client.send(request, stream=True)
        again = _redirected(request, response)
        if again is not None:
            await response.aclose()
            response = await client.send(again, stream=True)
    except BaseException:
        await arrival.hang_up()
        raise
    try:
        arrival.begin(response)
        await arrival.take(response)
    finally:
        await response.aclose()


def _redirected(request: httpx.Request, response: httpx.Response) -> httpx.Request | None:
    """The same request to where a 307 or 308 points, if that is the same origin; else None."""
    if response.status_code not in (307, 308):
        return None
    target = redirect_target(request.url, response.headers.get("location", ""))
    if target is None or target.userinfo or not same_origin(target, request.url):
        return None
    return httpx.Request(
        request.method,
        target,
        headers=request.headers,
        content=request.content,
        extensions=request.extensions,
    )


def redirect_target(url: httpx.URL, location: str) -> httpx.URL | None:
    """Where a Location header points, seen from `url`; None when it is missing or nonsense."""
    try:
        return url.join(location) if location else None
    except (httpx.InvalidURL, UnicodeError, ValueError):
        return None


def _timed_out(arrival: Arrival, bounds: Bounds, token: SecretStr | None) -> NoReturn:
    came = "nothing" if arrival.first_byte_s is None else "no complete answer"
    what = f"The deadline of {bounds.within_s:g} s passed, and {came} had come."
    advice = (
        "The gateway may still be working on it and bill it. Press Retry to send it again, or "
        "raise TRIPTYCH_TIMEOUT_S."
    )
    _fail(arrival, token, FailureKind.TIMED_OUT, f"{what} {advice}")


def _transport_failed(
    arrival: Arrival, request: httpx.Request, token: SecretStr | None, exc: Exception
) -> NoReturn:
    host = request.url.host
    if isinstance(exc, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
        what = f"There is no connection to the gateway: {_why_not_connected(exc, host)}."
        advice = "Nothing was sent. Check TRIPTYCH_GATEWAY_URL and the network, then press Retry."
        _fail(arrival, token, FailureKind.UNREACHABLE, f"{what} {advice}", not_begun=True)
    if isinstance(exc, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        what = "The request could not be sent: its address or headers are not valid."
        advice = "Check TRIPTYCH_GATEWAY_URL and TRIPTYCH_GATEWAY_TOKEN."
        _fail(arrival, token, FailureKind.UNREACHABLE, f"{what} {advice}")
    if isinstance(exc, httpx.InvalidURL) or "location header" in str(exc):
        # httpx looks at a redirect even where it is not to follow it.
        what = "The gateway's address redirects to something that is no address."
        _fail(arrival, token, FailureKind.GATEWAY_ERROR, f"{what} Check TRIPTYCH_GATEWAY_URL.")
    if isinstance(exc, httpx.RemoteProtocolError) and not _was_closed(exc):
        what = "The gateway's answer is not valid HTTP."
        _fail(arrival, token, FailureKind.UNREADABLE_REPLY, f"{what} {_MAY_BE_BILLED}")
    when = "before an answer came" if arrival.first_byte_s is None else "in the middle of the reply"
    what = f"The connection to the gateway was lost {when}."
    _fail(arrival, token, FailureKind.CONNECTION_LOST, f"{what} {_MAY_BE_BILLED}")


def _was_closed(exc: Exception) -> bool:
    """Whether a protocol error is a connection that ended early; httpx has one class for all."""
    return any(word in str(exc).lower() for word in ("disconnected", "closed connection"))


def _why_not_connected(exc: Exception, host: str) -> str:
    causes: list[BaseException] = []
    cause: BaseException | None = exc
    while cause is not None and len(causes) < 20:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    if any(isinstance(one, ssl.SSLError) for one in causes):
        return f"no trusted TLS connection to {host} could be made"
    if any(isinstance(one, socket.gaierror) for one in causes):
        return f"the host {host} is not known"
    if isinstance(exc, httpx.ConnectTimeout):
        return f"{host} did not answer within {CONNECT_S:g} s"
    if isinstance(exc, httpx.ProxyError):
        return f"the proxy on the way to {host} did not let it through"
    return f"{host} refused it or cannot be reached"


def _fail(
    arrival: Arrival,
    token: SecretStr | None,
    kind: FailureKind,
    message: str,
    *,
    not_begun: bool = False,
) -> NoReturn:
    answer = arrival.answer(token, _SEEN_OF_A_FAILED_BODY)
    exchange = exchange_of(answer, token) if answer else Exchange(timing=arrival.timing)
    raise CallFailed(Failure(kind, message), exchange, refused_to_accept=not_begun) from None
