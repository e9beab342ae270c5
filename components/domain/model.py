"""The values that everything else speaks in. All frozen, none of them does any input or output."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from components.domain import urls


class State(StrEnum):
    """Where a generation is in its life. The last five are final until somebody presses Retry."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self not in (State.QUEUED, State.RUNNING)

    @property
    def retriable(self) -> bool:
        """Whether a person may ask for another attempt: it ended without a picture."""
        return self.ended and self is not State.SUCCEEDED


class FailureKind(StrEnum):
    """The closed set of ways in which a generation ends without a picture."""

    UNREACHABLE = "unreachable"  # no connection: nothing was sent
    TIMED_OUT = "timed_out"  # our own wall-clock deadline passed
    CONNECTION_LOST = "connection_lost"  # sent, then reset, closed or cut short
    UNAUTHORISED = "unauthorised"
    OUT_OF_CREDIT = "out_of_credit"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    TOO_LARGE = "too_large"  # our request was too large for the gateway
    REJECTED = "rejected"  # 400, 422 and the like
    RATE_LIMITED = "rate_limited"
    GATEWAY_ERROR = "gateway_error"  # 5xx, or an error inside a 200
    UNREADABLE_REPLY = "unreadable_reply"  # neither JSON nor a chat completion
    REPLY_TOO_LARGE = "reply_too_large"
    NO_IMAGE = "no_image"
    REFUSED = "refused"  # the model or its filter declined
    NOT_A_PICTURE = "not_a_picture"  # an image was promised, its bytes do not decode
    PICTURE_TOO_LARGE = "picture_too_large"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"  # the server stopped while the request was in flight
    NOT_STORED = "not_stored"  # it arrived, and the storage would not take it
    INTERNAL = "internal"  # a defect of ours; the log has the error id


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a generation has no picture, in words that a person can act on.

    `message` is one or two plain sentences. It never holds the token, markup, a path or a
    traceback; whatever of it was said by the gateway is quoted and shortened.
    """

    kind: FailureKind
    message: str

    @property
    def state(self) -> State:
        """The state of a generation that ended with this failure."""
        match self.kind:
            case FailureKind.REFUSED:
                return State.REFUSED
            case FailureKind.CANCELLED:
                return State.CANCELLED
            case FailureKind.INTERRUPTED:
                return State.INTERRUPTED
            case _:
                return State.FAILED


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that decoded completely. The bytes themselves live in the media store."""

    sha256: str  # of the original bytes, 64 lower-case hexadecimal digits
    extension: str  # "jpg", "png", "webp", "gif", "avif", "bmp" or "tiff", from the bytes
    format: str  # "JPEG", "PNG", … as Pillow names it, from the bytes
    bytes: int  # size of the original
    width: int  # pixels, after the EXIF orientation is applied
    height: int

    @property
    def media_path(self) -> str:
        """Root-relative URL of the original."""
        return urls.media(self.sha256, self.extension)

    @property
    def preview_path(self) -> str:
        """Root-relative URL of the preview that pages show."""
        return urls.preview(self.sha256)


@dataclass(frozen=True, slots=True)
class InputImage:
    """An image that goes along with a prompt: what is really sent, and what it was made from."""

    picture: Picture  # what is sent: upright, shrunk, re-encoded
    name: str  # the file name that the user gave it, or where it came from


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person wants: one prompt for some aliases, `samples` requests to each."""

    prompt: str
    aliases: tuple[str, ...]
    samples: int = 1
    inputs: tuple[InputImage, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts and cost as the reply told them; None is unknown."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds since the request left; None where that moment was not reached or not observable."""

    connect_s: float | None = None
    first_byte_s: float | None = None
    latency_s: float | None = None  # to the last byte of the answer


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request to the gateway and what came back of it, for the curious.

    `headers` holds only those that help to tell what happened (never a credential);
    `reply` is the reply's text with every long base64 run cut out, shortened.
    """

    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    timing: Timing = field(default_factory=Timing)
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Success:
    """What a generation ended with when it has a picture."""

    picture: Picture
    others: tuple[Picture, ...] = ()  # further, different pictures of the same reply
    text: str = ""
    finish_reason: str | None = None
    answered_by: str | None = None  # None: the reply does not tell
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = None  # reported, or tokens times the alias's rough price


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that was sent for a generation, and how it ended."""

    number: int  # from 1
    state: State
    started_at: datetime  # UTC
    finished_at: datetime | None
    failure: Failure | None
    exchange: Exchange
    text: str = ""  # companion text, also that of a refusal
    # Media key of what came and no generation shows: bytes that did not decode, or a picture that
    # came when nobody waited for it any more.
    kept: str | None = None


@dataclass(frozen=True, slots=True)
class Generation:
    """One request to one alias within a comparison: its state, timing, picture and facts."""

    id: str
    comparison_id: str
    alias: str
    sample: int  # from 1
    position: int  # place in the comparison's grid, from 0
    state: State
    attempt: int  # 0 before the first is sent
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    latency_s: float | None = None
    success: Success | None = None
    failure: Failure | None = None
    text: str = ""
    gateway: str = ""

    @property
    def cell(self) -> str:
        """The key of its cell on the page: `generation-<alias>-<sample>`."""
        return f"generation-{self.alias}-{self.sample}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One prompt sent to some aliases, with its generations in the order of the grid."""

    id: str
    created_at: datetime
    prompt: str
    aliases: tuple[str, ...]
    samples: int
    inputs: tuple[InputImage, ...]
    generations: tuple[Generation, ...]
    version: int = 0  # grows with every change of any of its generations

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return all(g.state.ended for g in self.generations)

    @property
    def path(self) -> str:
        """Root-relative permalink."""
        return urls.comparison(self.id)


def as_ask(comparison: Comparison) -> Ask:
    """The ask that this comparison answered, to run it again."""
    return Ask(comparison.prompt, comparison.aliases, comparison.samples, comparison.inputs)
