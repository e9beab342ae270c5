"""PURE: what looks like a credential in a text, whoever's it is: keys, bearers, signed addresses.

An upstream's error often repeats the key that the gateway sent it. Nobody here knows that key, so
it is told by its looks: by a maker's prefix, or by a label in front of what is no ordinary word.

Every repetition here is bounded or possessive, so the time is linear in the length of a text. Each
pattern begins with a letter or a set, which makes `re` skip all else ten times faster.
"""

from __future__ import annotations

import re

HIDDEN = "[hidden]"

# Keys that their makers gave a prefix; it is enough by itself.
_PREFIXED = re.compile(
    r"""
    sk[-_](?<!\wsk.)[\w*.-]{6,}+ | pk[-_](?<!\wpk.)[\w*.-]{6,}+ | rk[-_](?<!\wrk.)[\w*.-]{6,}+
  | AIza(?<!\wAIza)[\w-]{20,}+ | ya29\.[\w.-]{10,}+           # Google
  | AKIA(?<!\wAKIA)[A-Z0-9]{12,}+ | ASIA(?<!\wASIA)[A-Z0-9]{12,}+  # AWS
  | eyJ(?<!\weyJ)[\w-]{10,}+(?:\.[\w-]*+)*+                  # JWT, also one that was cut short
  | gh[oprsu]_(?<!\wgh..)\w{20,}+ | github_pat_\w{20,}+ | glpat-[\w-]{15,}+
  | hf_(?<!\whf_)\w{20,}+ | r8_(?<!\wr8_)\w{20,}+ | gsk_(?<!\wgsk_)\w{20,}+
  | xai-(?<!\wxai-)\w{20,}+ | xox[abeprs]-[\w-]{10,}+
    """,
    re.VERBOSE | re.ASCII,
)
_IN_ADDRESS = re.compile(r"://[^\s/@:'\"<>]{1,200}+:[^\s/@'\"<>]{1,200}+@")
_PARAMETER = re.compile(
    r"""
    ([?&;] (?i: [\w-]{0,20}(?:key|token|secret|signature|credential|password) | sig | auth )=)
    [^\s&"'<>\#\[]{4,}+
    """,
    re.VERBOSE | re.ASCII,
)

# Between a label and a value: `key: "…"`, `key \": \"…`, `key provided: …`, `Key Hash (Token) =…`.
_JOINED = r"""
    (?:\s{1,3}+(?:provided|passed|received|given|sent|used|hash)\b){0,2}+
    (?: [\\"')\]\s]{0,6}+[:=][\\"'(\[\s]{0,6}+ | \s{1,3}+(?:is|was)[:\s]{1,3}+
      | \s{0,3}+['"`]{1,2}+ )
    (?:(?:basic|bearer|token|digest|key)\s{1,3}+)?+
"""
_CHARACTER = r"[\w.~+/=*%-]"
# A word has no digit and no asterisk in it, and is not that long.
_NO_WORD = rf"(?: (?={_CHARACTER}{{24}}) | (?=[A-Za-z._~+/=%-]{{0,24}}+[\d*]) )"
_NO_WORD_OR_NUMBER = rf"(?=[\d.*+/=%-]{{0,60}}+[A-Za-z_]) {_NO_WORD}"
_LABELLED = re.compile(
    rf"""
    ([AaBbCcKkPpSsTt] (?i:
        (?<=k)ey (?:(?<=apikey)|(?<=api.key)|(?<=[-_]key)) {_JOINED} {_NO_WORD}
      | (?<=k)ey (?<![a-z]key) {_JOINED} {_NO_WORD_OR_NUMBER} (?={_CHARACTER}{{12}})
      | (?<=t)oken (?<![a-z]token) {_JOINED} {_NO_WORD_OR_NUMBER}
      | (?<=s)ecret (?<![a-z]secret) {_JOINED} {_NO_WORD}
      | (?<=p)(?:assword|asswd|wd) {_JOINED} {_NO_WORD}
      | (?<=c)redentials? {_JOINED} {_NO_WORD}
      | (?<=b)earer (?<![a-z]bearer) \s{{1,9}}+ {_NO_WORD}
      | (?<=a)uthorization {_JOINED} {_NO_WORD}
      | (?<=a)uthorization ["':=\s]{{1,6}}+basic\s{{1,3}}+ (?={_CHARACTER}{{10}})
    )) {_CHARACTER}{{6,}}+
    """,
    re.VERBOSE | re.ASCII,
)


def without_credentials(text: str) -> str:
    """`text` with whatever looks like a credential replaced by `[hidden]`; labels stay."""
    text = _LABELLED.sub(rf"\1{HIDDEN}", text)
    text = _PARAMETER.sub(rf"\1{HIDDEN}", text)
    return _IN_ADDRESS.sub(f"://{HIDDEN}@", _PREFIXED.sub(HIDDEN, text))
