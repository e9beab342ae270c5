"""What the server answers to whoever means it no good, over HTTP and from a process of its own."""

from __future__ import annotations

import http.client
import re
import socket
import sqlite3
import uuid
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from PIL import Image

from components.domain.model import Ask
from components.storage.comparisons import Store
from components.storage.media.media import Media
from tests.support.serving import Server
from tests.web.conftest import TOKEN

HASH = "0" * 64
HEADERS = {
    "content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy",
    "cross-origin-opener-policy", "permissions-policy",
}  # fmt: skip
PLACES = [
    "/", "/history", "/gateway", "/no-such-page", "/healthz", "/live/none", "/export/history.csv",
    "/export/history.csv?state=nonsense", "/download/comparison/none.zip",
    "/download/generation/none", f"/download/kept/{HASH}.bin", f"/app/static/media/{HASH}.jpg",
    f"/app/static/preview/{HASH}", f"/app/static/thumb/{HASH}.webp", "/app/static/none",
    "/demo/", "/demo/v1/models", "/_stcore/health", "/_stcore/host-config", "/_stcore/none",
    "/media/none", "/component/none/none", "/static/none",
]  # fmt: skip


@dataclass(frozen=True)
class Answered:
    """What the server said."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def raw(server: Server, method: str, path: str, **headers: str) -> Answered:
    """A request whose path and headers go out exactly as they are given."""
    to_server = http.client.HTTPConnection("localhost", server.port, timeout=20)
    with closing(to_server) as connection:
        connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        with connection.getresponse() as answer:
            return Answered(answer.status, answer.headers, answer.read())


def plain_sentence(answer: httpx.Response) -> bool:
    return answer.headers["content-type"].startswith("text/plain") and "Trace" not in answer.text


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", PLACES)
def test_security_headers_are_on_every_answer(server: Server, path: str, method: str) -> None:
    answer = httpx.request(method, server.url + path)
    assert set(answer.headers) >= HEADERS, answer.status_code
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.status_code < 500
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
@pytest.mark.parametrize(
    "path",
    ["/healthz", "/live/none", "/export/history.csv", "/download/comparison/none.zip",
     "/download/generation/none", f"/download/kept/{HASH}.bin", f"/app/static/media/{HASH}.jpg",
     f"/app/static/preview/{HASH}"],
)  # fmt: skip
def test_nothing_but_reading_is_allowed_at_our_addresses(
    server: Server, path: str, method: str
) -> None:
    answer = httpx.request(method, server.url + path)
    assert answer.status_code == 405
    assert set(answer.headers) >= HEADERS


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("host", ['evil"><script>', "a b", "[::::", "x:99999999", "a/b", "a" * 300])
def test_what_is_no_host_gets_no_link_made_of_it(server: Server, host: str, method: str) -> None:
    answer = raw(server, method, "/export/history.csv", Host=host)
    assert answer.status == 400
    assert {name.lower() for name in answer.headers} >= HEADERS
    assert b"script" not in answer.body


@pytest.mark.parametrize("host", ["localhost", "example.com:8501", "[::1]:8501", "10.0.0.1"])
def test_a_proper_host_is_served(server: Server, host: str) -> None:
    assert raw(server, "GET", "/healthz", Host=host).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/app/static/media/../../../etc/passwd",
        "/app/static/media/..%2f..%2f..%2fetc%2fpasswd.jpg",
        "/app/static/media/%2e%2e/%2e%2e/app.py",
        "/app/static/media/....//....//app.py",
        f"/app/static/media/{'A' * 64}.jpg",
        f"/app/static/media/{HASH}.JPG",
        f"/app/static/media/{HASH}.svg",
        f"/app/static/media/{HASH}.html",
        f"/app/static/media/{HASH}.jpg.html",
        f"/app/static/media/{HASH}.jpg%00.html",
        f"/app/static/media/{HASH}.jpg%0a",
        f"/app/static/media/{HASH}%0d%0aX-Evil:1.jpg",
        f"/app/static/media/{HASH[:-1]}.jpg",
        f"/app/static/media/{HASH}0.jpg",
        f"/app/static/media/{'٠' * 64}.jpg",
        f"/app/static/media/kept/00/{HASH}.bin",
        f"/app/static/preview/{HASH}.png",
        f"/app/static/preview/{HASH[:-1]}g",
        f"/download/kept/../original/00/{HASH}.jpg",
        f"/download/kept/{HASH}.jpg",
        f"/download/kept/{HASH[:-2]}..bin",
        "/download/kept/..%2f..%2fkept.bin",
        "//example.com/",
        "/.streamlit/secrets.toml",
        "/data/triptych.sqlite3",
        "/app.py",
        "/static/../.streamlit/config.toml",
    ],
)
def test_only_well_formed_hashes_lead_to_a_picture_and_no_path_leads_to_a_file(
    server: Server, path: str
) -> None:
    answer = raw(server, "GET", path.replace("٠", "%D9%A0"))
    assert {name.lower() for name in answer.headers} >= HEADERS
    assert "X-Evil" not in answer.headers
    # Streamlit answers an unknown page with its own, empty frame.
    assert answer.status in (301, 400, 404) or answer.body.lstrip().startswith(b"<!")
    for secret in (b"root:", b"[server]", b"def lifespan", b"SQLite format"):
        assert secret not in answer.body


@pytest.mark.parametrize(
    "path",
    [
        "/live/" + "a" * 5_000,
        "/live/none?once=" + "1" * 5_000,
        "/export/history.csv?q=" + "%25" * 15_000,
        "/export/history.csv?q=%00%ED%A0%80%F0%9F&alias=%00&comparison=%00",
        "/export/history.csv?" + "&".join(f"alias=a{n}" for n in range(4_000)),
        "/export/history.csv?q=%27%3B%20DROP%20TABLE%20generations%3B--",
        "/download/generation/none?picture=" + "9" * 5_000,
        "/download/generation/none?picture=-1",
        "/?comparison=%00&prompt=%00&samples=1e9&alias=%00",
    ],
)
def test_absurd_parameters_are_answered_without_a_failure(server: Server, path: str) -> None:
    answer = raw(server, "GET", path)
    assert answer.status in (200, 204, 400, 404, 414)
    assert {name.lower() for name in answer.headers} >= HEADERS


def test_an_endless_url_is_refused_and_the_server_stays_up(server: Server) -> None:
    with socket.create_connection(("localhost", server.port), timeout=20) as connection:
        connection.sendall(b"GET /?q=" + b"a" * 300_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b" 40" in connection.recv(100)[:20]
    assert httpx.get(f"{server.url}/healthz").status_code == 200


def a_comparison(server: Server) -> tuple[str, str]:
    """A comparison in the database of a server, written past it; its id and its generation's."""
    store = Store(f"sqlite:///{server.data_dir / 'triptych.sqlite3'}")
    comparison = store.create(
        Ask("a broken row", ("gpt-image",)),
        comparison_id=uuid.uuid4().hex,
        new_id=lambda: uuid.uuid4().hex,
        gateway="x",
        server="nobody's",
        visitor="x",
        at=datetime.now(UTC),
    )
    store.close()
    return comparison.id, comparison.generations[0].id


