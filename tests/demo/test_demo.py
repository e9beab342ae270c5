"""The demo gateway over its real protocol: what it draws, what it refuses, how it misbehaves."""

from __future__ import annotations

import asyncio
import base64
import io
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from components.demo.drawing.art import draw
from components.demo.drawing.canvas import caption, typeface
from components.demo.drawing.prompt_reading import read_prompt, typeable
from components.demo.drawing.scenery import SUBJECTS
from components.demo.gateway import HINTS, DemoGateway, usual_latency_s
from components.demo.protocol import MAX_INPUT_PIXELS, read_markers

ALIASES = ("nano-banana", "gpt-image", "image-gen")
HUMMINGBIRD = "A vintage scientific illustration of a hummingbird"
DRAWING_ALIASES = ("nano-banana", "gpt-image", "some/other-model")


class Sleeper:
    """Stands in for asyncio.sleep: notes what was asked for and returns at once."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)

    @property
    def total(self) -> float:
        return sum(self.slept)


@pytest.fixture
def sleeper() -> Sleeper:
    return Sleeper()


@pytest.fixture
async def client(sleeper: Sleeper) -> AsyncIterator[httpx.AsyncClient]:
    async with _client(_gateway(sleeper)) as made:
        yield made


def _gateway(sleep: Callable[[float], Awaitable[None]], **given: Any) -> DemoGateway:
    aliases = given.pop("aliases", (*ALIASES, "some/other-model"))
    seed = itertools.count(1).__next__
    # A clock that stands still: drawing takes no time, so every sleep is the whole latency.
    given = {"seed": seed, "clock": lambda: 0.0, "time_scale": 1.0, **given}
    return DemoGateway(aliases, sleep=sleep, **given)


def _client(app: Any, base_url: str = "http://demo") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=base_url)


def _body(prompt: Any, model: str = "nano-banana", **more: Any) -> dict[str, Any]:
    message = {"role": "user", "content": prompt}
    return {"model": model, "messages": [message], "stream": False, **more}


async def _ask(
    client: httpx.AsyncClient, prompt: Any, model: str = "nano-banana", **more: Any
) -> httpx.Response:
    return await client.post("/v1/chat/completions", json=_body(prompt, model, **more))


def _bytes_of(reply: httpx.Response) -> bytes:
    assert reply.status_code == 200, reply.text[:300]
    url = reply.json()["choices"][0]["message"]["images"][0]["image_url"]["url"]
    head, _, encoded = url.partition(",")
    data = base64.b64decode(encoded, validate=True)
    kind = "jpeg" if data.startswith(b"\xff\xd8") else "png"
    assert head == f"data:image/{kind};base64"
    return data


def _picture_of(reply: httpx.Response) -> Image.Image:
    image = Image.open(io.BytesIO(_bytes_of(reply)))
    image.load()
    return image


def _difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of two pictures in grey levels, at a size where grain has gone."""
    small = [
        np.asarray(i.convert("RGB").resize((64, 64), Image.Resampling.BOX), np.int16)
        for i in (one, other)
    ]
    return float(np.abs(small[0] - small[1]).mean())


def _part(image: Image.Image, kind: str = "PNG", **how: Any) -> dict[str, Any]:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return _raw_part(out.getvalue(), kind.lower())


def _raw_part(data: bytes, kind: str = "png") -> dict[str, Any]:
    url = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    return {"type": "image_url", "image_url": {"url": url}}


def _text(prompt: str) -> dict[str, Any]:
    return {"type": "text", "text": prompt}


