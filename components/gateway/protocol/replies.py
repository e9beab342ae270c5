"""PURE: an answer of the gateway -> the Reply in it, or the failure that says why there is none."""

from __future__ import annotations

import math
import re
from typing import Any
from urllib.parse import unquote

from pydantic import SecretStr

from components.domain.errors import CallFailed
from components.domain.model import Failure, FailureKind, Usage
from components.domain.text.cleaning import short_name, storable
from components.domain.text.redaction import blot, blotted_head, quoted
from components.gateway.protocol.answers import Answer, Reply
from components.gateway.protocol.exchange_facts import exchange_of
from components.gateway.protocol.failures import (
    is_moderation,
    remark,
    sentence,
    told_failure,
)
from components.gateway.protocol.json_documents import Unreadable, document_of, text_of
from components.gateway.protocol.reply_contents import Findings
from components.gateway.protocol.reported_errors import complaint_in

LONGEST_TEXT = 100_000  # characters of companion text that are kept
_LARGEST_COUNT = 2**53  # what JSON's other readers, browsers among them, count exactly
_OUT_OF_TOKENS = ("length", "max_tokens", "max_output_tokens", "model_length")
_COST = re.compile(r"\d{1,9}(?:\.\d{1,30})?(?:[eE]-?\d{1,2})?", re.ASCII)
_MODEL_IN_URL = re.compile(r"/(?:models|deployments)/([^/?#:]{1,200})")
_BILLED = "It was probably billed."


def read_reply(answer: Answer, alias: str, token: SecretStr | None = None) -> Reply:
    """The images of a successful answer, and what came with them.

    `token` is blotted out of every text in it. An error that stands beside an image does not undo
    it: the reply carries both. Raises CallFailed for an answer that has no image, with the error
    that it tells where it tells one, and for what is no reply at all.
    """
    try:
        document = document_of(answer)
    except Unreadable:
        raise _unreadable(answer, token) from None
    found = Findings()
    if isinstance(document, dict):
        found.read(document)
    pictured = bool(found.images or found.links)
    words = "\n".join(found.texts + found.refusals if pictured else found.texts).strip()
    text = storable(blotted_head(words, token, LONGEST_TEXT), LONGEST_TEXT)
    failed: CallFailed | None = None
    complaint = complaint_in(document)
    if complaint is not None:
        failed = told_failure(complaint, answer, token, text)
        if not pictured:
            raise failed
        text = f"{remark(complaint, token)}\n\n{text}".strip()
    if not isinstance(document, dict) or not found.is_a_reply:
        raise _unreadable(answer, token)
    if not pictured:
        raise CallFailed(_without_image(found, text, token), exchange_of(answer, token), text=text)
    return Reply(
        images=tuple(found.images),
        links=() if found.images else tuple(found.links),
        text=text,
        finish_reason=_clean_name(found.finish_reason, token),
        usage=_usage(document, answer),
        answered_by=_clean_name(_answered_by(document, answer, alias), token),
        failure=failed.failure if failed else None,
        leftover=found.leftover,
    )


def _unreadable(answer: Answer, token: SecretStr | None) -> CallFailed:
    head = text_of(Answer(answer.status, answer.headers, answer.body[:20_000])).strip(
        "\ufeff\0 \r\n\t"
    )
    quote = ""
    advice = "Check that TRIPTYCH_GATEWAY_URL is right. The request may have been billed."
    if not head and len(answer.body) <= 20_000:
        what = "The gateway answered with nothing in it"
    elif head == "null":
        # LiteLLM does so where the model behind it answers with 422.
        what = "The gateway answered with null: the model behind it probably rejected the request"
        advice = "Change the prompt or the input images. The request may have been billed."
    elif head[:1] == "<":
        what = "The gateway answered with a web page instead of a reply"
        title = re.search(r"<title[^<>]{0,200}>([^<]{0,500})", head, re.IGNORECASE)
        quote = quoted(title[1], token) if title else ""
    elif head[:1] in ("{", "["):
        what = "The gateway's answer is no complete chat completion"
    elif head.count("\ufffd") * 20 > len(head):
        what = "The gateway answered with bytes that are no text"
    else:
        what, quote = (
            "The gateway answered with something that is no chat completion",
            quoted(head, token),
        )
    failure = Failure(
        FailureKind.UNREADABLE_REPLY, sentence(what, f"HTTP {answer.status}", quote, advice)
    )
    return CallFailed(failure, exchange_of(answer, token))


