"""Pictures of every format and mode on their whole way: reply, storage, preview, download."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from components.domain.model import Ask, Generation
from components.storage.comparisons import Store
from tests.support.faulty_gateway import FaultyGateway, Turn, behaviour
from tests.support.pictures import looks_like_quarters, opened, oriented, sound_pictures
from tests.support.serving import Server

PICTURES = sound_pictures() | {f"EXIF {n}": oriented("JPEG", n) for n in range(1, 9)}


@behaviour("sound-picture")
async def _sound_picture(turn: Turn) -> None:
    """The picture that the prompt names, under a type that is never true."""
    encoded = base64.b64encode(PICTURES[turn.received.prompt]).decode()
    await turn.reply(200, turn.sheet.with_image(f"data:text/html;base64,{encoded}"))


@pytest.fixture(scope="module")
def arrived(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Server, dict[str, Generation]]]:
    """A server that was asked for each picture, and how each generation ended."""
    folder = tmp_path_factory.mktemp("data")
    store = Store(f"sqlite:///{folder / 'triptych.sqlite3'}")
    ids = {
        name: store.create(
            # In the name of a server that is gone: one that starts takes over what is queued.
            Ask(name, ("gpt-image",)),
            comparison_id=uuid.uuid4().hex,
            new_id=lambda: uuid.uuid4().hex,
            gateway="x",
            server="gone",
            visitor="x",
            at=datetime.now(UTC),
        ).id
        for name in PICTURES
    }
    with (
        FaultyGateway({"gpt-image": "sound-picture"}) as gateway,
        Server(folder, gateway_url=gateway.url, gateway_token="tok-0123456789") as server,
    ):
        gateway.wait_for(len(PICTURES), timeout_s=60)
        for comparison_id in ids.values():
            _until_ended(server, comparison_id)
        yield server, {name: store.comparison(one).generations[0] for name, one in ids.items()}
    store.close()


def _until_ended(server: Server, comparison_id: str) -> None:
    """Listen to the server's own events until the picture has landed."""
    ends_at = time.monotonic() + 60
    while time.monotonic() < ends_at:
        with httpx.stream("GET", f"{server.url}/live/{comparison_id}", timeout=30) as stream:
            for line in stream.iter_lines():
                if "/app/static/preview/" in line:
                    return
    raise AssertionError("the picture never landed")


@pytest.mark.parametrize("name", PICTURES)
def test_the_preview_looks_right_and_the_original_is_byte_for_byte_as_it_came(
    arrived: tuple[Server, dict[str, Generation]], name: str
) -> None:
    server, generations = arrived
    success = generations[name].success
    assert success is not None
    preview = httpx.get(server.url + success.picture.preview_path)
    shown = opened(preview.content)
    assert preview.headers["content-type"] == f"image/{str(shown.format).lower()}"
    assert looks_like_quarters(shown)
    original = httpx.get(server.url + success.picture.media_path)
    assert original.content == PICTURES[name]
    assert original.headers["content-type"].startswith("image/")
    download = httpx.get(f"{server.url}/download/generation/{generations[name].id}")
    assert download.content == PICTURES[name]
    assert download.headers["content-disposition"].startswith('attachment; filename="gpt-image-1-')
