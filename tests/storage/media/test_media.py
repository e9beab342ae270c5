"""Image bytes by content hash: a real folder, a real S3 API on loopback, and faults of both."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from components.domain.errors import MediaMissing, SettingsInvalid, StorageUnavailable
from components.storage.media.media import Media

ROOT = Path(__file__).parents[3]
DATA = os.urandom(700_000)
SHA = hashlib.sha256(DATA).hexdigest()
NOWHERE = "0" * 64


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        use_endpoint(environment, f"http://{host}:{port}")
        boto3.client("s3").create_bucket(Bucket="pictures")
        yield "s3://pictures/some/prefix"
    server.stop()


def use_endpoint(environment: pytest.MonkeyPatch, endpoint: str) -> None:
    environment.setenv("AWS_ENDPOINT_URL", endpoint)
    environment.setenv("AWS_ACCESS_KEY_ID", "someone")
    environment.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    environment.setenv("AWS_REGION", "us-east-1")
    environment.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(params=["folder", "bucket", "memory"])
def media(request: pytest.FixtureRequest, tmp_path: Path) -> Media:
    if request.param == "bucket":
        return Media(request.getfixturevalue("bucket"))
    return Media("memory:///" if request.param == "memory" else folder_url(tmp_path))


def folder_url(tmp_path: Path) -> str:
    return (tmp_path / "two words" / "media").as_uri()


def test_an_original_comes_back_byte_for_byte_under_its_hash(media: Media) -> None:
    assert media.put_original(DATA, "jpg") == SHA
    assert media.original(SHA, "jpg") == DATA
    assert media.has_original(SHA, "jpg")
    assert not media.has_original(SHA, "png")


def test_the_same_bytes_may_be_stored_again(media: Media) -> None:
    assert media.put_original(DATA, "png") == media.put_original(DATA, "png")
    assert media.original(SHA, "png") == DATA


def test_a_preview_comes_back_and_may_be_replaced(media: Media) -> None:
    media.put_preview(SHA, b"old preview")
    media.put_preview(SHA, b"preview")
    assert media.preview(SHA) == b"preview"


def test_bytes_that_did_not_decode_are_kept_for_inspection(media: Media) -> None:
    key = media.put_kept(b"<html>no picture</html>")
    assert media.kept(key) == b"<html>no picture</html>"
    assert key.startswith("kept/")


def test_nothing_but_a_key_of_kept_bytes_can_be_read_as_such(media: Media) -> None:
    media.put_original(DATA, "png")
    for key in (f"original/{SHA[:2]}/{SHA}.png", "kept/../x", f"kept/aa/{NOWHERE}.bin", ""):
        with pytest.raises(MediaMissing):
            media.kept(key)


async def test_originals_and_previews_can_be_read_from_an_event_loop(media: Media) -> None:
    media.put_original(DATA, "webp")
    media.put_preview(SHA, b"preview")
    assert await media.original_async(SHA, "webp") == DATA
    assert await media.preview_async(SHA) == b"preview"
    with pytest.raises(MediaMissing):
        await media.original_async(NOWHERE, "webp")


@pytest.mark.parametrize("where", ["folder", "bucket"])
async def test_what_one_server_stored_another_one_reads(
    where: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = folder_url(tmp_path) if where == "folder" else request.getfixturevalue("bucket")
    one, other = Media(url), Media(url)
    one.put_original(DATA, "png")
    one.put_preview(SHA, b"preview")
    assert other.original(SHA, "png") == await other.original_async(SHA, "png") == DATA
    assert other.preview(SHA) == await other.preview_async(SHA) == b"preview"
    one.delete(SHA, "png")
    for media in (one, other):
        with pytest.raises(MediaMissing):
            media.preview(SHA)
        with pytest.raises(MediaMissing):
            await media.preview_async(SHA)


def test_more_previews_than_are_held_in_memory_are_all_there(tmp_path: Path) -> None:
    media = Media(folder_url(tmp_path))
    previews = {f"{number:064x}": bytes([number]) * 900_000 for number in range(24)}
    for sha256, preview in (previews | previews).items():
        media.put_preview(sha256, preview)
    for sha256, preview in previews.items():
        assert media.preview(sha256) == preview


def test_an_original_streams_in_pieces(media: Media) -> None:
    large = os.urandom(3_000_000)
    sha256 = media.put_original(large, "png")
    pieces = list(media.stream_original(sha256, "png"))
    assert b"".join(pieces) == large
    assert all(type(piece) is bytes for piece in pieces)


@pytest.mark.parametrize("where", ["folder", "bucket"])
def test_no_piece_of_a_stream_is_large(
    where: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = folder_url(tmp_path) if where == "folder" else request.getfixturevalue("bucket")
    media = Media(url)
    sha256 = media.put_original(os.urandom(5_000_000), "tiff")
    assert max(map(len, media.stream_original(sha256, "tiff"))) < 1_000_000


def test_what_is_not_there_is_missing(media: Media) -> None:
    for read in (
        lambda: media.original(NOWHERE, "png"),
        lambda: media.preview(NOWHERE),
        lambda: media.stream_original(NOWHERE, "png"),
        lambda: media.kept(f"kept/00/{NOWHERE}.bin"),
    ):
        with pytest.raises(MediaMissing):
            read()


@pytest.mark.parametrize(
    ("sha256", "extension"),
    [
        ("../../../../etc/passwd", "png"),
        (SHA.upper(), "png"),
        (SHA[:-1], "png"),
        (SHA + "\n", "png"),
        (SHA + "0", "png"),
        ("", "png"),
        (SHA, "svg"),
        (SHA, "png/../../x"),
        (SHA, ""),
    ],
)
def test_what_cannot_be_a_name_is_missing_before_the_store_is_asked(
    tmp_path: Path, sha256: str, extension: str
) -> None:
    media = Media(folder_url(tmp_path))
    with pytest.raises(MediaMissing):
        media.original(sha256, extension)
    with pytest.raises(MediaMissing):
        media.stream_original(sha256, extension)
    with pytest.raises(MediaMissing):
        media.delete(sha256, extension)
    assert not media.has_original(sha256, extension)
    if extension == "png":
        with pytest.raises(MediaMissing):
            media.preview(sha256)
        with pytest.raises(MediaMissing):
            media.put_preview(sha256, b"preview")
    else:
        with pytest.raises(ValueError, match="extension"):
            media.put_original(DATA, extension)


def test_a_deleted_picture_is_gone_with_its_preview_and_may_be_deleted_again(media: Media) -> None:
    media.put_original(DATA, "gif")
    media.put_preview(SHA, b"preview")
    media.delete(SHA, "gif")
    media.delete(SHA, "gif")
    assert not media.has_original(SHA, "gif")
    with pytest.raises(MediaMissing):
        media.preview(SHA)


async def test_a_preview_from_the_time_when_all_were_webp_is_found_and_deleted(
    tmp_path: Path,
) -> None:
    media = Media(folder_url(tmp_path))
    former = tmp_path / "two words" / "media" / "preview" / SHA[:2] / f"{SHA}.webp"
    former.parent.mkdir(parents=True)
    former.write_bytes(b"RIFF former")
    assert media.preview(SHA) == await media.preview_async(SHA) == b"RIFF former"
    media.put_preview(SHA, b"newer")
    assert media.preview(SHA) == await media.preview_async(SHA) == b"newer"
    media.delete(SHA, "png")
    assert not former.exists()
    with pytest.raises(MediaMissing):
        media.preview(SHA)


def test_a_sound_store_passes_the_check_as_often_as_asked(media: Media) -> None:
    media.check()
    media.check()


def test_many_threads_may_store_the_same_and_different_pictures(media: Media) -> None:
    pictures = [os.urandom(50_000) for _ in range(6)] * 5
    with ThreadPoolExecutor(10) as pool:
        names = list(pool.map(lambda data: media.put_original(data, "bmp"), pictures))
    assert [media.original(name, "bmp") for name in names] == pictures


def test_a_damaged_object_is_healed_by_storing_the_picture_again(tmp_path: Path) -> None:
    media = Media(folder_url(tmp_path))
    media.put_original(DATA, "jpg")
    (file,) = (tmp_path / "two words" / "media").rglob("*.jpg")
    file.write_bytes(b"")
    media.put_original(DATA, "jpg")
    assert media.original(SHA, "jpg") == DATA


@pytest.mark.parametrize("url", ["ftp://x/y", "/srv/x", "file:relative", "s3://", "", "http://h/b"])
def test_a_url_that_is_no_store_is_refused_as_a_setting(url: str) -> None:
    with pytest.raises(SettingsInvalid, match="TRIPTYCH_MEDIA_URL"):
        Media(url)


def says_nothing_private(error: BaseException, *private: str) -> None:
    assert str(error).endswith(".")
    assert "media store" in str(error)
    for word in (*private, "Debug", "secret", "someone", SHA):
        assert word not in str(error)


def test_a_folder_that_cannot_be_made_is_told_without_its_path(tmp_path: Path) -> None:
    (tmp_path / "two words").write_bytes(b"a file where the folder should be")
    with pytest.raises(StorageUnavailable) as caught:
        Media(folder_url(tmp_path))
    says_nothing_private(caught.value, str(tmp_path), "two words")


def test_a_folder_that_fails_in_mid_run_is_told_and_works_again_once_it_is_back(
    tmp_path: Path,
) -> None:
    media = Media(folder_url(tmp_path))
    media.put_original(DATA, "jpg")
    folder = tmp_path / "two words" / "media"
    folder.rename(tmp_path / "away")
    folder.write_bytes(b"a file where the folder should be")
    for use in (
        lambda: media.put_original(DATA, "jpg"),
        lambda: media.put_preview(SHA, b"preview"),
        lambda: media.put_kept(DATA),
        lambda: media.original(SHA, "jpg"),
        lambda: media.has_original(SHA, "jpg"),
        lambda: media.stream_original(SHA, "jpg"),
        lambda: media.delete(SHA, "jpg"),
        media.check,
    ):
        with pytest.raises(StorageUnavailable) as caught:
            use()
        says_nothing_private(caught.value, str(tmp_path), "two words")
    folder.unlink()
    (tmp_path / "away").rename(folder)
    media.check()
    assert media.original(SHA, "jpg") == DATA


def test_a_folder_that_was_removed_is_made_again(tmp_path: Path) -> None:
    media = Media(folder_url(tmp_path))
    (tmp_path / "two words" / "media").rmdir()
    media.put_original(DATA, "jpg")
    assert media.original(SHA, "jpg") == DATA


def test_a_disk_that_takes_only_half_of_a_picture_leaves_nothing_under_its_name(
    tmp_path: Path,
) -> None:
    script = """
