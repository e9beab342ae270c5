"""PURE: an HTTP status and the error in a document -> a Failure: its kind, sentence and advice."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from pydantic import SecretStr

from components.domain.errors import CallFailed
from components.domain.model import Failure, FailureKind
from components.domain.text.redaction import quoted
from components.gateway.protocol.answers import Answer
from components.gateway.protocol.exchange_facts import exchange_of
from components.gateway.protocol.json_documents import Unreadable, document_of, text_of
from components.gateway.protocol.reported_errors import Complaint, complaint_in

_A_DAY_S = 86_400.0  # who asks for more is not serious
_PAGE_HEAD = 20_000  # characters of an error page that are looked at

# Codes that outrank a status told beside them, because they say more than it does.
_CODES: dict[FailureKind, frozenset[str]] = {
    FailureKind.UNAUTHORISED: frozenset(
        {
            "invalid_api_key", "authentication_error", "token_not_found_in_db", "expired_key",
            "unauthenticated", "unauthorized", "auth_error", "no_api_key", "invalid_token",
            "incorrect_api_key", "invalid_authentication", "no_db_connection",
        }
    ),
    FailureKind.OUT_OF_CREDIT: frozenset(
        {
            "insufficient_quota", "insufficient_user_quota", "insufficient_credits",
            "insufficient_balance", "payment_required", "budget_exceeded", "billing_error",
            "billing_hard_limit_reached", "billing_not_active", "pre_consume_token_quota_failed",
        }
    ),
    FailureKind.NOT_FOUND: frozenset(
        {"model_not_found", "not_found_error", "invalid_model", "unknown_model", "not_found"}
    ),
    FailureKind.TOO_LARGE: frozenset({"request_too_large", "payload_too_large"}),
    FailureKind.RATE_LIMITED: frozenset(
        {
            "rate_limit_exceeded", "rate_limit_error", "rate_limited", "too_many_requests",
            "resource_exhausted", "throttling_error", "throttlingexception",
        }
    ),
    FailureKind.FORBIDDEN: frozenset(
        {"permission_denied", "permission_error", "forbidden", "key_model_access_denied"}
    ),
    FailureKind.REJECTED: frozenset({"context_length_exceeded", "string_above_max_length"}),
}  # fmt: skip
_PHRASES: dict[FailureKind, re.Pattern[str]] = {
    FailureKind.UNAUTHORISED: re.compile(
        r"authentication ?error|(?:invalid|incorrect|expired|missing|malformed) (?:proxy server )?"
        r"(?:api[ _-]?key|token|credentials)|no api key|api key (?:not valid|expired)"
        r"|token_not_found_in_db|invalid_api_key|unable to find token"
        # LiteLLM without a database, to every key but its own.
        r"|no connected db|no_db_connection"
    ),
    FailureKind.OUT_OF_CREDIT: re.compile(
        r"insufficient[ _](?:quota|credit|balance|fund|user[ _]quota)|(?:more|out of) credits"
        r"|credit balance|budget (?:has been )?exceeded|exceeded (?:your |the )?budget"
        r"|budget_exceeded|payment required|billing_hard_limit"
    ),
    FailureKind.NOT_FOUND: re.compile(
        r"invalid model name|model[ _]not[ _]found|no available channel|unknown model|no such model"
        r"|not a valid model|no endpoints found|model\b.{0,100}\bdoes not exist"
    ),
    FailureKind.TOO_LARGE: re.compile(
        r"(?:request|payload|body|content)(?: entity| body)?(?: size)?(?: is)? too large"
        r"|max_body_bytes|body size (?:limit|exceed)"
    ),
}
# A word such as "sensitive" also stands in plain errors, so it counts only beside 400 and the like.
_SURE_MODERATION = re.compile(
    r"content[ _-]?(?:policy|filter|moderation|violation)|moderation[ _-]?blocked"
    r"|prohibited[ _]content|image[ _]safety|blocked by (?:our |the )?(?:safety|moderation)"
    r"|safety[ _](?:system|filter|violation|block)|responsible ?ai|image_prohibited|nsfw"
)
_LIKELY_MODERATION = re.compile(
    r"\bsafety\b|(?<!case[ -])\bsensitive\b|\bflagged\b|\bmoderat|\bprohibited\b|\binappropriate\b"
    r"|policy[ _]violation|usage policies|\bguardrail|\bblocklist|\brecitation\b|\bviolat"
)
# What LiteLLM and Python write round a reason. Names of fields such as 'moderation' are among it.
_NOISE = re.compile(
    r"\s*traceback \(most recent call last\).*|\braw keys: \[[^\[\]]{0,2000}\]"
    r"|\bmoderation ?= ?none\b"
    r"|\s*\blitellm: model group '.*|\s*\breceived model group=.*"
    r"|^(?:litellm\.\w{1,60}: ){1,3}(?:[\w ]{1,60}: )?(?:\w{1,60}(?:exception|error) - )?",
    re.IGNORECASE | re.DOTALL,
)
_BY_STATUS = {
    401: FailureKind.UNAUTHORISED, 407: FailureKind.UNAUTHORISED,
    402: FailureKind.OUT_OF_CREDIT, 403: FailureKind.FORBIDDEN, 451: FailureKind.FORBIDDEN,
    404: FailureKind.NOT_FOUND, 405: FailureKind.NOT_FOUND, 410: FailureKind.NOT_FOUND,
    408: FailureKind.GATEWAY_ERROR, 499: FailureKind.GATEWAY_ERROR,
    413: FailureKind.TOO_LARGE, 429: FailureKind.RATE_LIMITED,
}  # fmt: skip
_SAYINGS = {
    FailureKind.UNAUTHORISED: (
        "The gateway did not accept the token",
        "Check TRIPTYCH_GATEWAY_TOKEN.",
    ),
    FailureKind.OUT_OF_CREDIT: (
        "The credit or budget at the gateway is used up",
        "Top it up, then press Retry.",
    ),
    FailureKind.FORBIDDEN: (
        "The gateway does not allow this request",
        "Ask its owner whether this token may use this alias.",
    ),
    FailureKind.NOT_FOUND: (
        "The gateway does not know this alias or address",
        "Check the alias's name and TRIPTYCH_GATEWAY_URL.",
    ),
    FailureKind.TOO_LARGE: (
        "The request is too large for the gateway",
        "Use fewer or smaller input images, or lower TRIPTYCH_MAX_BODY_BYTES to its limit.",
    ),
    FailureKind.REJECTED: (
        "The gateway rejected the request",
        "Change the prompt or the input images; the same request will hardly fare better.",
    ),
    FailureKind.RATE_LIMITED: (
        "The gateway is getting too many requests",
        "Wait a little, then press Retry.",
    ),
    FailureKind.REFUSED: (
        "The model or its filter declined this request",
        "Rephrase the prompt and try again.",
    ),
    FailureKind.GATEWAY_ERROR: (
        "The gateway, or the model behind it, failed",
        "It may have been billed anyway. Press Retry to send it again.",
    ),
}
_TIMEOUTS = frozenset({408, 504, 522, 524})
_TOOK_TOO_LONG = "The gateway gave up waiting for the model behind it"
_BUSY = (
    "The gateway is overloaded or down at the moment, and did not begin",
    "Wait a little, then press Retry.",
)
_MAY_BE_BILLED = "It may have been billed anyway."


def http_failure(answer: Answer, token: SecretStr | None, now: datetime) -> CallFailed:
    """The failure that an answer with a status other than 2xx is.

    `now` is the time against which a Retry-After date is read where the answer has no Date.
    """
    complaint, words = _said(answer)
    kind = _kind(answer.status, complaint)
    what, advice = _SAYINGS[kind]
    if kind is FailureKind.UNAUTHORISED and token is None:
        advice = "None was sent: set TRIPTYCH_GATEWAY_TOKEN."
    elif kind is FailureKind.GATEWAY_ERROR and answer.status in _TIMEOUTS:
        what = _TOOK_TOO_LONG
    elif kind is FailureKind.GATEWAY_ERROR and answer.status == 503:
        what, advice = _BUSY
    elif kind is FailureKind.REJECTED and "context_length_exceeded" in complaint.codes:
        advice = "Shorten the prompt or use fewer input images."
    not_begun = answer.status in (429, 503) and kind in (
        FailureKind.RATE_LIMITED,
        FailureKind.GATEWAY_ERROR,
    )
    return CallFailed(
        Failure(kind, sentence(what, f"HTTP {answer.status}", quoted(words, token), advice)),
        exchange_of(answer, token),
        refused_to_accept=not_begun,
        retry_after_s=retry_after_s(answer, now) if answer.status in (429, 503) else None,
    )


def told_failure(
    complaint: Complaint, answer: Answer, token: SecretStr | None, text: str
) -> CallFailed:
    """The failure that an error inside a successful answer is. It may have been billed."""
    kind = _kind(complaint.status, complaint)
    what, advice = _SAYINGS[kind]
    if kind is FailureKind.GATEWAY_ERROR and complaint.status in _TIMEOUTS:
        what = _TOOK_TOO_LONG
    where = f"HTTP {answer.status} with an error in it"
    if complaint.status:
        where = f"HTTP {answer.status} with error {complaint.status} in it"
    if kind in (FailureKind.REFUSED, FailureKind.REJECTED):
        advice = f"{_MAY_BE_BILLED} {advice}"
    failure = Failure(kind, sentence(what, where, quoted(true_words(complaint), token), advice))
    return CallFailed(failure, exchange_of(answer, token), text=text)


def remark(complaint: Complaint, token: SecretStr | None) -> str:
    """What to tell of an error that a reply reports although its picture came."""
    quote = quoted(true_words(complaint), token)
    return sentence("The gateway also reported an error", "", quote, "").rstrip()


def true_words(complaint: Complaint) -> str:
    """The words of an error without what a proxy or a traceback put round them."""
    return _NOISE.sub("", complaint.words).strip() or complaint.words


def sentence(what: str, where: str, quote: str, advice: str) -> str:
    """What happened (where): “the gateway's words”. What to do."""
    head = f"{what} ({where})" if where else what
    return f"{head}: {quote}. {advice}" if quote else f"{head}. {advice}"