def _gradient(width: int = 320, height: int = 240, hue: int = 0) -> Image.Image:
    y, x = np.mgrid[0:height, 0:width]
    layers = [x * 255 // width, y * 255 // height, (x + y) % 256]
    return Image.fromarray(np.stack(layers[hue:] + layers[:hue], 2).astype(np.uint8))


# What it draws


@pytest.mark.parametrize(
    ("alias", "kind"),
    [("nano-banana", "JPEG"), ("gpt-image", "PNG"), ("some/other-model", "JPEG")],
)
async def test_the_reply_is_a_chat_completion_with_a_picture_of_real_size(
    client: httpx.AsyncClient, alias: str, kind: str
) -> None:
    reply = await _ask(client, HUMMINGBIRD, alias)
    told = reply.json()
    data = _bytes_of(reply)
    image = _picture_of(reply)
    assert image.format == kind
    assert min(image.size) >= 1024
    assert 400_000 < len(data) < 2_200_000
    assert told["object"] == "chat.completion"
    assert told["id"].startswith("chatcmpl-")
    assert told["model"] == alias
    assert told["provider"]
    assert isinstance(told["created"], int)
    choice = told["choices"][0]
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["role"] == "assistant"
    assert [i["type"] for i in choice["message"]["images"]] == ["image_url"]
    usage = told["usage"]
    assert usage["prompt_tokens"] + usage["completion_tokens"] == usage["total_tokens"]
    assert usage["prompt_tokens"] > 0
    assert usage["cost"] == 0


@pytest.mark.parametrize("alias", DRAWING_ALIASES)
async def test_no_picture_can_be_taken_for_a_models(client: httpx.AsyncClient, alias: str) -> None:
    reply = await _ask(client, HUMMINGBIRD, alias)
    image = _picture_of(reply)
    inside = image.getexif()[0x010E] if image.format == "JPEG" else image.info["Description"]
    assert "Synthetic" in inside
    assert "No image model made it" in inside
    assert "synthetic" in reply.json()["choices"][0]["message"]["content"]
    assert caption(alias) == f"SYNTHETIC · Triptych demo gateway · {alias}"
    # The caption strip: two flat tones, far apart, along the foot of the picture.
    row = np.asarray(image.convert("L"))[-52]
    assert np.percentile(row, 95) - np.percentile(row, 5) > 100


async def test_every_alias_draws_in_its_own_hand(client: httpx.AsyncClient) -> None:
    drawn = [_picture_of(await _ask(client, HUMMINGBIRD, alias)) for alias in DRAWING_ALIASES]
    for one, other in itertools.combinations(drawn, 2):
        assert _difference(one, other) > 20


@pytest.mark.parametrize("alias", ["nano-banana", "image-gen"])
async def test_two_samples_of_one_alias_differ(client: httpx.AsyncClient, alias: str) -> None:
    first, second = [await _ask(client, HUMMINGBIRD, alias) for _ in range(2)]
    assert _bytes_of(first) != _bytes_of(second)
    assert first.json()["id"] != second.json()["id"]


async def test_the_same_seed_draws_the_same_picture_again() -> None:
    drawn = []
    for _ in range(2):
        async with _client(_gateway(Sleeper(), seed=lambda: 41)) as client:
            drawn.append(_bytes_of(await _ask(client, HUMMINGBIRD, "some/other-model")))
    assert drawn[0] == drawn[1]


async def test_without_a_seed_of_its_own_every_request_still_differs() -> None:
    async with _client(_gateway(Sleeper(), seed=None)) as client:
        drawn = {_bytes_of(await _ask(client, "a cat", "some/other-model")) for _ in range(3)}
    assert len(drawn) == 3


@pytest.mark.parametrize("alias", ["nano-banana", "gpt-image"])
def test_the_words_of_the_prompt_change_the_picture(alias: str) -> None:
    drawn = [
        Image.open(io.BytesIO(draw(alias, prompt, "1").data))
        for prompt in ("a red cat at night", "entropy")
    ]
    for one, other in itertools.combinations(drawn, 2):
        assert _difference(one, other) > 8


def test_a_colour_in_the_prompt_is_the_colour_of_the_subject() -> None:
    def share(prompt: str) -> float:
        data = draw("nano-banana", prompt, "3").data
        red, green, blue = np.asarray(Image.open(io.BytesIO(data)), np.int16).transpose(2, 0, 1)
        return float(((blue > red + 60) & (blue > green + 30)).mean())

    assert (
        share("a blue cat in the desert at dawn") > share("a red cat in the desert at dawn") + 0.03
    )


def test_unknown_words_still_give_different_pretty_pictures() -> None:
    one, other = (
        Image.open(io.BytesIO(draw("nano-banana", prompt, "1").data))
        for prompt in ("epistemology", "bureaucracy")
    )
    assert _difference(one, other) > 8


def test_a_long_and_a_wide_prompt_set_the_format_of_the_plate() -> None:
    sizes = {
        prompt: (drawn.width, drawn.height)
        for prompt in ("a wide panorama of hills", "a tall portrait of an owl", "an owl")
        for drawn in [draw("gpt-image", prompt, "1")]
    }
    assert list(sizes.values()) == [(1536, 1024), (1024, 1536), (1024, 1024)]


@pytest.mark.parametrize("name", SUBJECTS)
def test_every_subject_is_understood_and_drawn(name: str) -> None:
    assert (name, 1) in read_prompt(f"one {name} please").subjects
    shapes = SUBJECTS[name]()
    points = np.vstack([shape.points for shape in shapes])
    assert np.isfinite(points).all()
    assert np.abs(points).max() <= 1.25


@pytest.mark.parametrize(
    ("prompt", "subjects", "place", "hour"),
    [
        ("Three cats and an owl, at midnight", (("cat", 3), ("owl", 1)), "hills", "night"),
        ("golden butterflies over the sea at sunset", (("butterfly", 1),), "sea", "sunset"),
        ("neon-lit streets of Tokyo", (), "city", "night"),
        ("a coffee mug", (("cup", 1),), "table", "day"),
        ("the categorical imperative", (), "abstract", "day"),
        ("", (), "abstract", "day"),
    ],
)
def test_a_prompt_is_read_for_subjects_place_and_hour(
    prompt: str, subjects: tuple[tuple[str, int], ...], place: str, hour: str
) -> None:
    scene = read_prompt(prompt)
    assert (scene.subjects, scene.place, scene.hour) == (subjects, place, hour)


def test_what_stands_in_quotation_marks_is_lettering() -> None:
    assert read_prompt('a sign that says "OPEN LATE"').lettering == "OPEN LATE"
    assert read_prompt("a shop called “Café Zoë”").lettering == "Cafe Zoe"
    assert read_prompt("the dog's bone and the cat's tail").lettering == ""


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Crème brûlée — Ærø, Łódź", "Creme brulee - AEro, Lodz"),
        ("日本語の看板", ""),
        ("a 🐈 cat 👩‍🚀\x00\x07", "a cat"),
        ("שלום hello مرحبا", "hello"),
        ("\u202egnirts", "gnirts"),
        ("\ud800 lone", "lone"),
    ],
)
def test_type_is_set_only_in_letters_that_the_typeface_has(text: str, kept: str) -> None:
    assert typeable(text) == kept
    missing = bytes(typeface(30).getmask("\uffff"))
    assert all(bytes(typeface(30).getmask(c)) != missing for c in typeable(text) if c != " ")


