"""The embedded demo gateway: an ASGI app that speaks the gateway's protocol and draws by itself.

It answers `POST /v1/chat/completions` and `GET /v1/models`, alone or mounted under `/demo`. What
it draws is plainly synthetic: the picture, its metadata and its companion text say so.
`nano-banana` and `gpt-image` have hands of their own; `image-gen` has none: it asks `nano-banana`
and turns to `gpt-image` only when that fails hard. Any other alias prints in two inks.

Markers in square brackets anywhere in the prompt make it misbehave:

    [fail]                    every alias answers HTTP 500
    [fail gpt-image]          only this alias does
    [fail nano-banana 429]    with this status, 400 to 599; 200 is an error inside a success
    [refuse]  [no image]  [broken]  [cut]  [slow]    likewise for all aliases, or for the one named

A marker that names anything but an alias of this gateway or a status is taken for plain text.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from components.demo.drawing.art import companion_text, draw, seed_of
from components.demo.protocol import (
    DemoAsk,
    Markers,
    Refused,
    completion,
    error_body,
    model_list,
    read_ask,
    refusal,
    wordy,
)
from components.domain.aliases import BUILT_IN

_T = TypeVar("_T")
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

COMPOSITE = "image-gen"
_FIRST, _SECOND = "nano-banana", "gpt-image"
_REAL_S = {alias.name: alias.expected_s for alias in BUILT_IN if not alias.composite}
_OTHER_S = (20.0, 40.0)
_ROUTING_S = (0.2, 0.5)
# A picture takes this long to draw and encode on one slow core, whatever the time scale.
_DRAWING_S = (0.25, 0.6)
_SLOWNESS = 4.0
# Shares of the usual latency after which a gateway says no.
_FAILURE_SHARE, _REFUSAL_SHARE = 0.15, 0.4
_HANDS_AT_WORK = 2

HINTS: tuple[tuple[str, str], ...] = (
    ("[fail]", "Every alias answers with an error (HTTP 500)."),
    ("[fail gpt-image]", "Only gpt-image fails; any alias can be named."),
    (
        "[fail nano-banana 429]",
        "It fails with this HTTP status; image-gen falls back to gpt-image.",
    ),
    ("[fail gpt-image 200]", "The error comes inside an HTTP 200, as some gateways send it."),
    ("[refuse]", "The content filter declines; name an alias for that one only."),
    ("[no image]", "The reply is text without any picture."),
    ("[broken]", "The picture's bytes stop half-way and cannot be decoded."),
    ("[cut]", "The reply itself stops half-way and is not JSON any more."),
    ("[slow]", "Everything takes four times as long; [slow nano-banana] slows one alias."),
)


@dataclass(frozen=True, slots=True)
class _Answer:
    """One HTTP answer. `failed_hard` is whether another alias might do better."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    failed_hard: bool = False


class _BodyTooLarge(Exception):
    """The request's body is over the limit."""


class _ClientGone(Exception):
    """The client left before its request was complete."""


def usual_latency_s(alias: str, time_scale: float) -> tuple[float, float]:
    """From and to, in seconds: what this alias usually takes at this time scale."""
    low, high = _REAL_S.get(_FIRST if alias == COMPOSITE else alias, _OTHER_S)
    if alias == COMPOSITE:
        low, high = low + _ROUTING_S[0], high + _ROUTING_S[1]
    return max(low * time_scale, _DRAWING_S[0]), max(high * time_scale, _DRAWING_S[1])