def is_moderation(text: str) -> bool:
    """Whether a finish reason or code is one of a content filter."""
    known = _SURE_MODERATION.search(text.lower()) or _LIKELY_MODERATION.search(text.lower())
    return known is not None or text.lower() in ("spii", "refusal", "block", "blocked")


def retry_after_s(answer: Answer, now: datetime) -> float | None:
    """Seconds after which the gateway wants to be asked again, if it says so sensibly.

    None when it does not say, says nonsense, a time that has passed, or more than a day. Whether
    it is waited for is up to `retry_policy`.
    """
    value = answer.header("retry-after").strip()
    if re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", value, re.ASCII):
        seconds = float(value)
    else:
        wanted = _date(value)
        if wanted is None:
            return None
        # The gateway's own clock, where it tells the time, is the one it reckoned with.
        seconds = (wanted - (_date(answer.header("date")) or now)).total_seconds()
    return seconds if 0 <= seconds <= _A_DAY_S else None


def _date(value: str) -> datetime | None:
    if not 10 <= len(value) <= 64:
        return None
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _kind(status: int | None, complaint: Complaint) -> FailureKind:
    """The kind of an error, from the HTTP status (or the one told inside) and what it says."""
    words = _NOISE.sub(" ", complaint.words.lower())
    told = f"{words} {' '.join(sorted(complaint.codes))}"
    final = status in (401, 402, 407, 408, 413, 429)  # says all, whatever the words
    if not final and _SURE_MODERATION.search(told):
        return FailureKind.REFUSED
    for kind, codes in _CODES.items():
        if codes & complaint.codes and _code_counts(kind, status):
            return kind
    if status in (None, 400, 402, 403, 404, 422, 429, 500, 503):
        for kind, phrase in _PHRASES.items():
            if phrase.search(words) and _code_counts(kind, status):
                return kind
    if status in (None, 400, 403, 422, 451) and (
        complaint.flagged or _LIKELY_MODERATION.search(told)
    ):
        return FailureKind.REFUSED
    if status is None or not 400 <= status < 500:
        return FailureKind.GATEWAY_ERROR
    return _BY_STATUS.get(status, FailureKind.REJECTED)