# Input pictures


@pytest.mark.parametrize("alias", DRAWING_ALIASES)
async def test_input_pictures_change_what_is_drawn(client: httpx.AsyncClient, alias: str) -> None:
    plain, one, other, two = [
        _picture_of(await _ask(client, [_text("make it an oil painting"), *parts], alias))
        for parts in (
            [],
            [_part(_gradient())],
            [_part(_gradient(hue=1), "JPEG")],
            [_part(_gradient()), _part(_gradient(hue=2))],
        )
    ]
    assert _difference(plain, one) > 15
    # Two inks cannot tell one hue from another; the composition may still differ.
    assert _difference(one, other) > (5 if alias == "some/other-model" else 10)
    assert _difference(one, two) > 0.5


async def test_the_text_beside_the_picture_tells_of_the_inputs(client: httpx.AsyncClient) -> None:
    reply = await _ask(client, [_text("add a cat"), _part(_gradient()), _part(_gradient())],
                       "some/other-model")  # fmt: skip
    assert "your 2 pictures, with a cat" in reply.json()["choices"][0]["message"]["content"]


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(Image.new("1", (1, 1)), id="one pixel"),
        pytest.param(Image.new("L", (1, 900), 80), id="a hair line"),
        pytest.param(Image.new("LA", (40, 30), (90, 10)), id="grey with alpha"),
        pytest.param(Image.new("RGBA", (64, 64), (200, 0, 0, 40)), id="colour with alpha"),
        pytest.param(_gradient().quantize(16), id="palette"),
        pytest.param(Image.new("I;16", (50, 50), 40_000), id="16 bits"),
        pytest.param(_gradient(3000, 2000), id="large"),
    ],
)
async def test_pictures_of_every_kind_are_taken(
    client: httpx.AsyncClient, image: Image.Image
) -> None:
    reply = await _ask(client, [_text("repaint"), _part(image)], "some/other-model")
    assert _picture_of(reply).size == (1024, 1024)


