"""Defects of our own as the ends of attempts: a sentence for the page, all the rest in the log."""

from __future__ import annotations

import logging
import secrets
from datetime import datetime

from components.domain.model import Exchange, Failure, FailureKind
from components.storage.jobs import Ended

log = logging.getLogger("triptych.worker")


def defect(at: datetime) -> Ended:
    """The end of an attempt by a defect of ours. Call it where the exception is being handled."""
    error_id = secrets.token_hex(4)
    log.exception("error %s", error_id)
    failure = Failure(
        FailureKind.INTERNAL,
        "Triptych itself failed here. The request may have been billed. "
        f"The server's log tells more under error id {error_id}.",
    )
    return Ended(at, Exchange(), None, failure)