def _code_counts(kind: FailureKind, status: int | None) -> bool:
    """Whether a code or phrase of this kind is to be believed beside this status."""
    if status in (401, 407, 413):
        return False
    if status == 429:  # OpenAI's way to say that the credit is used up
        return kind is FailureKind.OUT_OF_CREDIT
    if kind is FailureKind.RATE_LIMITED:
        return status in (None, 400, 403, 500)
    if kind is FailureKind.FORBIDDEN:
        return status in (None, 400)
    return True


def _said(answer: Answer) -> tuple[Complaint, str]:
    """What an error answer tells: JSON by its fields, a page by its title, else its text."""
    if 300 <= answer.status < 400:
        return Complaint(), ""
    try:
        document = document_of(answer)
    except Unreadable:
        text = text_of(answer)[:_PAGE_HEAD].strip("\ufeff\0 \t\r\n")
        if text[:1] == "<" or "html" in answer.header("content-type").lower():
            title = re.search(r"<title[^<>]{0,200}>([^<]{0,500})", text, re.IGNORECASE)
            text = html.unescape(title[1]) if title else ""
        elif text[:1] in ("{", "["):
            text = ""  # JSON that was cut short: no words of it can be told from the rest
        return Complaint(words=text), text
    complaint = complaint_in(document, failed=True) or Complaint()
    return complaint, true_words(complaint)
