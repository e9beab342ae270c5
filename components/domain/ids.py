"""Ids that cannot be guessed."""

from __future__ import annotations

import secrets


def new_id() -> str:
    """An id that cannot be guessed: 128 random bits as 32 hexadecimal digits."""
    return secrets.token_hex(16)
