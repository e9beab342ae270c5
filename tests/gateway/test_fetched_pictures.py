"""Pictures that a reply only links to: from where they are fetched, and with what."""

from __future__ import annotations

import httpx
import pytest

from components.domain.errors import CallFailed
from components.domain.model import FailureKind
from components.gateway.client import Gateway
from components.gateway.protocol import read_reply
from tests.support.faulty_gateway import FaultyGateway
from tests.support.gateway_clients import TOKEN, body_for, gateway_at

KIND = FailureKind


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