async def test_an_input_is_turned_upright_before_it_is_used() -> None:
    upright = _gradient(300, 400)
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = upright.transpose(Image.Transpose.ROTATE_90)
    drawn = []
    for part in (_part(upright), _part(lying, exif=exif)):
        async with _client(_gateway(Sleeper())) as client:
            reply = await _ask(client, [_text("repaint"), part], "some/other-model")
            drawn.append(_picture_of(reply))
    assert _difference(*drawn) < 1


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(_raw_part(b"not a picture"), id="not a picture"),
        pytest.param(_raw_part(b""), id="empty"),
        pytest.param(_raw_part(b"\x89PNG\r\n\x1a\n" + b"\0" * 40), id="a signature and no more"),
        pytest.param(_raw_part(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"), id="EPS"),
        pytest.param(
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,@@@"}}, id="base64"
        ),
        pytest.param(
            {"type": "image_url", "image_url": {"url": "https://example.com/x.png"}}, id="https"
        ),
    ],
)
async def test_an_input_that_is_no_picture_is_refused(
    client: httpx.AsyncClient, part: dict[str, Any]
) -> None:
    reply = await _ask(client, [_text("repaint"), part])
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == "invalid_image"
    assert "Input image 1" in reply.json()["error"]["message"]


async def test_an_input_with_too_many_pixels_is_refused_before_it_is_decoded(
    client: httpx.AsyncClient,
) -> None:
    bomb = _part(Image.new("1", (10_000, MAX_INPUT_PIXELS // 10_000 + 1)))
    reply = await _ask(client, [_text("repaint"), bomb])
    assert reply.status_code == 400
    assert "50 million pixels" in reply.json()["error"]["message"]


async def test_a_picture_cut_short_is_refused(client: httpx.AsyncClient) -> None:
    out = io.BytesIO()
    _gradient().save(out, "PNG")
    reply = await _ask(
        client, [_text("repaint"), _raw_part(out.getvalue()[: len(out.getvalue()) // 2])]
    )
    assert reply.status_code == 400


# The composite


async def test_the_composite_answers_through_the_fast_alias(client: httpx.AsyncClient) -> None:
    reply = await _ask(client, HUMMINGBIRD, "image-gen")
    assert reply.json()["model"] == "nano-banana"
    assert reply.headers["x-litellm-model-group"] == "nano-banana"
    assert reply.headers["x-litellm-attempted-fallbacks"] == "0"
    assert _picture_of(reply).format == "JPEG"


async def test_the_composite_does_not_repeat_the_direct_aliass_picture() -> None:
    drawn = []
    for alias in ("nano-banana", "image-gen"):
        async with _client(_gateway(Sleeper(), seed=lambda: 5)) as client:
            drawn.append(_picture_of(await _ask(client, HUMMINGBIRD, alias)))
    assert _difference(*drawn) > 5


@pytest.mark.parametrize("marker", ["[fail nano-banana]", "[fail nano-banana 200]"])
async def test_the_composite_falls_back_when_the_fast_alias_fails_hard(
    client: httpx.AsyncClient, sleeper: Sleeper, marker: str
) -> None:
    reply = await _ask(client, f"a cat {marker}", "image-gen")
    assert reply.json()["model"] == "gpt-image"
    assert reply.headers["x-litellm-model-group"] == "gpt-image"
    assert reply.headers["x-litellm-attempted-fallbacks"] == "1"
    assert _picture_of(reply).format == "PNG"
    assert sleeper.total > 100  # both were waited for, the slow one in full
    assert len(sleeper.slept) == 3


@pytest.mark.parametrize("marker", ["[refuse nano-banana]", "[no image nano-banana]",
                                    "[fail nano-banana 400]"])  # fmt: skip
async def test_the_composite_does_not_fall_back_for_what_the_request_is_to_blame_for(
    client: httpx.AsyncClient, marker: str
) -> None:
    reply = await _ask(client, f"a cat {marker}", "image-gen")
    assert reply.headers["x-litellm-model-group"] == "nano-banana"
    assert reply.headers["x-litellm-attempted-fallbacks"] == "0"
    assert "images" not in reply.text


async def test_the_composite_fails_when_both_do(client: httpx.AsyncClient) -> None:
    reply = await _ask(client, "a cat [fail]", "image-gen")
    assert reply.status_code == 500
    assert reply.headers["x-litellm-attempted-fallbacks"] == "1"


async def test_the_composite_can_be_made_to_fail_by_itself(client: httpx.AsyncClient) -> None:
    assert (await _ask(client, "a cat [fail image-gen 503]", "image-gen")).status_code == 503
    assert (await _ask(client, "a cat [fail image-gen 503]")).status_code == 200


# Markers


@pytest.mark.parametrize(
    ("marker", "alias", "status"),
    [
        ("[fail]", "nano-banana", 500),
        ("[FAIL]", "gpt-image", 500),
        ("[fail gpt-image]", "gpt-image", 500),
        ("[fail gpt-image]", "nano-banana", 200),
        ("[fail 401]", "nano-banana", 401),
        ("[fail nano-banana 429]", "nano-banana", 429),
        ("[fail gpt-image 502]", "gpt-image", 502),
        ("[fail 502 gpt-image]", "gpt-image", 502),
        ("[fail] [fail nano-banana 404]", "nano-banana", 404),
        ("[fail some/other-model 524]", "some/other-model", 524),
    ],
)
async def test_a_failure_can_be_asked_for(
    client: httpx.AsyncClient, marker: str, alias: str, status: int
) -> None:
    reply = await _ask(client, f"a cat {marker}", alias)
    assert reply.status_code == status
    assert ("error" in reply.json()) == (status != 200)


async def test_a_failure_may_be_all_there_is_in_the_prompt(client: httpx.AsyncClient) -> None:
    assert (await _ask(client, "[fail]")).status_code == 500


async def test_a_rate_limit_says_when_to_come_again(client: httpx.AsyncClient) -> None:
    reply = await _ask(client, "a cat [fail 429]")
    assert float(reply.headers["retry-after"]) > 0


async def test_a_failure_can_hide_inside_a_success(client: httpx.AsyncClient) -> None:
    reply = await _ask(client, "a cat [fail 200]")
    assert reply.status_code == 200
    assert "choices" not in reply.json()
    assert reply.json()["error"]["message"]


async def test_each_alias_refuses_in_its_own_manner(client: httpx.AsyncClient) -> None:
    nano, gpt, other = [await _ask(client, "a cat [refuse]", a) for a in DRAWING_ALIASES]
    assert nano.json()["choices"][0]["native_finish_reason"] == "IMAGE_PROHIBITED_CONTENT"
    assert gpt.status_code == 400
    assert gpt.json()["error"]["code"] == "moderation_blocked"
    assert other.json()["choices"][0]["finish_reason"] == "content_filter"
    assert other.json()["choices"][0]["message"]["refusal"]
    assert all("data:image" not in reply.text for reply in (nano, gpt, other))


async def test_a_refusal_can_be_for_one_alias_only(client: httpx.AsyncClient) -> None:
    assert (await _ask(client, "a cat [refuse gpt-image]", "gpt-image")).status_code == 400
    assert _bytes_of(await _ask(client, "a cat [refuse gpt-image]"))


async def test_a_reply_without_a_picture_can_be_asked_for(client: httpx.AsyncClient) -> None:
    message = (await _ask(client, "a cat [no image]")).json()["choices"][0]["message"]
    assert message["content"]
    assert "images" not in message


@pytest.mark.parametrize("alias", ["nano-banana", "gpt-image"])
async def test_a_broken_picture_can_be_asked_for(client: httpx.AsyncClient, alias: str) -> None:
    data = _bytes_of(await _ask(client, "a cat [broken]", alias))
    with pytest.raises((OSError, SyntaxError)):
        Image.open(io.BytesIO(data)).load()


async def test_a_reply_cut_short_can_be_asked_for(client: httpx.AsyncClient) -> None:
    reply = await _ask(client, "a cat [cut]")
    assert reply.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        reply.json()


async def test_slowness_can_be_asked_for_by_alias(
    client: httpx.AsyncClient, sleeper: Sleeper
) -> None:
    await _ask(client, "a cat [slow nano-banana]")
    assert 48 <= sleeper.total <= 60
    sleeper.slept.clear()
    await _ask(client, "a cat [slow nano-banana]", "some/other-model")
    assert 20 <= sleeper.total <= 40


async def test_markers_are_no_part_of_the_picture() -> None:
    drawn = []
    for prompt in ("a red cat", "[slow] a red cat [fail gpt-image]"):
        async with _client(_gateway(Sleeper())) as client:
            drawn.append(_bytes_of(await _ask(client, prompt, "some/other-model")))
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize("text", ["[fail better]", "[slow food]", "[fail 600]", "[refuse 500]",
                                  "[broken windows]", "[failure]", "[", "[fail"])  # fmt: skip
def test_what_is_not_quite_a_marker_stays_text(text: str) -> None:
    assert read_markers(text, ALIASES)[0] == text
    assert read_markers(text, ALIASES)[1].found == ()


@pytest.mark.parametrize("marker", [marker for marker, _ in HINTS])
def test_every_hint_is_a_marker_that_works(marker: str) -> None:
    rest, markers = read_markers(f"a cat {marker}", ALIASES)
    assert rest == "a cat"
    assert len(markers.found) == 1


# Latency


@pytest.mark.parametrize(
    ("alias", "low", "high"),
    [("nano-banana", 12, 15), ("gpt-image", 100, 180), ("image-gen", 12, 15.5)],
)
async def test_latencies_are_the_real_ones_times_the_scale(
    alias: str, low: float, high: float
) -> None:
    sleeper = Sleeper()
    async with _client(_gateway(sleeper, time_scale=0.5)) as client:
        await _ask(client, "a cat", alias)
    assert low / 2 <= sleeper.total <= high / 2


async def test_drawing_counts_as_part_of_the_latency() -> None:
    sleeper = Sleeper()
    ticks = itertools.count(0, 11).__next__  # every look at the clock is 11 s later
    async with _client(_gateway(sleeper, clock=ticks)) as client:
        await _ask(client, "a cat")
    assert 1 <= sleeper.total <= 4
    sleeper.slept.clear()
    async with _client(_gateway(sleeper, clock=ticks, time_scale=0.1)) as client:
        await _ask(client, "a cat")
    assert sleeper.total == 0


def test_the_usual_latency_follows_the_scale_and_never_undercuts_the_drawing() -> None:
    assert usual_latency_s("nano-banana", 1) == (12, 15)
    assert usual_latency_s("gpt-image", 0.05) == (5, 9)
    assert usual_latency_s("image-gen", 1)[0] > 12
    low, high = usual_latency_s("nano-banana", 0)
    assert 0 < low < high < 1


async def test_a_cancelled_request_ends_at_once() -> None:
    asleep = asyncio.Event()

    async def sleep_for_ever(_seconds: float) -> None:
        asleep.set()
        await asyncio.Event().wait()

    async with _client(_gateway(sleep_for_ever)) as client:
        request = asyncio.create_task(_ask(client, "a cat"))
        await asleep.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request


async def test_requests_are_answered_side_by_side() -> None:
    asleep = 0
    all_asleep = asyncio.Event()

    async def sleep_until_all_do(_seconds: float) -> None:
        nonlocal asleep
        asleep += 1
        if asleep == 3:
            all_asleep.set()
        await all_asleep.wait()

    async with _client(_gateway(sleep_until_all_do)) as client:
        replies = await asyncio.gather(*(_ask(client, "a cat", alias) for alias in DRAWING_ALIASES))
    assert [reply.json()["model"] for reply in replies] == list(DRAWING_ALIASES)


# The contract


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "not valid JSON"),
        (b"{", 400, "not valid JSON"),
        (b"[" * 100_000, 400, "not valid JSON"),
        (b"[]", 400, "JSON object"),
        (b"\xff\xfe\x00", 400, "not valid JSON"),
        (_body("a cat", "no-such-alias"), 404, "no-such-alias"),
        (_body("a cat", ""), 400, "model"),
        (_body("a cat", stream=True), 400, "images arrive whole"),
        (_body("a cat", tools=[]), 400, "tools"),
        (_body("a cat", tool_choice="auto"), 400, "tool_choice"),
        (_body(""), 400, "empty"),
        (_body(" \n\t "), 400, "empty"),
        (_body(None), 400, "content"),
        (_body([]), 400, "empty"),
        (_body([{"type": "input_audio"}]), 400, "part"),
        (_body(["text"]), 400, "part"),
        ({"model": "nano-banana"}, 400, "messages"),
        ({"model": "nano-banana", "messages": []}, 400, "messages"),
        ({"model": "nano-banana", "messages": ["hello"]}, 400, "message"),
        ({"model": "nano-banana", "messages": [{"role": "system", "content": "x"}]}, 400, "user"),
        ({"messages": [{"role": "user", "content": "x"}]}, 400, "model"),
    ],
)
async def test_a_request_outside_the_contract_is_refused_with_a_sentence(
    client: httpx.AsyncClient, body: Any, status: int, said: str
) -> None:
    sent = {"content": body} if isinstance(body, bytes) else {"json": body}
    reply = await client.post("/v1/chat/completions", **sent)
    assert reply.status_code == status
    assert said in reply.json()["error"]["message"]
    assert reply.json()["error"]["type"] == "invalid_request_error"


async def test_a_body_over_the_limit_is_refused_told_or_not() -> None:
    async def in_pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 1000

    async with _client(_gateway(Sleeper(), max_body_bytes=10_000)) as client:
        told = await client.post("/v1/chat/completions", content=b" " * 20_000)
        untold = await client.post("/v1/chat/completions", content=in_pieces())
    assert (told.status_code, untold.status_code) == (413, 413)
    assert "10000 bytes" in told.json()["error"]["message"]


async def test_only_the_two_paths_of_the_protocol_exist(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/chat/completions")).status_code == 405
    assert (await client.post("/v1/models")).status_code == 405
    assert (await client.get("/v1/chat/completions")).headers["allow"] == "POST"
    for path in ("/", "/v1", "/v1/images/generations", "/v1/chat/completions/x"):
        assert (await client.get(path)).status_code == 404


async def test_the_models_are_the_aliases(client: httpx.AsyncClient) -> None:
    reply = await client.get("/v1/models")
    assert [m["id"] for m in reply.json()["data"]] == [*ALIASES, "some/other-model"]
    assert (await client.head("/v1/models")).content == b""


@pytest.mark.parametrize(
    ("path", "root_path"),
    [("/v1/models", "/demo"), ("/demo/v1/models", "/demo"), ("/demo/v1/models", "")],
)
async def test_it_answers_wherever_it_is_mounted(path: str, root_path: str) -> None:
    transport = httpx.ASGITransport(app=_gateway(Sleeper()), root_path=root_path)
    async with httpx.AsyncClient(transport=transport, base_url="http://demo") as client:
        assert (await client.get(path)).status_code == 200


async def test_nothing_of_the_requests_headers_comes_back(client: httpx.AsyncClient) -> None:
    secret = "Bearer sk-very-secret"
    for prompt in ("a cat [fail]", "a cat"):
        reply = await client.post(
            "/v1/chat/completions", json=_body(prompt), headers={"authorization": secret}
        )
        assert "sk-very-secret" not in reply.text + str(reply.headers)


@pytest.mark.parametrize(
    "prompt",
    [
        pytest.param("🦄🌈👩‍👩‍👧‍👦", id="emoji"),
        pytest.param("קוֹלִיבְּרִי \u202e dlrow olleh مرحبا", id="right to left"),
        pytest.param("蜂鳥の図鑑、夕焼け", id="CJK"),
        pytest.param("word " * 20_000, id="100,000 characters of words"),
        pytest.param("W" * 100_000, id="100,000 characters without a space"),
        pytest.param("a cat\x00 and \x1b[31m a dog\x00", id="NUL and escapes"),
        pytest.param('"><script>alert(1)</script>', id="markup"),
        pytest.param("Z̷̢̛a̸̧͝l̵̨̛g̶̢̛o̷" * 50, id="stacked marks"),
        pytest.param("﷽" * 3000, id="a character that expands eighteenfold"),
        pytest.param("[" * 50_000, id="brackets"),
        pytest.param("\ud83d lone surrogate", id="lone surrogate"),
    ],
)
async def test_a_hostile_prompt_gives_a_sound_picture(
    client: httpx.AsyncClient, prompt: str
) -> None:
    # The hand that sets the prompt in type is the one that it could hurt.
    reply = await client.post(
        "/v1/chat/completions", content=json.dumps(_body(prompt, "gpt-image")).encode()
    )
    assert min(_picture_of(reply).size) >= 1024
    assert "<script>" not in reply.json()["choices"][0]["message"]["content"]


async def test_a_websocket_is_turned_away_politely() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    await _gateway(Sleeper())({"type": "websocket", "path": "/"}, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1000}]


async def test_a_client_that_leaves_before_its_request_is_complete_is_not_answered() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "POST", "path": "/v1/chat/completions", "headers": []}
    await _gateway(Sleeper())(scope, receive, send)
    assert sent == []