class DemoGateway:
    """The ASGI app.

    `aliases` are the models it knows, `time_scale` the share of the real latencies that it takes,
    `max_body_bytes` the largest request. `seed` gives a new number for every request, so that two
    samples differ; `sleep`, `clock` (seconds, for measuring) and `now` (Unix time) are the outside
    world.
    """

    def __init__(
        self,
        aliases: Sequence[str] = ("nano-banana", "gpt-image", "image-gen"),
        *,
        time_scale: float = 0.05,
        max_body_bytes: int = 32 * 1024 * 1024,
        seed: Callable[[], int] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.perf_counter,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Everything has a default that suits a server; tests hand in the outside world."""
        self._aliases = tuple(aliases)
        self._time_scale = time_scale
        self._max_body_bytes = max_body_bytes
        self._seed = seed or itertools.count(secrets.randbits(32)).__next__
        self._sleep = sleep
        self._clock = clock
        self._now = now
        # Drawing is the processor's work: a few at once, and never on the event loop.
        self._threads = ThreadPoolExecutor(_HANDS_AT_WORK, thread_name_prefix="demo-hand")

    @property
    def hints(self) -> tuple[tuple[str, str], ...]:
        """Markers for a prompt, and what each does."""
        return HINTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request; turns WebSockets away."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        if scope["type"] != "http":
            raise NotImplementedError("The demo gateway answers HTTP only.")
        try:
            answer = await self._answer(scope, receive)
        except _ClientGone:
            return
        await _send(answer, send, with_body=scope["method"] != "HEAD")

    async def _answer(self, scope: Scope, receive: Receive) -> _Answer:
        method = scope["method"]
        match _path_of(scope):
            case "/v1/chat/completions":
                if method != "POST":
                    return _method_not_allowed("POST")
                return await self._complete(scope, receive)
            case "/v1/models":
                if method not in ("GET", "HEAD"):
                    return _method_not_allowed("GET, HEAD")
                return _Answer(200, model_list(self._aliases))
            case _:
                message = "There is no such path on the demo gateway."
                return _Answer(404, error_body(404, message, "not_found"))

    async def _complete(self, scope: Scope, receive: Receive) -> _Answer:
        try:
            body = await _whole_body(scope, receive, self._max_body_bytes)
            ask = await self._by_hand(read_ask, body, self._aliases)
        except _BodyTooLarge:
            message = f"The request body is over {self._max_body_bytes} bytes."
            return _Answer(413, error_body(413, message, "request_too_large"))
        except Refused as refused:
            return _Answer(refused.status, error_body(refused.status, str(refused), refused.code))
        nonce = self._seed()
        if ask.model == COMPOSITE:
            return await self._route(ask, nonce)
        return await self._attempt(ask, ask.model, nonce)

    async def _route(self, ask: DemoAsk, nonce: int) -> _Answer:
        """The composite: the fast alias first, the slow one only if that fails hard."""
        overhead = _between(_ROUTING_S, f"routing {nonce}") * self._time_scale
        await self._sleep(overhead * (_SLOWNESS if ask.markers.slow(COMPOSITE, named=True) else 1))
        said = _misbehaviour(ask.markers, COMPOSITE, named=True)
        if said is not None:
            return said
        first = await self._attempt(ask, _FIRST, nonce)
        if not first.failed_hard:
            return first
        return await self._attempt(ask, _SECOND, nonce, fallbacks=1)

    async def _attempt(self, ask: DemoAsk, hand: str, nonce: int, *, fallbacks: int = 0) -> _Answer:
        """One alias's answer, after the time that it usually takes."""
        latency = _between(_REAL_S.get(hand, _OTHER_S), f"{hand} {nonce}") * self._time_scale
        if ask.markers.slow(hand):
            latency *= _SLOWNESS
        answer = _misbehaviour(ask.markers, hand)
        if answer is not None:
            await self._sleep(
                latency * (_REFUSAL_SHARE if answer.status == 200 else _FAILURE_SHARE)
            )
        else:
            began = self._clock()
            answer = await self._by_hand(self._drawn, ask, hand, nonce)
            await self._sleep(max(0.0, latency - (self._clock() - began)))
        told = (("x-litellm-model-group", hand), ("x-litellm-attempted-fallbacks", str(fallbacks)))
        return replace(answer, headers=(*answer.headers, *told))

    def _drawn(self, ask: DemoAsk, hand: str, nonce: int) -> _Answer:
        """The picture as a chat completion, or as much of one as the prompt's markers leave."""
        picture = draw(hand, ask.prompt, f"{ask.model} {nonce}", ask.inputs)
        if ask.markers.has("broken", hand):
            picture = replace(picture, data=picture.data[: len(picture.data) * 11 // 20])
        said = completion(
            model=hand,
            text=companion_text(hand, ask.prompt, len(ask.inputs)),
            picture=picture,
            ask=ask,
            number=seed_of(ask.model, hand, str(nonce)),
            created=int(self._now()),
        )
        return _Answer(200, said[: len(said) // 2] if ask.markers.has("cut", hand) else said)

    async def _by_hand(self, work: Callable[..., _T], *given: object) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)


def _misbehaviour(markers: Markers, alias: str, *, named: bool = False) -> _Answer | None:
    """What the alias says instead of drawing; None if it draws. `named`: only if named itself."""
    status = markers.failure(alias, named=named)
    if status is not None:
        message = f"The prompt asked for this failure of {alias}."
        headers = (("retry-after", "2"),) if status in (429, 503) else ()
        # What is wrong with the request is wrong for every alias.
        hard = status not in (400, 413, 422)
        return _Answer(status, error_body(status, message, "demo_failure"), headers, hard)
    if markers.has("refuse", alias, named=named):
        return _Answer(*refusal(alias))
    if markers.has("no image", alias, named=named):
        return _Answer(200, wordy(alias))
    return None


def _between(span: tuple[float, float], seed: str) -> float:
    """A number between the two, evenly spread over seeds."""
    share = (seed_of(seed) % 1_000_003) / 1_000_003
    return span[0] + (span[1] - span[0]) * share


def _path_of(scope: Scope) -> str:
    """The path below wherever the app is mounted; servers differ in what they strip from it."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    if root and path.startswith(root + "/"):
        path = path[len(root) :]
    return path.removeprefix("/demo")


async def _whole_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    for name, value in scope.get("headers", ()):
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise _BodyTooLarge
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _ClientGone
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _BodyTooLarge
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _method_not_allowed(allowed: str) -> _Answer:
    message = f"This path takes {allowed} only."
    return _Answer(405, error_body(405, message, "method_not_allowed"), (("allow", allowed),))


async def _send(answer: _Answer, send: Send, *, with_body: bool) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(answer.body)).encode()),
        (b"cache-control", b"no-store"),
        *((name.encode(), value.encode("latin-1", "replace")) for name, value in answer.headers),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body if with_body else b""})
