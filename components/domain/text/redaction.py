"""PURE: text from outside made fit to keep and to quote: no credential, control or markup in it."""

from __future__ import annotations

import base64
import html
import json
import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote

from pydantic import SecretStr

from components.domain.text.cleaning import without_surrogates
from components.domain.text.credentials import HIDDEN, without_credentials

LONGEST_QUOTE = 300

# The door may blot a body's bytes only where chance cannot put the token into a picture's base64.
_SHORTEST_FOR_BYTES = 8
_SHORTEST_ANYWHERE = 6
_ESCAPED_LENGTH = 6  # of one character as \u0041 or &#x41;

_TAG = re.compile(r"<[A-Za-z/!?][^<>]*+>")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def quoted(text: str, token: SecretStr | None = None) -> str:
    """`text` in “…”, on one line, shortened, inert and without credentials; empty when empty."""
    head = without_surrogates(text[: LONGEST_QUOTE * 20])
    seen = "".join(
        " " if char.isspace() else char
        for char in head
        if char.isspace() or unicodedata.category(char) not in _INVISIBLE
    )
    words = blotted_head(seen, token, LONGEST_QUOTE * 10)
    while (stripped := _TAG.sub(" ", words)) != words:
        words = stripped
    words = " ".join(words.replace("<", "‹").replace(">", "›").split())
    if len(words) > LONGEST_QUOTE:
        words = words[: LONGEST_QUOTE - 1].rstrip() + "…"
    # The sentence around it has its own full stop.
    words = words[:-1] if words.endswith(".") and not words.endswith("..") else words
    return f"“{words}”" if words else ""


def blot(text: str, token: SecretStr | None) -> str:
    """`text` with the token, and whatever else looks like a credential, replaced by `[hidden]`.

    Found are also spellings of the token in JSON, URL, HTML, hexadecimal and base64 escapes.
    """
    secret = token.get_secret_value() if token else ""
    if secret:
        text = _spellings(secret).sub(HIDDEN, text)
    return without_credentials(text)


def blotted_head(text: str, token: SecretStr | None, limit: int) -> str:
    """The first `limit` characters of `text`, blotted; no half token stands at the cut."""
    overlap = _ESCAPED_LENGTH * max(len(token.get_secret_value()) if token else 0, 40)
    if len(text) <= limit + overlap:
        return blot(text, token)[:limit]
    return blot(text[: limit + overlap], token)[:-overlap][:limit]


def blot_bytes(body: bytes, token: SecretStr | None, *, thorough: bool = False) -> bytes:
    """`body` with the token itself and its base64 replaced, fast enough for many megabytes.

    `thorough` looks for the token's other spellings too, in bytes that are kept as they are. A
    token too short to be told from chance in a picture's base64 is left to `blot`.
    """
    secret = token.get_secret_value() if token else ""
    if len(secret) < _SHORTEST_FOR_BYTES:
        return body
    spellings = {secret, secret.replace("/", "\\/"), *_in_base64(secret)}
    if thorough:
        spellings |= _escaped(secret)
    for spelling in sorted(spellings, key=len, reverse=True):
        if len(spelling) >= _SHORTEST_FOR_BYTES:
            body = body.replace(spelling.encode(), HIDDEN.encode())
    return body


def _escaped(secret: str) -> set[str]:
    """The usual escapes of a secret, each used for all of its characters or for odd ones only."""
    codes = [ord(char) for char in secret]
    in_url = [f"%{code:02X}" for code in codes]
    in_json = [f"\\u{code:04x}" for code in codes]
    found = {
        quote(secret, safe=""),
        html.escape(secret),
        json.dumps(secret)[1:-1],
        secret.encode().hex(),
        "".join(in_url),
        "".join(in_json),
        "".join(f"&#{code};" for code in codes),
        "".join(f"&#x{code:x};" for code in codes),
    }
    lower = {re.sub(r"%[0-9A-F]{2}", lambda m: m[0].lower(), one) for one in found}
    upper = {secret.encode().hex().upper(), "".join(f"\\u{code:04X}" for code in codes)}
    return found | lower | upper


@lru_cache(maxsize=8)
def _spellings(secret: str) -> re.Pattern[str]:
    def one(char: str) -> str:
        plain, code = re.escape(char), ord(char)
        ways = [
            plain,
            rf"\\u{code:04x}",
            rf"%{code:02x}",
            rf"&\#0{{0,4}}{code};",
            rf"&\#x0{{0,4}}{code:x};",
        ]
        if char in "\\/\"'":
            ways.append(rf"\\{plain}")
        if html.escape(char) != char:
            ways.append(re.escape(html.escape(char)))
        return f"(?:{'|'.join(ways)})"

    whole = "".join(map(one, secret))
    if len(secret) < _SHORTEST_ANYWHERE:
        return re.compile(rf"(?<![A-Za-z0-9]){whole}(?![A-Za-z0-9])", re.IGNORECASE)
    others = [*_in_base64(secret), secret.encode().hex()]
    ways = [whole, *(re.escape(other) for other in others if len(other) >= _SHORTEST_FOR_BYTES)]
    return re.compile("|".join(ways), re.IGNORECASE)


def _in_base64(secret: str) -> set[str]:
    """What is sure to stand in the base64 of any text that holds the secret."""
    found = set()
    for before in range(3):
        data = b"\0" * before + secret.encode()
        sure = len(data) // 3 * 4  # whole groups only; a last, partial one depends on what follows
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(data)[4 if before else 0 : sure].decode())
    return found - {""}
