"""The HTTP door, against a gateway on loopback that misbehaves down to the bytes."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from pydantic import SecretStr

from components.domain.errors import CallFailed
from components.domain.model import FailureKind
from components.domain.version import VERSION
from components.gateway.client import Gateway
from components.gateway.protocol import read_reply, request_body
from tests.support.faulty_gateway import NAMES, FaultyGateway
from tests.support.faulty_replies import BAD, ERRORS, GOOD, picture

TOKEN = "sk-sesame-opens-the-door-42"
MB = 1024 * 1024
KIND = FailureKind


@pytest.fixture(scope="module")
def server() -> Iterator[FaultyGateway]:
    with FaultyGateway() as running:
        yield running


@pytest.fixture(autouse=True)
def _forget(server: FaultyGateway) -> None:
    server.note(server.requests.clear)


def gateway_at(url: str, **settings: object) -> Gateway:
    given = {"token": SecretStr(TOKEN), "timeout_s": 20.0, "max_reply_bytes": 8 * MB, **settings}
    return Gateway(base_url=url, **given)  # type: ignore[arg-type]


async def ask(server: FaultyGateway, fault: str, **settings: object):
    gateway = gateway_at(server.url, **settings)
    try:
        return await gateway.generate("nano-banana", body_for(fault))
    finally:
        await gateway.aclose()


async def failure(server: FaultyGateway, fault: str, **settings: object) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await ask(server, fault, **settings)
    assert TOKEN not in str(caught.value)
    return caught.value


def body_for(fault: str) -> bytes:
    return request_body("nano-banana", f"A hummingbird [fault:{fault}]")


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


async def test_timing_tells_the_connection_the_first_byte_and_the_last(server: FaultyGateway):
    timing = (await ask(server, "padding-then-reply")).timing
    assert timing.connect_s is not None
    assert timing.first_byte_s is not None
    assert timing.latency_s is not None
    assert 0 < timing.connect_s < timing.first_byte_s < timing.latency_s


@pytest.mark.parametrize("fault", ["healthy", "closed-after-each"])
async def test_each_request_has_its_own_connection_so_that_none_meets_a_closing_one(
    server: FaultyGateway, fault: str
):
    gateway = gateway_at(server.url)
    answers = [await gateway.generate("a", body_for(fault)) for _ in range(5)]
    await gateway.aclose()
    assert all(answer.timing.connect_s is not None for answer in answers)
    assert len({request.connection for request in server.requests}) == 5


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
        connection.close()
        await gateway.aclose()
    assert left == []


async def test_a_transport_that_is_given_may_send_at_once():
    left: list[bool] = []
    transport = httpx.MockTransport(lambda _: httpx.Response(200 if left else 500))
    gateway = gateway_at("http://gateway.test", transport=transport)
    assert (await gateway.generate("x", b"{}", lambda: left.append(True))).status == 200
    await gateway.aclose()


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


async def test_a_reply_of_exactly_the_bound_is_read_and_one_byte_more_is_not(server: FaultyGateway):
    for fault in ("healthy", "drip", "gzip"):
        size = len((await ask(server, fault)).body)
        assert len((await ask(server, fault, max_reply_bytes=size)).body) == size
        failed = await failure(server, fault, max_reply_bytes=size - 1)
        assert failed.failure.kind is KIND.REPLY_TOO_LARGE


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


class Hosts:
    """The Internet as a fake: a resolver, and a transport that records what it is asked."""

    def __init__(self, *ips: str, status: int = 200, body: bytes = b"picture") -> None:
        self.ips, self.status, self.body = list(ips), status, body
        self.requests: list[httpx.Request] = []

    async def resolve(self, _host: str, _port: int) -> list[str]:
        return self.ips

    def respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(
            self.status, content=self.body, headers={"Location": "http://10.0.0.1"}
        )

    def gateway(self, **settings: object) -> Gateway:
        return gateway_at(
            "https://gateway.test",
            transport=httpx.MockTransport(self.respond),
            resolve=self.resolve,
            image_hosts=("CDN.test", "cdn.test:8443"),
            **settings,
        )


@pytest.mark.parametrize(
    ("ip", "host"),
    [("93.184.216.34", "93.184.216.34"), ("2606:2800:220:1::1", "2606:2800:220:1::1")],
)
async def test_a_picture_on_an_allowed_host_is_fetched_from_the_checked_address_without_the_token(
    ip: str, host: str
):
    hosts = Hosts(ip)
    assert await hosts.gateway().fetch_picture("https://cdn.test/a.png?b=1") == b"picture"
    (request,) = hosts.requests
    assert request.url.host == host
    assert request.url.raw_path == b"/a.png?b=1"
    assert request.headers["host"] == "cdn.test"
    assert request.extensions["sni_hostname"] == "cdn.test"
    assert "authorization" not in request.headers


async def test_an_allowed_host_with_a_port_is_fetched_from_that_port():
    hosts = Hosts("93.184.216.34")
    await hosts.gateway().fetch_picture("https://cdn.test:8443/a.png")
    assert hosts.requests[0].url.port == 8443
    assert hosts.requests[0].headers["host"] == "cdn.test:8443"


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.test/a.png",
        "https://cdn.test:444/a.png",
        "https://cdn.test.evil.test/a.png",
        "https://evil.test/a.png",
        "https://user:password@cdn.test/a.png",
        "https://gateway.test:444/a.png",
        "http://gateway.test/a.png",
        "ftp://cdn.test/a.png",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https://[::::/",
        "https://cdn.test\ud800/",
        "a.png",
        "",
    ],
)
async def test_a_picture_anywhere_else_is_not_fetched(url: str):
    hosts = Hosts("93.184.216.34")
    with pytest.raises(CallFailed) as caught:
        await hosts.gateway().fetch_picture(url)
    assert caught.value.failure.kind is KIND.NO_IMAGE
    assert hosts.requests == []


@pytest.mark.parametrize(
    "ips",
    [["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["::1"], ["::ffff:10.0.0.1"], [],
     ["93.184.216.34", "10.0.0.1"]],
)  # fmt: skip
async def test_an_allowed_name_that_leads_to_a_private_address_is_not_fetched(ips: list[str]):
    hosts = Hosts(*ips)
    with pytest.raises(CallFailed) as caught:
        await hosts.gateway().fetch_picture("https://cdn.test/a.png")
    assert "public Internet" in str(caught.value)
    assert hosts.requests == []


@pytest.mark.parametrize("status", [302, 307, 404, 500])
async def test_a_picture_that_is_redirected_or_missing_is_not_looked_for_elsewhere(status: int):
    hosts = Hosts("93.184.216.34", status=status)
    with pytest.raises(CallFailed) as caught:
        await hosts.gateway().fetch_picture("https://cdn.test/a.png")
    assert f"HTTP {status}" in str(caught.value)
    assert not caught.value.refused_to_accept
    assert len(hosts.requests) == 1


async def test_a_picture_larger_than_a_reply_may_be_is_not_read():
    hosts = Hosts("93.184.216.34", body=b"x" * 1001)
    with pytest.raises(CallFailed) as caught:
        await hosts.gateway(max_reply_bytes=1000).fetch_picture("https://cdn.test/a.png")
    assert caught.value.failure.kind is KIND.PICTURE_TOO_LARGE


async def test_a_picture_at_the_gateway_itself_is_fetched_with_the_token(server: FaultyGateway):
    gateway = gateway_at(server.url)
    answer = await gateway.generate("nano-banana", body_for("link-same-origin"))
    (link,) = read_reply(answer, "nano-banana").links
    assert (await gateway.fetch_picture(link))[:4] == b"\x89PNG"
    assert server.requests[-1].headers["authorization"] == f"Bearer {TOKEN}"
    with pytest.raises(CallFailed):
        await gateway.fetch_picture(link.replace("1.png", "missing.png"))
    await gateway.aclose()


async def test_loopback_on_another_port_is_not_the_gateway(server: FaultyGateway):
    gateway = gateway_at(server.url, image_hosts=("127.0.0.1",))
    for link in (f"{server.elsewhere}/pictures/1.png", "https://127.0.0.1/pictures/1.png"):
        with pytest.raises(CallFailed):
            await gateway.fetch_picture(link)
    assert server.requests == []
    await gateway.aclose()


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
