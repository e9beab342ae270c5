"""Errors that are told in a document, and what only looks like one."""

from __future__ import annotations

import pytest

from components.gateway.protocol.reported_errors import complaint_in

CHOICES = {"choices": [{"message": {"content": "words"}}]}


@pytest.mark.parametrize(
    "error",
    [
        {"code": "success"},
        {"code": 200, "message": "ok"},
        {"code": "200", "message": "OK."},
        {"code": 0, "message": "Success"},
        {"code": 0, "msg": "成功"},
        {"status": "succeeded", "message": None, "request_id": "4f2a"},
        {"message": "Image generated successfully", "type": ""},
        {"message": "No error"},
        {"error": {"code": 200}, "code": "ok"},
        "success",
        "OK",
        200,
        0,
    ],
)
def test_an_error_that_reports_success_is_none(error: object) -> None:
    assert complaint_in({**CHOICES, "error": error}) is None
    assert complaint_in({"choices": [{"error": error, "message": {}}]}) is None


@pytest.mark.parametrize(
    "error",
    [
        {"code": "success", "message": "The upstream failed"},
        {"code": 200, "message": "blocked by policy"},
        {"code": 0, "message": "overloaded"},
        {"code": 502, "message": "ok"},
        {"code": 200, "type": "server_error"},
        {"success": False, "code": 200},
        {"message": "Not successful"},
        {"message": "unsuccessful"},
        {"message": "finished without success"},
        {"code": 200, "error": {"message": "boom"}},
        {"param": "size"},
        "failed",
        True,
        500,
        ["boom"],
    ],
)
def test_an_error_that_says_anything_else_is_one(error: object) -> None:
    assert complaint_in({**CHOICES, "error": error}) is not None
