"""What comes back from a gateway, as values: the raw answer, and what was read out of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from components.domain.model import Failure, Timing, Usage


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete HTTP answer, decompressed, not looked at yet."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    timing: Timing = field(default_factory=Timing)

    def header(self, name: str) -> str:
        """The first header of this name, whatever its case; empty when there is none."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class EncodedImage:
    """One image of a reply, out of its base64, not decoded any further."""

    data: bytes
    declared_type: str | None  # such as "image/jpeg", as the reply claims; the bytes may differ


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply with at least one image in it, or at least the address of one."""

    images: tuple[EncodedImage, ...]  # in order of appearance, without byte-identical repeats
    links: tuple[str, ...]  # http(s) addresses where an image should be; only without `images`
    text: str  # companion text, without any picture in it
    finish_reason: str | None
    usage: Usage
    answered_by: str | None  # None: the reply does not tell
    failure: Failure | None = None  # the error that it reports beside its images
    leftover: bool = False  # there is more in it that may be a picture
