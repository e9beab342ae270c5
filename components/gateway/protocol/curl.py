"""PURE: the shell command that sends the same request without Triptych."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence

# Inside an unquoted here-document the shell acts on these; JSON can spell each one otherwise.
_INERT_IN_SHELL = str.maketrans({"$": "\\u0024", "`": "\\u0060"})


def curl_command(
    base_url: str, alias: str, prompt: str, input_urls: Sequence[tuple[str, str]] = ()
) -> str:
    """A `curl` command for a POSIX shell that sends this request with the token from `$BEARER`.

    `base_url` is the gateway's, without `/v1`; `input_urls` are pairs of media type and an absolute
    URL from which the shell fetches the input image. The prompt is inert: nothing in it is run.
    """
    if not input_urls:
        body = json.dumps(
            {
                "model": alias,
                "messages": [{"role": "user", "content": prompt}],
                "stream": False,
            }
        )
        document = f"<<'JSON'\n{body}\nJSON"
    else:
        text = json.dumps({"type": "text", "text": prompt})
        parts = [text.replace("\\\\", "\\u005c").translate(_INERT_IN_SHELL)]
        for media_type, url in input_urls:
            fetched = f"$(curl -fsS {shlex.quote(url)} | base64 | tr -d '\\n')"
            data_url = f"data:{media_type};base64,{fetched}"
            parts.append(f'{{"type": "image_url", "image_url": {{"url": "{data_url}"}}}}')
        body = (
            f'{{"model": {json.dumps(alias)}, "messages": [{{"role": "user", '
            f'"content": [{", ".join(parts)}]}}], "stream": false}}'
        )
        document = f"<<JSON\n{body}\nJSON"
    return (
        f"curl -sS --max-time 300 {shlex.quote(base_url + '/v1/chat/completions')} \\\n"
        '  -H "Authorization: Bearer $BEARER" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        f"  --data-binary @- {document}"
    )
