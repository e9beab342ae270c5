"""PURE: base64 and data URLs in every spelling that was seen, and text without them.

Everything here is linear in the length of its input, which may be tens of megabytes: whole-string
operations, and regular expressions with possessive quantifiers only.
"""

from __future__ import annotations

import binascii
import io
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

import pybase64

from components.gateway.protocol.answers import EncodedImage

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BLANK = b" \t\r\n\v\f"
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_PIECE = 1024 * 1024  # characters of base64 that are decoded at once
_LONGEST_HEAD = 1000  # of a data URL, up to its comma
_MOST_ESCAPES = 1_000_000  # `unquote_to_bytes` makes an object of each
_WRAPPING = " \t\r\n\v\f\"'<>`"
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")

# How the base64 of a JPEG, PNG, GIF, WebP (RIFF), BMP, TIFF and AVIF (a box of under 256 bytes)
# begins. It tells a picture from a word where nothing else says that there is one.
_PICTURE = re.compile(
    r"/9j/|_9j_|iVBORw0KGgo|R0lGOD|UklGR|Qk[0-3][A-Za-z0-9+/]|SUkqA|TU0AKg|AAAA[A-Za-z0-9+/_-]{2}Z0eX"
)

# A data URL inside other text. The payload goes on over a line break or a blank when what follows
# is too long to be a word, or is the short last line of a wrapped payload.
_DATA_URL_IN_TEXT = re.compile(
    r"""
    data: (?= [^,:\s"'()<>\[\]]{0,200} (?: "[^"<>\r\n]{0,200}+" [^,:\s"'()<>\[\]]{0,200} )? base64 )
    [^,:"'()<>\[\]]{0,300}+ (?: "[^"<>\r\n]{0,200}+" [^,:"'()<>\[\]]{0,300}+ )?+ , [ \t\r\n]{0,8}+
    [A-Za-z0-9+/_%-]++
    (?: \s{1,4}+ [A-Za-z0-9+/_%-]{24,}+ )*+
    (?: \s{1,4}+ (?: [A-Za-z0-9+/_-]{4} ){1,5}+ (?= [ \t]*+ (?: [\r\n)"'<>] | \Z ) ) )?+
    (?: \s{0,4}+ [A-Za-z0-9+/_-]{0,23}+ (?: = | %3D ){1,2}+ )?+
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Up to the comma that ends the head of a data URL; one in quotation marks belongs to a parameter.
_HEAD = re.compile(r'data:(?:[^,"]++|"[^"]*+")*+,', re.IGNORECASE)
_LATE_BASE64 = re.compile(r";\s{0,9}base64\s{0,9},", re.IGNORECASE)
_HOLE = "\0"  # where a picture was; NUL is taken out of the text before
_AROUND_HOLE = re.compile(
    rf"!?\[[^\[\]\n]{{0,300}}\]\(\s{{0,9}}<?{_HOLE}[^()]{{0,300}}\)"
    rf"|<img\b[^<>{_HOLE}]{{0,300}}{_HOLE}[^<>]{{0,300}}>"
    rf"|`{{1,3}}\w{{0,10}}\s?{_HOLE}\s?`{{1,3}}"
    rf"|[\"'(]?{_HOLE}[\"')]?"
)
_LINKED_PICTURE = re.compile(
    r"!\[[^\[\]\n]{0,300}+\]\(\s{0,9}+(https?://[^\s()<>\"']{1,4000}+)[^()\n]{0,300}\)",
    re.IGNORECASE,
)
# With the escapes that stand inside a payload in JSON source.
_WORD_IN_BASE64 = re.compile(r"(?:[A-Za-z0-9+/_=-]++|\\[/rn])++")
_LONG = 4096
_HEAD_OF_WORD = re.compile(rf"[A-Za-z0-9+/_=-]{{1,{_LONG}}}+|\\[/rn]")
_LINE_BREAK = re.compile(r"\s{1,16}+")
_UNBROKEN = re.compile(r"\S*+")
_LONGEST_LINE = 1000
_LONGEST_KEPT_RUN = 200
_SHORTEST_LINE = 40


def decode_base64(text: str, start: int = 0) -> bytes | None:
    """The bytes that `text` encodes from `start` on; None when it is no base64 or encodes nothing.

    Blanks and line breaks anywhere, the URL-safe alphabet and missing padding are understood, as is
    JSON escaped twice. Where it is cut short, what there is of it is given: whether that is a
    picture, decoding the picture tells.
    """
    data = decode_flawless(text[start:])
    return _decode_flawed(text, start) if data is None else data or None


def decode_flawless(text: str) -> bytes | None:
    """The bytes that standard, padded base64 encodes; None where there is anything amiss with it.

    Takes a fortieth of the time of finding out what is amiss, and nearly every payload is flawless.
    """
    try:
        return pybase64.b64decode(text, validate=True)
    except ValueError:
        return None


def _decode_flawed(text: str, start: int) -> bytes | None:
    out = io.BytesIO()
    rest, at, ended = b"", start, False
    while at < len(text):  # in pieces: whole, tens of megabytes would be copied several times
        end = at + _PIECE
        while text[end - 1 : end] == "\\":  # an escape is not torn apart
            end += 1
        try:
            data = text[at:end].encode("ascii")
        except UnicodeEncodeError:
            return None
        at = end
        if b"\\" in data:
            data = data.replace(b"\\/", b"/").replace(b"\\r", b"").replace(b"\\n", b"")
        padded = data.translate(_URL_SAFE, _BLANK)
        data = padded.rstrip(b"=")
        if (data and ended) or data.translate(None, _ALPHABET):
            return None
        ended = ended or len(data) < len(padded)
        data = rest + data
        whole = len(data) // 4 * 4
        out.write(binascii.a2b_base64(data[:whole]))
        rest = data[whole:]
    if len(rest) > 1:
        out.write(binascii.a2b_base64(rest + b"=" * (4 - len(rest))))
    return out.getvalue() or None


def decode_data_url(url: str) -> EncodedImage | None:
    """What a data URL holds; None when it is none, holds nothing or does not decode."""
    url = url.strip(_WRAPPING)
    comma = _comma_of(url)
    if comma < 0:
        return None
    words = [word.strip().lower() for word in url[5:comma].split(";")]
    declared = words[0] if _MEDIA_TYPE.fullmatch(words[0]) else None
    if "base64" in words:
        escaped = url.find("%", comma) >= 0
        data = decode_base64(
            _unescaped(url[comma:]) if escaped else url, 1 if escaped else comma + 1
        )
    else:
        payload = url[comma + 1 :]
        # `data:image/png,iVBOR…` was seen: the word base64 forgotten.
        data = decode_base64(payload) if looks_like_a_picture(payload) else None
        if data is None and payload.count("%") <= _MOST_ESCAPES:
            data = unquote_to_bytes(payload.encode("utf-8", "replace"))
    return EncodedImage(data, declared) if data else None


def _comma_of(url: str) -> int:
    """Where the payload of a data URL is parted from its head; -1 where it is no data URL."""
    if url[:5].lower() != "data:":
        return -1
    head = _HEAD.match(url, 0, _LONGEST_HEAD)
    first = head.end() - 1 if head else url.find(",", 0, _LONGEST_HEAD)
    if first < 0 or "base64" in url[:first].lower():
        return first
    # `name=a, b.png;base64,` was seen: a comma in a parameter without quotation marks.
    late = _LATE_BASE64.search(url, first, _LONGEST_HEAD)
    return late.end() - 1 if late and looks_like_a_picture(url[late.end() :][:200]) else first


def _unescaped(payload: str) -> str:
    # `unquote` makes an object of each escape; base64 needs no others than these.
    for escape, char in (("%2b", "+"), ("%2f", "/"), ("%3d", "="), ("%0a", ""), ("%0d", "")):
        payload = payload.replace(escape, char).replace(escape.upper(), char)
    return payload.replace("%20", "")


def looks_like_a_picture(text: str) -> bool:
    """Whether `text` begins as the base64 of a picture in one of the usual formats."""
    return len(text) >= 32 and _PICTURE.match(text[:200].strip(_WRAPPING)) is not None


def hints_at_a_picture(text: str) -> bool:
    """Whether a text holds the beginning of a data URL or of a picture's base64 anywhere.

    For texts of some thousand characters.
    """
    return _DATA_URL_IN_TEXT.search(text) is not None or _PICTURE.search(text) is not None


def pictures_in_text(text: str, limit: int) -> tuple[list[str], list[str], str]:
    """Data URLs and picture links that stand in a text, and the text without them.

    Links are only those of Markdown pictures, `![…](https://…)`. The text is cut after `limit`
    characters; long runs of base64 that are left in it are cut out.
    """
    stripped = text.strip(_WRAPPING)
    is_url = stripped[:5].lower() == "data:"
    whole = (is_url or looks_like_a_picture(stripped)) and _is_one_payload(stripped)
    if whole and (decode_data_url(stripped) if is_url else decode_base64(stripped)):
        return [stripped], [], ""
    found: list[str] = []
    kept: list[str] = []
    after = 0
    for match in _DATA_URL_IN_TEXT.finditer(text):
        found.append(match[0])
        kept += (text[after : match.start()].replace(_HOLE, ""), _HOLE)
        after = match.end()
    rest = "".join(cut_base64("".join((*kept, text[after:].replace(_HOLE, ""))), limit))
    rest = _AROUND_HOLE.sub("", rest).replace(_HOLE, "")
    links = [match[1] for match in _LINKED_PICTURE.finditer(rest)]
    return found, links, _LINKED_PICTURE.sub("", rest).strip()


def _is_one_payload(text: str) -> bool:
    """Whether a text is base64 alone: in one piece, or in regular lines, with no words after it."""
    start = _comma_of(text) + 1
    first = _UNBROKEN.match(text, start)
    width = len(first[0]) if first else 0
    if start + width == len(text):
        return True
    if not 0 < width <= _LONGEST_LINE:
        return False
    lines = rf"\s*+(?:\S{{{width}}}\s{{1,4}}+){{2,}}+\S{{1,{width}}}"
    return re.compile(lines).fullmatch(text, start) is not None


def cut_base64(text: str, limit: int) -> Iterator[str]:
    """`text` in pieces, each long run of base64 replaced by a note of its length.

    Stops after about `limit` characters, so that what is looked at is never much more than what
    is kept, except for the runs themselves.
    """
    done = 0  # characters handed out
    after = 0  # up to here the text is dealt with
    for start, end in _runs(text):
        if done > limit or start - after > limit:
            break
        if end - start > _LONGEST_KEPT_RUN:
            note = f"…[{end - start:,} base64 characters cut]…"
            yield text[after:start]
            yield note
            done += start - after + len(note)
        else:
            yield text[after:end]
            done += end - after
        after = end
    yield text[after : after + max(0, limit + 1 - done)]


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Where words in the alphabet of base64 stand; long lines of one payload count as one."""
    start = end = -1
    for word_start, word_end in _words(text):
        if end >= 0:
            gap = _LINE_BREAK.fullmatch(text, end, word_start)
            # The last line of a wrapped payload may be short; a word of a sentence is not one.
            a_line = word_end - word_start >= _SHORTEST_LINE or text[word_end - 1] == "="
            if gap and a_line and end - start >= _SHORTEST_LINE:
                end = word_end
                continue
            yield start, end
        start, end = word_start, word_end
    if end >= 0:
        yield start, end


def _words(text: str) -> Iterator[tuple[int, int]]:
    """Where words in the alphabet of base64 stand."""
    at = 0
    hopeful = True
    while head := _HEAD_OF_WORD.search(text, at):
        start, at = head.span()
        if at - start == _LONG and hopeful:
            # In JSON a payload ends with a quotation mark. Looking for that and decoding what is
            # before it takes a twentieth of the time in which a pattern gets there.
            quote = text.find('"', at)
            hopeful = quote > 0 and decode_flawless(text[start:quote]) is not None
            if hopeful:
                at = quote
                yield start, quote
                continue
        whole = _WORD_IN_BASE64.match(text, start)
        at = whole.end() if whole else at
        yield start, at
