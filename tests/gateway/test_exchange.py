"""One exchange, against a gateway on loopback that misbehaves down to the bytes."""

from __future__ import annotations

import asyncio
import gc
import socket

import httpx
import pytest

from components.domain.errors import CallFailed
from components.domain.model import FailureKind
from components.gateway.protocol import read_reply, request_body
from tests.support.faulty_gateway import FaultyGateway
from tests.support.faulty_replies import BAD, ERRORS, GOOD, picture
from tests.support.gateway_clients import TOKEN, ask, body_for, failure, gateway_at

KIND = FailureKind


async def test_timing_tells_the_connection_the_first_byte_and_the_last(server: FaultyGateway):
    timing = (await ask(server, "padding-then-reply")).timing
    assert timing.connect_s is not None
    assert timing.first_byte_s is not None
    assert timing.latency_s is not None
    assert 0 < timing.connect_s < timing.first_byte_s < timing.latency_s


ARRIVES = [
    "drip", "padding-then-reply", "processing-then-reply", "byte-order-mark", "utf-16",
    "until-close",
    "declared-as-html", "sse", "gzip", "gzip-twice", "gzip-not-really", "bare-deflate", "fell-back",
    "encoding-not-really",
    "redirect-same-origin",
]  # fmt: skip


@pytest.mark.parametrize("fault", [*ARRIVES, *GOOD])
async def test_an_odd_answer_that_arrives_is_read(server: FaultyGateway, fault: str):
    reply = read_reply(await ask(server, fault), "nano-banana")
    assert reply.images[0].data == picture("nano-banana", server.requests[0].prompt)


@pytest.mark.parametrize("fault", [*BAD, "sse-error", "padding-then-error", "no-content"])
async def test_a_failure_inside_a_200_is_told_by_the_reader(server: FaultyGateway, fault: str):
    answer = await ask(server, fault)
    with pytest.raises(CallFailed) as caught:
        read_reply(answer, "nano-banana")
    if fault in BAD:
        assert caught.value.failure.kind == BAD[fault][0]
    assert TOKEN not in answer.body.decode("latin-1")
    assert TOKEN not in str(caught.value) + caught.value.exchange.reply


@pytest.mark.parametrize("fault", ERRORS)
async def test_an_http_error_is_a_failure_with_its_facts(server: FaultyGateway, fault: str):
    failed = await failure(server, fault)
    assert failed.failure.kind == ERRORS[fault].kind
    assert failed.exchange.status == ERRORS[fault].status
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("reset-at-once", KIND.CONNECTION_LOST),
        ("reset-in-body", KIND.CONNECTION_LOST),
        ("close-without-answer", KIND.CONNECTION_LOST),
        ("cut-short", KIND.CONNECTION_LOST),
        ("cut-short-chunked", KIND.CONNECTION_LOST),
        ("gzip-corrupt", KIND.UNREADABLE_REPLY),
        ("gzip-cut-short", KIND.UNREADABLE_REPLY),
        ("unknown-encoding", KIND.UNREADABLE_REPLY),
        ("gzip-corrupt-500", KIND.GATEWAY_ERROR),
        ("not-http", KIND.UNREADABLE_REPLY),
        ("gzip-bomb", KIND.REPLY_TOO_LARGE),
        ("endless-flood", KIND.REPLY_TOO_LARGE),
        ("announced-too-large", KIND.REPLY_TOO_LARGE),
        ("redirect-elsewhere", KIND.GATEWAY_ERROR),
        ("redirect-loop", KIND.GATEWAY_ERROR),
        ("redirect-302", KIND.GATEWAY_ERROR),
        ("redirect-nonsense", KIND.GATEWAY_ERROR),
    ],
)
async def test_what_goes_wrong_on_the_wire_is_a_failure_that_is_not_sent_again(
    server: FaultyGateway, fault: str, kind: FailureKind
):
    failed = await failure(server, fault)
    assert failed.failure.kind == kind
    assert not failed.refused_to_accept
    assert "Errno" not in str(failed)