import resource, sys
from components.domain.errors import StorageUnavailable
from components.storage.media.media import Media
media = Media(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
try:
    media.put_original(bytes(300_000), "png")
except StorageUnavailable as error:
    print("refused:", error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(media.has_original(sys.argv[2], "png"))
media.put_original(bytes(300_000), "png")
print(len(media.original(sys.argv[2], "png")))
"""
    sha256 = hashlib.sha256(bytes(300_000)).hexdigest()
    done = subprocess.run(
        [sys.executable, "-c", script, folder_url(tmp_path), sha256],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    refused, half, whole = done.stdout.splitlines()
    assert refused.startswith("refused: The media store")
    assert half == "False"
    assert whole == "300000"


def test_a_writer_killed_in_mid_write_leaves_no_half_picture_under_any_name(tmp_path: Path) -> None:
    script = """
import itertools, sys
from components.storage.media.media import Media
media = Media(sys.argv[1])
print("ready", flush=True)
for number in itertools.count():
    media.put_original(number.to_bytes(8, "big") * 4_000_000, "png")
"""
    media = Media(folder_url(tmp_path))
    folder = tmp_path / "two words" / "media"
    in_the_middle = 0
    for _ in range(4):
        writer = subprocess.Popen(
            [sys.executable, "-c", script, folder_url(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        before = set(folder.rglob("*#*"))
        while not set(folder.rglob("*#*")) - before:
            assert writer.poll() is None
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        in_the_middle += bool(set(folder.rglob("*#*")) - before)
    assert in_the_middle
    for file in folder.rglob("*.png"):
        assert hashlib.sha256(media.original(file.stem, "png")).hexdigest() == file.stem
    for number in range(2):
        data = number.to_bytes(8, "big") * 4_000_000
        assert media.original(media.put_original(data, "png"), "png") == data


def test_an_s3_server_that_is_not_there_is_told_without_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    use_endpoint(monkeypatch, f"http://127.0.0.1:{port}")
    media = Media("s3://pictures/some/prefix")
    for use in (
        media.check,
        lambda: media.put_original(DATA, "jpg"),
        lambda: media.original(SHA, "jpg"),
        lambda: media.has_original(SHA, "jpg"),
    ):
        with pytest.raises(StorageUnavailable) as caught:
            use()
        says_nothing_private(caught.value, "127.0.0.1", str(port), "pictures")


@pytest.mark.usefixtures("bucket")
def test_a_bucket_that_does_not_exist_fails_the_check_and_every_write() -> None:
    media = Media("s3://no-such-bucket")
    with pytest.raises(StorageUnavailable):
        media.check()
    with pytest.raises(StorageUnavailable):
        media.put_original(DATA, "jpg")


def test_a_prefix_keeps_two_servers_in_one_bucket_apart(bucket: str) -> None:
    one, other = Media(bucket + "/one"), Media(bucket + "/other")
    one.put_original(DATA, "avif")
    assert not other.has_original(SHA, "avif")
    keys = [item["Key"] for item in boto3.client("s3").list_objects(Bucket="pictures")["Contents"]]
    assert f"some/prefix/one/original/{SHA[:2]}/{SHA}.avif" in keys