def test_a_defect_is_told_in_a_sentence_with_an_id_that_the_log_knows(server: Server) -> None:
    comparison_id, generation_id = a_comparison(server)
    with sqlite3.connect(server.data_dir / "triptych.sqlite3") as connection:
        # A row that no version of this code wrote: reading it fails in a way nobody foresaw.
        connection.execute("UPDATE generations SET state = 'odd' WHERE id = ?", (generation_id,))
    connection.close()
    for path in (
        f"/download/generation/{generation_id}",
        f"/download/comparison/{comparison_id}.zip",
    ):
        answer = httpx.get(server.url + path)
        assert answer.status_code == 500
        assert plain_sentence(answer)
        assert "'odd'" not in answer.text
        assert set(answer.headers) >= HEADERS
        found = re.search(r"error id ([0-9a-f]{8})", answer.text)
        assert found
        server.wait_for_output(found[1])
    assert "ValueError" in server.output
    assert httpx.get(f"{server.url}/healthz").status_code == 200
    with sqlite3.connect(server.data_dir / "triptych.sqlite3") as connection:
        connection.execute("DELETE FROM comparisons WHERE id = ?", (comparison_id,))
        connection.execute("DELETE FROM generations WHERE id = ?", (generation_id,))
    connection.close()


def test_what_was_kept_for_inspection_is_a_file_of_no_type(server: Server) -> None:
    hostile = b"<html><script>alert(1)</script></html>"
    key = Media((server.data_dir / "media").resolve().as_uri()).put_kept(hostile)
    answer = httpx.get(f"{server.url}/download/kept/{key.rpartition('/')[2]}")
    assert answer.content == hostile
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith('attachment; filename="arrived-')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_other_sites_may_neither_upload_nor_open_a_session(server: Server) -> None:
    upload = f"{server.url}/_stcore/upload_file/a/b"
    assert httpx.put(upload, files={"file": b"x"}).status_code == 403
    forged = {"X-Xsrftoken": "a", "Cookie": "_streamlit_xsrf=b", "Origin": "https://evil.example"}
    assert httpx.put(upload, files={"file": b"x"}, headers=forged).status_code == 403
    handshake = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    stream = "/_stcore/stream"
    assert raw(server, "GET", stream, Origin="https://evil.example", **handshake).status == 403
    assert raw(server, "GET", stream, Origin=server.url, **handshake).status == 101


def test_the_token_is_in_nothing_that_was_served(server: Server) -> None:
    for path in PLACES:
        assert TOKEN not in httpx.get(server.url + path).text
    assert TOKEN not in server.output


def test_a_stored_picture_is_served_as_a_picture_and_as_nothing_else(
    server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "a.png"
    Image.new("RGB", (8, 8), "red").save(file)
    data = file.read_bytes() + b"<script>alert(1)</script>"
    sha256 = Media((server.data_dir / "media").resolve().as_uri()).put_original(data, "png")
    answer = httpx.get(f"{server.url}/app/static/media/{sha256}.png")
    assert answer.content == data
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert httpx.get(f"{server.url}/app/static/media/{sha256}.gif").status_code == 404
