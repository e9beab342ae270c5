"""Originals and previews by their hash, and originals as downloads with a proper file name."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from components.domain.errors import MediaMissing, StorageUnavailable
from components.domain.media_types import MEDIA_TYPES, media_type, preview_type
from components.images.previews import thumbnail as make_thumbnail
from components.services import running_services
from components.transfer.comparison_zip import file_name, pictures_of

_HASH = re.compile(r"[0-9a-f]{64}")
# The name is the content's hash, so what is behind it never changes.
_FOR_EVER = "public, max-age=31536000, immutable"
# A picture is shown as a picture and as nothing else, should a browser ever think otherwise.
_INERT = "default-src 'none'; sandbox"


async def original(request: Request) -> Response:
    """`GET /app/static/media/<sha256>.<ext>`: the original, byte for byte as it came."""
    sha256, extension = request.path_params["sha256"], request.path_params["extension"]
    if not _HASH.fullmatch(sha256) or extension not in MEDIA_TYPES:
        return _not_found()
    media = running_services().media
    return await _picture(
        request,
        lambda: media.original_async(sha256, extension),
        media_type(extension),
        f'"{sha256}"',
    )


async def preview(request: Request) -> Response:
    """`GET /app/static/preview/<sha256>`: the preview of an original, a JPEG or a WebP."""
    sha256 = request.path_params["sha256"]
    if not _HASH.fullmatch(sha256):
        return _not_found()
    media = running_services().media
    return await _picture(
        request, lambda: media.preview_async(sha256), preview_type, f'"{sha256}-preview"'
    )


async def thumbnail(request: Request) -> Response:
    """`GET /app/static/thumb/<sha256>.webp`: a preview shrunk for tables."""
    sha256 = request.path_params["sha256"]
    if not _HASH.fullmatch(sha256):
        return _not_found()
    media = running_services().media
    return await _picture(
        request,
        lambda: run_in_threadpool(media.thumbnail, sha256, make_thumbnail),
        "image/webp",
        f'"{sha256}-thumb"',
    )


async def download(request: Request) -> Response:
    """`GET /download/generation/<id>`: its original as a file; `?picture=2` a further one."""
    services = running_services()
    generation_id = request.path_params["generation_id"]
    number = request.query_params.get("picture", "1")
    try:
        generation = await run_in_threadpool(services.store.generation, generation_id)
    except StorageUnavailable as exc:
        return PlainTextResponse(str(exc), 503)
    found = pictures_of(generation) if generation else ()
    if generation is None or not number.isascii() or not number.isdigit():
        return _not_found()
    if not 1 <= int(number[:3]) <= len(found):
        return _not_found()
    picture = found[int(number[:3]) - 1]
    response = await _picture(
        request,
        lambda: services.media.original_async(picture.sha256, picture.extension),
        media_type(picture.extension),
        f'"{picture.sha256}"',
    )
    if response.status_code == 200:
        name = file_name(generation, picture, int(number[:3]))
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["Cache-Control"] = "private, no-cache"
    return response


async def kept(request: Request) -> Response:
    """`GET /download/kept/<sha256>.bin`: bytes that came instead of a picture, for inspection.

    They are anything, and hostile perhaps, so they are only ever a file of no type to be saved.
    """
    sha256 = request.path_params["sha256"]
    if not _HASH.fullmatch(sha256):
        return _not_found()
    media = running_services().media
    response = await _picture(
        request,
        lambda: run_in_threadpool(media.kept, f"kept/{sha256[:2]}/{sha256}.bin"),
        "application/octet-stream",
        f'"{sha256}"',
    )
    response.headers["Content-Disposition"] = f'attachment; filename="arrived-{sha256[:8]}.bin"'
    response.headers["Cache-Control"] = "private, no-cache"
    return response


async def _picture(
    request: Request,
    read: Callable[[], Awaitable[bytes]],
    content_type: str | Callable[[bytes], str],
    tag: str,
) -> Response:
    headers = {
        "Cache-Control": _FOR_EVER,
        "ETag": tag,
        "Content-Security-Policy": _INERT,
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    try:
        data = await read()
    except MediaMissing:
        return _not_found()
    except StorageUnavailable as exc:
        return PlainTextResponse(str(exc), 503, {"Cache-Control": "no-store"})
    told = content_type if isinstance(content_type, str) else content_type(data)
    return Response(data, media_type=told, headers=headers)


def _not_found() -> Response:
    return PlainTextResponse("There is no such picture.", 404, {"Cache-Control": "no-store"})
