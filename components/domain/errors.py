"""The error tree. Every message is fit for a stranger: no token, path or traceback in it.

TriptychError
├── AskRefused          the form is not filled in well; says which field
├── FilterRefused       a filter of the history that nothing can be found by
├── ImportRefused       a file that is no history, or a damaged or hostile one
├── UnknownComparison   no such comparison, or not a well-formed id
├── SettingsInvalid     a setting cannot be used; says which and why
├── PictureUnusable     bytes that are not a picture that can be shown
├── MediaMissing        no such picture in the media store
├── StorageUnavailable  database or media store do not take or give anything now
└── CallFailed          a request to the gateway gave no picture; carries a Failure
"""

from __future__ import annotations

from typing import Literal

from components.domain.model import Exchange, Failure, FailureKind

FieldName = Literal["prompt", "aliases", "samples", "inputs", "form"]


class TriptychError(Exception):
    """Something that a person should be told, in `str(error)`."""


class AskRefused(TriptychError):
    """An ask that is not sent. `field` says where in the form the sentence belongs."""

    def __init__(self, field: FieldName, message: str) -> None:
        """`message` is a sentence that stands beside the field."""
        super().__init__(message)
        self.field: FieldName = field


class FilterRefused(TriptychError):
    """A filter of the history that cannot be read; the message names the part."""


class ImportRefused(TriptychError):
    """A file that cannot be taken into the history; the message says why."""


class UnknownComparison(TriptychError):
    """No comparison has this id."""


class SettingsInvalid(TriptychError):
    """A setting cannot be used. The message names the setting, never a secret value."""


class PictureUnusable(TriptychError):
    """Bytes that are not a picture that can be shown; `kind` says which way."""

    def __init__(self, kind: FailureKind, message: str) -> None:
        """`message` says in a sentence what is wrong with them."""
        super().__init__(message)
        self.kind = kind


class MediaMissing(TriptychError):
    """The media store has nothing under this name."""


class StorageUnavailable(TriptychError):
    """The database or the media store cannot be used at the moment."""


class CallFailed(TriptychError):
    """A request that gave no picture.

    `exchange` is what is known of the HTTP exchange. `refused_to_accept` is true only where the
    gateway cannot have begun to work (no connection, 429, 503), which is what makes sending
    again safe. `retry_after_s` is what the gateway asked for, if it asked sensibly. `text` is the
    companion text, if there was any.
    """

    def __init__(
        self,
        failure: Failure,
        exchange: Exchange | None = None,
        *,
        refused_to_accept: bool = False,
        retry_after_s: float | None = None,
        text: str = "",
    ) -> None:
        """The message is that of `failure`."""
        super().__init__(failure.message)
        self.failure = failure
        self.exchange = exchange or Exchange()
        self.refused_to_accept = refused_to_accept
        self.retry_after_s = retry_after_s
        self.text = text
