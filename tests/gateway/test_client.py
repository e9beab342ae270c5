"""The HTTP door: what is asked of a gateway, what is sent along, and to whom."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from datetime import UTC, datetime

import httpx
import pytest

from components.domain.errors import CallFailed
from components.domain.model import FailureKind
from components.domain.version import VERSION
from components.gateway.protocol import read_reply, request_body
from tests.support.faulty_gateway import NAMES, FaultyGateway
from tests.support.faulty_replies import picture
from tests.support.gateway_clients import TOKEN, ask, body_for, failure, gateway_at

KIND = FailureKind


async def test_a_healthy_request_goes_out_as_the_contract_says(server: FaultyGateway):
    answer = await ask(server, "healthy")
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == f"triptych/{VERSION}"
    assert request.document["stream"] is False
    reply = read_reply(answer, "nano-banana")
    assert reply.images[0].data == picture("nano-banana", request.prompt)
    assert reply.usage.total_tokens == 1302


async def test_without_a_token_no_authorization_is_sent(server: FaultyGateway):
    await ask(server, "healthy", token=None)
    assert "authorization" not in server.requests[0].headers


async def test_a_gateway_that_wants_a_token_and_got_none_says_which_setting(server: FaultyGateway):
    assert "set TRIPTYCH_GATEWAY_TOKEN" in str(await failure(server, "http-401", token=None))


@pytest.mark.parametrize("fault", ["healthy", "closed-after-each"])
async def test_each_request_has_its_own_connection_so_that_none_meets_a_closing_one(
    server: FaultyGateway, fault: str
):
    gateway = gateway_at(server.url)
    answers = [await gateway.generate("a", body_for(fault)) for _ in range(5)]
    await gateway.aclose()
    assert all(answer.timing.connect_s is not None for answer in answers)
    assert len({request.connection for request in server.requests}) == 5


async def test_other_calls_go_on_while_one_hangs():
    with FaultyGateway(
        faults={"gpt-image": "endless-padding", "image-gen": "reset-at-once"}
    ) as server:
        gateway = gateway_at(server.url, timeout_s=1.0)
        aliases = ("nano-banana", "gpt-image", "image-gen")
        answers = await asyncio.gather(
            *(gateway.generate(alias, request_body(alias, "A")) for alias in aliases),
            return_exceptions=True,
        )
        await gateway.aclose()
    good, hung, lost = answers
    assert not isinstance(good, BaseException)
    assert isinstance(hung, CallFailed)
    assert hung.failure.kind is KIND.TIMED_OUT
    assert isinstance(lost, CallFailed)
    assert lost.failure.kind is KIND.CONNECTION_LOST


async def test_a_refused_connection_was_not_accepted():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        gateway = gateway_at(f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(CallFailed) as caught:
            await gateway.generate("a", b"{}")
        await gateway.aclose()
    assert caught.value.failure.kind is KIND.UNREACHABLE
    assert caught.value.refused_to_accept
    assert "127.0.0.1" in str(caught.value)


async def test_a_server_without_tls_is_unreachable_by_https(server: FaultyGateway):
    gateway = gateway_at(server.url.replace("http:", "https:"))
    with pytest.raises(CallFailed) as caught:
        await gateway.generate("a", b"{}")
    await gateway.aclose()
    assert caught.value.failure.kind is KIND.UNREACHABLE
    assert "TLS" in str(caught.value)


async def test_an_unknown_host_is_unreachable():
    gateway = gateway_at("http://no-such-host.invalid")
    with pytest.raises(CallFailed) as caught:
        await gateway.generate("a", b"{}")
    await gateway.aclose()
    assert caught.value.failure.kind is KIND.UNREACHABLE


@pytest.mark.parametrize("status", [429, 503])
async def test_a_429_and_a_503_were_not_accepted_and_may_say_when(
    server: FaultyGateway, status: int
):
    failed = await failure(server, f"http-{status}")
    assert failed.refused_to_accept
    assert failed.retry_after_s == {429: 2, 503: 1}[status]


async def test_the_token_never_follows_a_redirect_to_another_origin(server: FaultyGateway):
    failed = await failure(server, "redirect-elsewhere")
    assert [request.elsewhere for request in server.requests] == [False]
    assert "127.0.0.1" in str(failed)
    assert "TRIPTYCH_GATEWAY_URL" in str(failed)


async def test_a_redirect_within_the_origin_is_followed_once(server: FaultyGateway):
    await ask(server, "redirect-same-origin")
    assert [request.path for request in server.requests] == ["/v1/chat/completions", "/v1/moved"]
    assert server.requests[0].body == server.requests[1].body
    server.note(server.requests.clear)
    await failure(server, "redirect-loop")
    assert len(server.requests) == 2


async def test_an_echoed_token_is_nowhere_in_a_failure(server: FaultyGateway):
    failed = await failure(server, "echo-token-500")
    assert "[hidden]" in str(failed)
    assert TOKEN not in repr(failed.exchange)
    assert ("server", "for-[hidden]") in failed.exchange.headers


async def test_an_echoed_token_is_nowhere_in_an_answer(server: FaultyGateway):
    answer = await ask(server, "echo-token")
    assert TOKEN.encode() not in answer.body


async def test_the_fallback_of_a_composite_alias_is_named(server: FaultyGateway):
    reply = read_reply(await ask(server, "fell-back"), "image-gen")
    assert reply.answered_by == "openai/gpt-5.4-image-2"


async def test_the_models_of_a_gateway_are_listed(server: FaultyGateway):
    gateway = gateway_at(server.url)
    assert await gateway.models() == ("nano-banana", "gpt-image", "image-gen")
    await gateway.aclose()


@pytest.mark.parametrize(
    ("document", "names"),
    [
        ({"data": [{"id": "a"}, {"id": "a"}, {"id": 7}, "b", None]}, ("a", "b")),
        ({"models": ["x"]}, ("x",)),
        (["y"], ("y",)),
        ({"data": {}}, None),
        ("hello", None),
    ],
)
async def test_model_lists_of_other_shapes_are_read_or_refused(
    document: object, names: tuple[str, ...] | None
):
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=document))
    gateway = gateway_at("http://gateway.test", transport=transport)
    if names is not None:
        assert await gateway.models() == names
        return
    with pytest.raises(CallFailed) as caught:
        await gateway.models()
    assert caught.value.failure.kind is KIND.UNREADABLE_REPLY


async def test_an_asgi_app_is_reached_like_any_gateway():
    async def app(scope, receive, send):
        body = (await receive())["body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b" " + scope["path"].encode()})

    gateway = gateway_at("http://demo/base", transport=httpx.ASGITransport(app))
    answer = await gateway.generate("a", b"{}")
    assert answer.body == b"{} /base/v1/chat/completions"
    assert answer.timing.latency_s is not None
    await gateway.aclose()


async def test_retry_after_dates_are_read_by_the_clock_that_was_given():
    def late(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(429, headers={"Retry-After": "Fri, 01 May 2026 12:00:09 GMT"})

    gateway = gateway_at(
        "http://gateway.test",
        transport=httpx.MockTransport(late),
        now=lambda: datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC),
    )
    with pytest.raises(CallFailed) as caught:
        await gateway.generate("a", b"{}")
    assert caught.value.retry_after_s == 9


async def test_loopback_is_reached_past_any_proxy_of_the_environment(
    server: FaultyGateway, monkeypatch: pytest.MonkeyPatch
):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert (await ask(server, "healthy")).status == 200


def test_a_gateway_made_outside_a_loop_works_in_the_loop_that_first_awaits_it(
    server: FaultyGateway,
):
    gateway = gateway_at(server.url)
    statuses: list[int] = []

    async def asked() -> None:
        statuses.append((await gateway.generate("a", body_for("healthy"))).status)
        await gateway.aclose()

    thread = threading.Thread(target=lambda: asyncio.run(asked()))
    thread.start()
    thread.join()
    assert statuses == [200]


def test_a_fault_can_be_chosen_for_one_alias_in_the_prompt_or_by_its_name():
    with FaultyGateway(faults={"b": "http-500"}) as server:
        statuses = [
            httpx.post(
                f"{server.url}/v1/chat/completions",
                content=json.dumps({"model": alias, "messages": [{"content": prompt}]}),
                trust_env=False,
            ).status_code
            for alias, prompt in (
                ("a", "x"), ("b", "x"), ("fault-http-402", "x"),
                ("a", "x [fault:b=http-429]"), ("b", "x [fault:b=http-429]"), ("a", "[fault:nope]"),
            )
        ]  # fmt: skip
        assert statuses == [200, 500, 402, 200, 429, 500]
        assert [request.alias for request in server.requests] == [
            "a",
            "b",
            "fault-http-402",
            "a",
            "b",
            "a",
        ]
    assert len(NAMES) > 150
