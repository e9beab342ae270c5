"""PURE: when a request is sent again by itself, and after how long.

Only where the gateway cannot have begun to work: no connection, 429, 503. Everything else may have
been billed already and is left to the user's button.
"""

from __future__ import annotations

from components.domain.errors import CallFailed
from components.domain.model import FailureKind

MOST_SENDS = 4
# Seconds before the second, third and fourth request when the gateway does not say how long.
_DELAYS = (0.5, 2.0, 6.0)
# A gateway that asks for more than this is better reported to the user than waited for.
_LONGEST_WAIT_S = 60.0


def seconds_until_next(failed: CallFailed, sent: int) -> float | None:
    """Seconds to wait before sending again after `sent` requests; None: do not send again."""
    if not failed.refused_to_accept or sent >= MOST_SENDS:
        return None
    asked = failed.retry_after_s
    if asked is None or failed.failure.kind is FailureKind.UNREACHABLE:
        return _DELAYS[sent - 1]
    # "At once", four times in a row, would be hammering a gateway that is busy already.
    return max(asked, _DELAYS[0]) if asked <= _LONGEST_WAIT_S else None