def _without_image(found: Findings, text: str, token: SecretStr | None) -> Failure:
    """Why a reply without a usable image has none."""
    refusal = "\n".join(found.refusals)
    filtered = next(filter(is_moderation, found.reasons), "")
    if found.broken and not refusal and not filtered:
        what = "The reply promises a picture, but what is there does not decode"
        advice = f"{_BILLED} Press Retry to ask for another."
        return Failure(FailureKind.NOT_A_PICTURE, sentence(what, "", "", advice))
    if refusal or filtered:
        what = "The model or its filter declined to make this picture"
        advice = f"{_BILLED} Rephrase the prompt and try again."
        return Failure(
            FailureKind.REFUSED,
            sentence(what, short_name(filtered) or "", quoted(refusal or text, token), advice),
        )
    if any(reason.lower() in _OUT_OF_TOKENS for reason in found.reasons):
        what = "The reply ended at the token limit before a picture was made"
        advice = f"{_BILLED} Shorten the prompt, or ask the gateway's owner to raise the limit."
        return Failure(FailureKind.NO_IMAGE, sentence(what, "", quoted(text, token), advice))
    if text:
        what = "The model answered with words instead of a picture"
        advice = f"{_BILLED} Rephrase the prompt and try again."
        return Failure(FailureKind.REFUSED, sentence(what, "", quoted(text, token), advice))
    what = "The reply holds neither a picture nor words"
    advice = f"{_BILLED} Press Retry to send it again."
    return Failure(FailureKind.NO_IMAGE, sentence(what, "", "", advice))


def _clean_name(name: str | None, token: SecretStr | None) -> str | None:
    return blot(name, token) if name else None


def _answered_by(document: dict[str, Any], answer: Answer, alias: str) -> str | None:
    """The model that the reply names; None where it only repeats the alias or names nothing."""

    def news(name: str | None) -> str | None:
        return name if name and name.casefold() != alias.casefold() else None

    provider = short_name(document.get("provider"))
    model = news(short_name(document.get("model")) or short_name(document.get("modelVersion")))
    if model:
        if not provider or "/" in model:
            return model
        one_word = re.fullmatch(r"[\w.-]+", provider)
        return short_name(f"{provider}/{model}" if one_word else f"{model} ({provider})")
    # LiteLLM prefixes the protocol that it speaks upstream: "openai/image-gen" names no one.
    deployed = short_name(answer.header("x-litellm-model-name"))
    if deployed and news(deployed.rpartition("/")[2]):
        return deployed
    upstream = _MODEL_IN_URL.search(answer.header("x-litellm-model-api-base"))
    if upstream and (name := news(short_name(unquote(upstream[1])))):
        return name
    return news(short_name(answer.header("x-litellm-model-group"))) or provider


def _usage(document: dict[str, Any], answer: Answer) -> Usage:
    told = document.get("usage") or document.get("usageMetadata")
    usage = told if isinstance(told, dict) else {}

    def count(*names: str) -> int | None:
        numbers = (_number(usage.get(name)) for name in names)
        return next((number for number in numbers if isinstance(number, int)), None)

    costs = (_number(usage.get(name)) for name in ("cost", "total_cost", "cost_usd"))
    cost = next((float(number) for number in costs if number is not None), None)
    header = answer.header("x-litellm-response-cost").strip()
    if cost is None and _COST.fullmatch(header) and float(header) > 0:
        cost = float(header)  # LiteLLM sends 0.0 for a model whose price it does not know
    counts = (
        count("prompt_tokens", "input_tokens", "promptTokenCount"),
        count("completion_tokens", "output_tokens", "candidatesTokenCount"),
        count("total_tokens", "totalTokenCount"),
    )
    # Nothing is made of no tokens: LiteLLM fills in zeros where a model tells nothing.
    return Usage(*(counts if any(counts) else (None, None, None)), cost)


def _number(value: object) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) and 0 <= value < _LARGEST_COUNT else None
