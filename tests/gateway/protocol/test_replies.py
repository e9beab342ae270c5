"""Replies in every shape that was seen, and in shapes that nobody has seen."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import SecretStr

from components.domain.errors import CallFailed
from components.domain.model import FailureKind, Usage
from components.gateway.protocol import Answer, Reply, read_reply
from tests.support.faulty_replies import BAD, GOOD, LINKS, Sheet

TOKEN = "sk-sesame/opens+the-door-42"


SHEET = Sheet("image-gen", "A hummingbird", TOKEN, "http://gateway.test", "http://other.test")


URL = "data:image/png;base64,aGVsbG8gd29ybGQ="


DATA = b"hello world"


def answer(document: object, headers: dict[str, str] | None = None) -> Answer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Answer(200, tuple((headers or {}).items()), body)


def read(
    document: object, headers: dict[str, str] | None = None, alias: str = "image-gen"
) -> Reply:
    return read_reply(answer(document, headers), alias, SecretStr(TOKEN))


def failure(document: object) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        read(document)
    return caught.value


def message(**fields: Any) -> dict[str, Any]:
    return {"choices": [{"message": fields, "finish_reason": "stop"}]}


@pytest.mark.parametrize("name", GOOD)
def test_the_picture_is_found_wherever_it_was_put(name: str):
    reply = read(GOOD[name](SHEET))
    assert [image.data for image in reply.images] == [SHEET.data]
    with Image.open(io.BytesIO(reply.images[0].data)) as picture:
        picture.load()
    assert reply.links == ()
    assert "base64" not in reply.text
    assert SHEET.b64[:60] not in reply.text


@pytest.mark.parametrize("name", BAD)
def test_an_answer_without_a_good_picture_is_a_failure_of_its_kind(name: str):
    kind, document = BAD[name]
    failed = failure(document(SHEET))
    assert failed.failure.kind == kind
    assert failed.failure.message.endswith(".")
    assert not failed.refused_to_accept
    assert TOKEN not in failed.failure.message + failed.exchange.reply + failed.text


@pytest.mark.parametrize("name", LINKS)
def test_an_address_where_an_image_should_be_is_a_link(name: str):
    reply = read(LINKS[name](SHEET))
    assert reply.images == ()
    assert len(reply.links) == (2 if name.startswith("links-") else 1)
    assert "](" not in reply.text


def test_companion_text_stands_without_the_picture_that_was_in_it():
    text = read(GOOD["content-markdown"](SHEET)).text
    assert text.split() == ["Here", "is", "your", "picture.", "Enjoy!"]


@pytest.mark.parametrize(
    "content",
    [
        f"One ![a]({URL}) two ![b]({URL} 'title') three",
        f"One {URL} two <img src='{URL}'> three",
        f'One "{URL}" two ({URL}) three',
    ],
)
def test_several_pictures_in_one_text_leave_only_its_words(content: str):
    reply = read(message(content=content))
    assert [image.data for image in reply.images] == [DATA]
    assert reply.text.split() == ["One", "two", "three"]


def test_words_after_a_wrapped_data_url_are_not_taken_for_base64():
    data = bytes(range(256)) * 3
    wrapped = base64.encodebytes(data).decode().rstrip()
    reply = read(message(content=f"data:image/png;base64,{wrapped}\n\nEnjoy this lovely picture"))
    assert reply.images[0].data == data
    assert reply.text == "Enjoy this lovely picture"


@pytest.mark.parametrize("length", range(600, 650))
def test_a_wrapped_data_url_in_a_text_is_read_to_its_last_line(length: int):
    data = bytes(index % 251 for index in range(length))
    wrapped = base64.encodebytes(data).decode().rstrip()
    assert (
        read(message(content=f"![]({'data:image/png;base64,' + wrapped})")).images[0].data == data
    )


def test_a_long_run_of_base64_that_is_no_picture_is_cut_out_of_the_text():
    text = failure(message(content="Look: " + "QUJD" * 500 + " done")).text
    assert text == "Look: …[2,000 base64 characters cut]… done"


def test_images_come_in_order_and_the_same_one_only_once():
    first, second = b"first picture", b"second picture"
    urls = [
        f"data:image/png;base64,{base64.b64encode(first).decode()}",
        f"data:image/jpeg;base64,{base64.b64encode(second).decode()}",
        f"data:;base64,{base64.b64encode(first).decode().rstrip('=')}",
    ]
    reply = read(message(images=[{"image_url": {"url": url}} for url in urls], content=urls[1]))
    assert [image.data for image in reply.images] == [first, second]
    assert [image.declared_type for image in reply.images] == ["image/png", "image/jpeg"]


def test_hundreds_of_images_in_one_reply_are_bounded():
    urls = [f"data:;base64,{base64.b64encode(b'%06d' % number).decode()}" for number in range(500)]
    assert len(read(message(images=urls)).images) == 32


def test_text_is_kept_when_the_model_answers_with_words():
    failed = failure(message(content="I would rather not.\0\ud800"))
    assert failed.text == "I would rather not.\ufffd"
    assert "“I would rather not." in failed.failure.message
    assert "billed" in failed.failure.message


def test_a_reply_that_ran_out_of_tokens_says_so():
    document = {"choices": [{"message": {"content": "Let me"}, "finish_reason": "length"}]}
    failed = failure(document)
    assert failed.failure.kind is FailureKind.NO_IMAGE
    assert "token limit" in failed.failure.message


def test_the_quoted_words_are_short_inert_and_without_the_token():
    words = f"<script>x</script> \u202e\0 {TOKEN} " + "very " * 200
    text = failure({"error": {"message": words}}).failure.message
    assert len(text) < 600
    assert "<" not in text
    assert "\u202e" not in text
    assert "\0" not in text
    assert "sesame" not in text


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        ({"model": "image-gen"}, {}, None),
        ({"model": "IMAGE-GEN"}, {}, None),
        ({}, {}, None),
        ({"model": 7}, {}, None),
        ({"model": "x" * 201}, {}, None),
        ({"model": "a\nb"}, {}, None),
        ({"model": "openai/gpt-5.4-image-2"}, {}, "openai/gpt-5.4-image-2"),
        ({"model": "gpt-5.4", "provider": "openai"}, {}, "openai/gpt-5.4"),
        ({"model": "a/b", "provider": "openai"}, {}, "a/b"),
        ({"model": "gemini", "provider": "Google AI Studio"}, {}, "gemini (Google AI Studio)"),
        ({"model": "image-gen", "provider": "Google"}, {}, "Google"),
        ({"model": "image-gen"}, {"x-litellm-model-group": "image-gen"}, None),
        ({"model": "image-gen"}, {"x-litellm-attempted-fallbacks": "1"}, None),
        ({"model": "image-gen"}, {"X-LiteLLM-Model-Group": "gpt-image"}, "gpt-image"),
        ({"model": "image-gen"}, {"x-litellm-model-name": "openai/image-gen"}, None),
        ({"model": "image-gen"}, {"x-litellm-model-name": "gemini/g-3"}, "gemini/g-3"),
        (
            {"model": "image-gen"},
            {"x-litellm-model-api-base": "https://g.test/v1beta/models/gemini-3:generateContent"},
            "gemini-3",
        ),
        ({"model": "image-gen"}, {"x-litellm-model-api-base": "https://api.openai.com/v1"}, None),
        ({"model": "gpt-5.4"}, {"x-litellm-model-group": "gpt-image"}, "gpt-5.4"),
    ],
)
def test_answered_by_is_what_the_reply_tells_and_never_a_guess(
    body: dict[str, Any], headers: dict[str, str], expected: str | None
):
    assert read({**message(images=[URL]), **body}, headers).answered_by == expected


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}, Usage(1, 2, 3)),
        ({"input_tokens": 1, "output_tokens": 2}, Usage(1, 2)),
        ({"prompt_tokens": "12", "completion_tokens": 12.0, "total_tokens": True}, Usage()),
        ({"prompt_tokens": -1, "completion_tokens": 2**53, "total_tokens": 2**53 - 1},
         Usage(None, None, 2**53 - 1)),
        ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, Usage()),
        ({"prompt_tokens": 9, "completion_tokens": 0}, Usage(9, 0)),
        ({"cost": 0.04}, Usage(cost_usd=0.04)),
        ({"total_cost": 1}, Usage(cost_usd=1.0)),
        ({"cost_usd": 0}, Usage(cost_usd=0.0)),
        ({"cost": -1}, Usage()),
        ({"cost": float("nan"), "total_cost": float("inf")}, Usage()),
        ([1, 2], Usage()),
        ("many", Usage()),
        (None, Usage()),
    ],
)  # fmt: skip
def test_usage_counts_only_where_it_is_a_number_that_can_be_true(usage: Any, expected: Usage):
    assert read({**message(images=[URL]), "usage": usage}).usage == expected


def test_an_integer_of_ten_thousand_digits_in_usage_breaks_nothing():
    body = json.dumps(message(images=[URL]))[:-1] + ', "usage": {"total_tokens": %s}}' % (
        "9" * 10_000
    )
    assert read(body.encode()).usage == Usage()


def test_the_cost_is_taken_from_the_header_where_the_body_has_none():
    document = message(images=[URL])
    assert read(document, {"x-litellm-response-cost": "1.335e-05"}).usage.cost_usd == 1.335e-05
    assert read(document, {"x-litellm-response-cost": "0.0"}).usage.cost_usd is None
    assert read(document, {"x-litellm-response-cost": "nan"}).usage.cost_usd is None


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"error":' * 900 + b"1" + b"}" * 900,
        b'{"choices":[{"message":{"content":' + b"[" * 800 + b"]" * 800 + b"}}]}",
        b'{"choices":[{"message":{"images":' + b"[" * 800 + b"]" * 800 + b"}}]}",
        b'{"error": "' + b"<" * 100_000 + b'"}',
        b"\x00" * 1000,
        b"\xff\xfe" * 1000,
        b"data: x\n" * 20_000,
        b'{"choices": "\\ud800"}',
    ],
)
def test_bombs_and_garbage_are_failures_and_nothing_worse(body: bytes):
    failure(body)


def test_thirty_megabytes_of_wrapped_base64_in_markdown_are_read():
    data = bytes(range(256)) * 90_000
    text = base64.encodebytes(data).decode()
    reply = read(message(content=f"Look ![x](data:image/png;base64,{text}) at this"))
    assert reply.images[0].data == data
    assert reply.text == "Look  at this"


@pytest.mark.parametrize("unit", ["data:", "![", "data:;base64,", "A ", "<img ", "QUJD\n", "](("])
def test_thirty_megabytes_of_what_looks_like_a_beginning_do_no_harm(unit: str):
    reads_or_fails(answer(message(content=unit * (30_000_000 // len(unit)))))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from([URL, "https://h.test/x.png", "data:image/png;base64,", "error", "stop"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["choices", "message", "delta", "content", "images", "image_url", "url", "type", "text",
             "error", "code", "metadata", "raw", "data", "usage", "model", "provider", "detail",
             "finish_reason", "refusal", "candidates", "parts", "inlineData", "reasons", "output"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=25,
)  # fmt: skip


PIECES = [
    "data:", "image/png", ";base64,", "QUJD", "![", "](", ")", " ", "\n", "=", "<img src=", '"',
    "\0", "%2B", "\ud800", "é",
]  # fmt: skip


def reads_or_fails(given_answer: Answer) -> None:
    try:
        reply = read_reply(given_answer, "image-gen", SecretStr(TOKEN))
    except CallFailed as failed:
        texts = [failed.failure.message, failed.text, failed.exchange.reply]
    else:
        assert reply.images or reply.links
        texts = [reply.text, reply.answered_by or "", reply.finish_reason or ""]
    for text in texts:
        text.encode()
        assert "\0" not in text


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_no_document_crashes_the_reader(document: Any):
    reads_or_fails(answer(document))
    reads_or_fails(answer({"choices": [{"message": document}]}))


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"data: ", b'{"choices":', b":", b"\xef\xbb\xbf"]),
)
def test_no_bytes_crash_the_reader(body: bytes, before: bytes):
    reads_or_fails(Answer(200, (), before + body))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_no_text_crashes_the_reader(text: str):
    reads_or_fails(answer(message(content=text)))


def test_an_error_beside_a_picture_goes_with_it():
    document = {**message(images=[URL], content="Here."), "error": {"code": 429, "message": "slow"}}
    reply = read(document)
    assert [image.data for image in reply.images] == [DATA]
    assert reply.failure
    assert reply.failure.kind is FailureKind.RATE_LIMITED
    assert reply.text == "The gateway also reported an error: “slow”.\n\nHere."
    assert read(message(images=[URL])).failure is None


def test_what_may_be_a_picture_and_is_not_among_them_is_said_to_be_left_over():
    assert not read(message(images=[URL])).leftover
    assert not read(message(images=[URL, "data:image/png;base64,%%%"])).leftover
    assert read(message(images=[URL, "data:image/png;base64,%%%" + "A" * 60])).leftover
    urls = [f"data:;base64,{base64.b64encode(b'%06d' % number).decode()}" for number in range(33)]
    assert not read(message(images=urls[:32])).leftover
    assert read(message(images=urls)).leftover


def test_a_refusal_that_litellm_puts_away_is_quoted_once():
    hidden = {"refusal": "I will not draw that.", "native_finish_reason": "stop"}
    failed = failure(message(refusal=hidden["refusal"], provider_specific_fields=hidden))
    assert failed.failure.kind is FailureKind.REFUSED
    assert failed.failure.message.count("I will not draw that") == 1
    document = message(content=None)
    document["choices"][0]["provider_specific_fields"] = hidden
    assert failure(document).failure.kind is FailureKind.REFUSED
