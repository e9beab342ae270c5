"""Requests as the gateway gets them."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.gateway.protocol import request_body, request_size

JPEG = b"\xff\xd8\xff picture"


def test_a_prompt_alone_is_sent_as_a_plain_string():
    assert json.loads(request_body("nano-banana", "A hummingbird")) == {
        "model": "nano-banana",
        "messages": [{"role": "user", "content": "A hummingbird"}],
        "stream": False,
    }


def test_input_images_follow_the_text_as_parts_with_data_urls():
    body = json.loads(request_body("gpt-image", "Oil", [("image/jpeg", JPEG), ("image/png", b"p")]))
    text, first, second = body["messages"][0]["content"]
    assert text == {"type": "text", "text": "Oil"}
    assert first["type"] == "image_url"
    head, _, data = first["image_url"]["url"].partition(",")
    assert head == "data:image/jpeg;base64"
    assert base64.b64decode(data) == JPEG
    assert second["image_url"]["url"].startswith("data:image/png;base64,")


def test_no_tools_are_ever_sent():
    assert set(json.loads(request_body("a", "tools"))) == {"model", "messages", "stream"}


@pytest.mark.parametrize(
    ("prompt", "sent"),
    [
        ("a\ud800b", "a\ufffdb"),
        ("\udfff", "\ufffd"),
        ("\ud83d\ude00", "\U0001f600"),
        ('quote " \\ \n \0 é 漢 😀', 'quote " \\ \n \0 é 漢 😀'),
    ],
)
def test_a_lone_surrogate_is_replaced_and_all_else_arrives_as_typed(prompt: str, sent: str):
    assert json.loads(request_body("a", prompt))["messages"][0]["content"] == sent


@given(
    prompt=st.text(st.characters(), max_size=200),
    inputs=st.lists(
        st.tuples(st.sampled_from(["image/jpeg", "image/png"]), st.binary(max_size=100)), max_size=4
    ),
)
def test_the_size_is_known_before_the_body_is_made(prompt: str, inputs: list[tuple[str, bytes]]):
    body = request_body("nano-banana", prompt, inputs)
    bound = request_size(prompt, [len(data) for _, data in inputs])
    assert len(body) <= bound <= len(body) + 200 * (1 + len(inputs))
