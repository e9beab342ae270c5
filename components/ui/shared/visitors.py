"""PURE: who visits, as far as limits need to know: one browser, whatever tabs it has open."""

from __future__ import annotations

import hashlib
import re

COOKIE = "_streamlit_xsrf"
_MASKED = re.compile(r"2\|([0-9a-f]{8})\|((?:[0-9a-f]{2}){8,64})\|\d{1,20}")


def visitor_of(cookie: str) -> str | None:
    """An id of the browser that sent this cookie of Streamlit's; None where it is none.

    Streamlit gives each browser a secret against forged requests, and hides it under another mask
    in each answer. Only a hash of it leaves here: an id that is written down is no key to anything.
    """
    found = _MASKED.fullmatch(cookie.strip("\"'"))
    if found is None:
        return None
    mask, masked = bytes.fromhex(found[1]), bytes.fromhex(found[2])
    secret = bytes(byte ^ mask[number % 4] for number, byte in enumerate(masked))
    return hashlib.sha256(b"visitor" + secret).hexdigest()[:16]
