"""Whatever an answer is taken for, nothing in it that may have been paid for is dropped."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace

import pytest

from components.domain.model import Attempt, FailureKind, Generation, State
from tests.support.faulty_gateway import FaultyGateway
from tests.support.faulty_replies import BAD, LINKS, PAID_FOR, picture
from tests.support.house import ASK, House, house

ONE = replace(ASK, aliases=("gpt-image",))
PICTURE = picture("gpt-image", ONE.prompt, "PNG")


@pytest.fixture(scope="module")
def gateway() -> Iterator[FaultyGateway]:
    with FaultyGateway() as gateway:
        yield gateway


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory, gateway: FaultyGateway) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house"), gateway.url) as at:
        yield at


def ended(at: House, gateway: FaultyGateway, fault: str) -> tuple[Generation, Attempt]:
    gateway.faults["gpt-image"] = fault
    (one,) = at.when(at.ask(ONE).id).generations
    (record,) = at.store.attempts(one.id)
    return one, record


@pytest.mark.parametrize("fault", ["error-says-success", "error-says-200"])
def test_an_error_that_reports_success_is_none(
    at: House, gateway: FaultyGateway, fault: str
) -> None:
    one, record = ended(at, gateway, fault)
    assert one.state is State.SUCCEEDED
    assert one.success is not None
    assert one.success.text == "Here is your picture."
    assert at.media.original(one.success.picture.sha256, "png") == PICTURE
    assert record.kept is None


def test_a_picture_beside_an_error_counts_and_the_error_is_told(
    at: House, gateway: FaultyGateway
) -> None:
    one, record = ended(at, gateway, "error-beside-image")
    assert one.success is not None
    assert at.media.original(one.success.picture.sha256, "png") == PICTURE
    assert "reported an error: “late error”" in one.success.text
    assert "Here is your picture." in one.success.text
    assert record.failure is None


@pytest.mark.parametrize("fault", ["refusal-beside-image", "filtered-beside-image"])
def test_a_picture_beside_a_refusal_counts(at: House, gateway: FaultyGateway, fault: str) -> None:
    one, _ = ended(at, gateway, fault)
    assert one.success is not None
    assert at.media.original(one.success.picture.sha256, "png") == PICTURE
    assert one.success.text == ("Not again." if "refusal" in fault else "")


def test_a_broken_picture_beside_an_error_is_that_error_and_kept(
    at: House, gateway: FaultyGateway
) -> None:
    one, record = ended(at, gateway, "picture-cut-short-beside-error")
    assert one.failure is not None
    assert one.failure.kind is FailureKind.GATEWAY_ERROR
    assert "late error" in one.failure.message
    assert record.kept is not None
    assert at.media.kept(record.kept) == PICTURE[: len(PICTURE) // 2]


@pytest.mark.parametrize("fault", PAID_FOR)
def test_an_answer_that_fails_and_may_hold_a_picture_is_kept_whole(
    at: House, gateway: FaultyGateway, fault: str
) -> None:
    one, record = ended(at, gateway, fault)
    assert one.failure is not None
    assert one.failure.kind == PAID_FOR[fault][0]
    assert record.kept is not None
    kept = at.media.kept(record.kept)
    if "tiny" not in fault and "long" not in fault:
        assert base64.b64encode(PICTURE) in kept


@pytest.mark.parametrize(
    "fault",
    ["link-missing", "link-elsewhere", "link-metadata-service", "link-missing-beside-error"],
)
def test_a_reply_whose_picture_cannot_be_fetched_is_kept(
    at: House, gateway: FaultyGateway, fault: str
) -> None:
    one, record = ended(at, gateway, fault)
    assert one.failure is not None
    assert ("late error" in one.failure.message) is ("error" in fault)
    assert record.kept is not None
    assert b"http" in at.media.kept(record.kept)


def test_every_picture_that_a_reply_links_to_is_fetched(at: House, gateway: FaultyGateway) -> None:
    assert "links-two" in LINKS
    one, record = ended(at, gateway, "links-two")
    assert one.success is not None
    assert [request.path for request in gateway.requests[-2:]] == [
        "/pictures/1.png",
        "/pictures/2.png",
    ]
    assert record.kept is None


def test_one_link_of_two_that_fails_costs_neither_the_other_nor_itself(
    at: House, gateway: FaultyGateway
) -> None:
    one, record = ended(at, gateway, "links-missing-then-good")
    assert one.success is not None
    assert record.kept is not None
    assert b"missing.png" in at.media.kept(record.kept)


def test_a_broken_picture_beside_a_good_one_is_kept(at: House, gateway: FaultyGateway) -> None:
    one, record = ended(at, gateway, "picture-bad-then-good")
    assert one.success is not None
    assert record.kept is not None
    assert base64.b64encode(PICTURE) in at.media.kept(record.kept)


@pytest.mark.parametrize("fault", ["text-only", "refusal-field", "error-object", "choices-empty"])
def test_plain_words_are_shown_whole_and_not_kept_beside(
    at: House, gateway: FaultyGateway, fault: str
) -> None:
    assert fault in BAD
    _, record = ended(at, gateway, fault)
    assert record.exchange.reply
    assert record.kept is None