async def test_a_body_that_ends_early_unannounced_is_no_reply(server: FaultyGateway):
    with pytest.raises(CallFailed) as caught:
        read_reply(await ask(server, "cut-short-unannounced"), "nano-banana")
    assert caught.value.failure.kind is KIND.UNREADABLE_REPLY


@pytest.mark.parametrize(
    "fault",
    ["hold", "hold-after-head", "endless-drip", "endless-padding", "endless-processing",
     "endless-head"],
)  # fmt: skip
async def test_the_deadline_holds_whatever_drips_and_the_connection_is_closed(
    server: FaultyGateway, fault: str
):
    failed = await failure(server, fault, timeout_s=0.3)
    assert failed.failure.kind is KIND.TIMED_OUT
    assert "0.3 s" in str(failed)
    assert "bill" in str(failed)
    assert not failed.refused_to_accept
    assert failed.exchange.timing.latency_s is None
    await asyncio.to_thread(server.wait_until, lambda requests: requests[0].left)


async def test_an_error_whose_body_never_ends_is_still_that_error(server: FaultyGateway):
    failed = await failure(server, "endless-429", timeout_s=0.3)
    assert failed.failure.kind is KIND.RATE_LIMITED
    assert failed.refused_to_accept
    assert failed.retry_after_s == 3


async def test_a_held_reply_arrives_when_it_is_released():
    with FaultyGateway(faults={"nano-banana": "hold"}) as server:
        gateway = gateway_at(server.url)
        asked = asyncio.create_task(
            gateway.generate("nano-banana", request_body("nano-banana", "A"))
        )
        await asyncio.to_thread(server.wait_for, 1)
        assert not asked.done()
        server.release()
        assert (await asked).status == 200
        await gateway.aclose()


async def test_cancelling_goes_through_and_closes_the_connection(server: FaultyGateway):
    gateway = gateway_at(server.url)
    asked = asyncio.create_task(gateway.generate("nano-banana", body_for("hold")))
    await asyncio.to_thread(server.wait_for, 1)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await asyncio.to_thread(server.wait_until, lambda requests: requests[0].left)
    await gateway.aclose()


async def test_a_reply_of_exactly_the_bound_is_read_and_one_byte_more_is_not(server: FaultyGateway):
    for fault in ("healthy", "drip", "gzip"):
        size = len((await ask(server, fault)).body)
        assert len((await ask(server, fault, max_reply_bytes=size)).body) == size
        failed = await failure(server, fault, max_reply_bytes=size - 1)
        assert failed.failure.kind is KIND.REPLY_TOO_LARGE


async def test_it_is_told_before_the_first_byte_of_a_request_leaves(server: FaultyGateway):
    gateway, left = gateway_at(server.url), []
    body = body_for("healthy")
    answer = await gateway.generate("nano-banana", body, lambda: left.append(len(server.requests)))
    assert answer.status == 200
    assert left == [0]
    await gateway.aclose()


async def test_nothing_has_left_while_there_is_no_connection():
    """A server that takes connections and says no word of TLS."""
    left: list[bool] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(20)
        gateway = gateway_at(f"https://127.0.0.1:{silent.getsockname()[1]}")
        asked = asyncio.create_task(
            gateway.generate("nano-banana", b"{}", lambda: left.append(True))
        )
        connection, _ = await asyncio.to_thread(silent.accept)
        assert await asyncio.to_thread(connection.recv, 1)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        connection.settimeout(20)
        while await asyncio.to_thread(connection.recv, 65536):
            pass  # the rest of what it began with; then it has hung up
        connection.close()
        await gateway.aclose()
    gc.collect()
    assert left == []


async def test_a_transport_that_is_given_may_send_at_once():
    left: list[bool] = []
    transport = httpx.MockTransport(lambda _: httpx.Response(200 if left else 500))
    gateway = gateway_at("http://gateway.test", transport=transport)
    assert (await gateway.generate("x", b"{}", lambda: left.append(True))).status == 200
    await gateway.aclose()
