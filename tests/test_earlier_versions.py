"""What version 1.0.0 left on the disk and exported: found, shown, exported, taken in, gone on with.

`tests/fixtures/version-1.0.0` is copied first, so that it stays as it was written.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pandas as pd
import pytest
import sqlalchemy as sa

from components.domain.aliases import BUILT_IN, Alias
from components.domain.filters import Filter, read_filter
from components.domain.model import State
from components.settings import Settings, read_settings
from components.storage.comparisons import Store
from components.storage.history.history import History
from components.storage.media.media import Media
from components.storage.media.pictures import Pictures
from components.storage.schema import leftovers
from components.transfer.history_import import Limits, import_history
from components.transfer.history_zip import history_zip
from components.transfer.tables import csv_chunks, jsonl_chunks
from tests.support.faulty_gateway import FaultyGateway
from tests.support.house import house
from tests.support.serving import Server

WRITTEN = Path(__file__).parent / "fixtures/version-1.0.0"
EXPECTED: dict[str, Any] = json.loads((WRITTEN / "expected.json").read_text("utf-8"))
BASE: str = EXPECTED["base_url"]
OF = {one["id"]: one for one in EXPECTED["generations"]}
ODD = Alias("black-forest/flux-1.1:pro@eu+x", "x", (1.0, 2.0), None, None, "")
SETTINGS = {
    "gateway_url", "gateway_token", "timeout_s", "max_body_bytes", "max_reply_bytes",
    "max_picture_pixels", "max_inputs", "max_upload_bytes", "max_running", "max_queued",
    "image_hosts", "data_dir", "database_url", "media_url", "public_url", "demo_time_scale",
    "aliases",
}  # fmt: skip

AS_VARIABLES = {
    "gateway_url": "https://gateway.test/v1/", "timeout_s": "240", "max_body_bytes": "1000000",
    "max_reply_bytes": "2000000", "max_picture_pixels": "20000000", "max_inputs": "4",
    "max_upload_bytes": "3000000", "max_running": "9", "max_queued": "12",
    "image_hosts": '["images.test"]', "data_dir": "kept here",
    "media_url": "s3://bucket/prefix", "demo_time_scale": "0.5",
    "aliases": json.dumps([{"name": ODD.name, "usd_per_million_tokens": [1.0, 2.0]}]),
}  # fmt: skip
IN_SECRETS = {
    "gateway_token": "fixture-token",
    "database_url": "postgresql://user:password@host/name",
    "public_url": BASE + "/",
}


class Query(dict[str, list[str]]):
    """The query of a URL, as `read_filter` takes it."""

    def getlist(self, key: str) -> list[str]:
        return self.get(key, [])


def found_by(store: Store, query: str) -> list[str]:
    """Ids of the generations that a URL's query finds, in the order of the page."""
    wanted = read_filter(Query(parse_qs(query.removeprefix("?"))))
    page = History(store).page(wanted, offset=0, limit=100)
    return list(page["generation_id"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the data folder."""
    return Path(shutil.copytree(WRITTEN / "folder", tmp_path / "data"))


@pytest.fixture
def opened(folder: Path) -> Store:
    """Its database, brought up to date."""
    return Store(f"sqlite:///{folder / 'triptych.sqlite3'}")


def rows_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_generation_is_found_with_all_its_facts(opened: Store) -> None:
    exported = b"".join(jsonl_chunks(History(opened).chunks(Filter(), marks=True), BASE)).decode()
    found = {one["generation_id"]: one for one in rows_of(exported)}
    assert found.keys() == OF.keys()
    there = next(iter(found.values())).keys() & next(iter(OF.values())).keys()
    assert len(there) > 25
    for generation_id, expected in OF.items():
        for name in sorted(there):
            assert found[generation_id][name] == expected[name], (generation_id, name)


def test_comparisons_attempts_and_input_images_are_as_they_were(opened: Store) -> None:
    for expected in EXPECTED["comparisons"]:
        found = opened.comparison(expected["id"])
        assert (found.prompt, list(found.aliases), found.samples, found.version) == tuple(
            expected[name] for name in ("prompt", "aliases", "samples", "version")
        )
        assert [one.id for one in found.generations] == expected["generations"]
        assert [(one.name, one.picture.sha256) for one in found.inputs] == [
            (one["name"], one["sha256"]) for one in expected["inputs"]
        ]
    for generation_id, one in OF.items():
        tried = opened.attempts(generation_id)
        assert [
            (each.number, each.state.value, each.kept, each.exchange.status) for each in tried
        ] == [
            (each["number"], each["state"], each["kept"], each["status"])
            for each in one["attempts"]
        ]


def test_the_filters_find_what_they_found(opened: Store) -> None:
    for one in EXPECTED["filters"]:
        assert found_by(opened, one["query"]) == one["generations"], one["query"]
    choices = History(opened).choices()
    for name, expected in EXPECTED["choices"].items():
        assert list(getattr(choices, name)) == expected, name


def test_every_picture_preview_and_kept_file_is_there(folder: Path) -> None:
    media = Media((folder / "media").as_uri())
    kinds = set()
    for key, facts in EXPECTED["media"].items():
        kind, _, name = key.partition("/")
        kinds.add(kind)
        sha256, _, extension = name.rpartition("/")[2].partition(".")
        if kind == "original":
            assert hashlib.sha256(media.original(sha256, extension)).hexdigest() == sha256
        elif kind == "preview":
            preview = media.preview(sha256)
            assert hashlib.sha256(preview).hexdigest() == facts["sha256_of_preview"], key
        else:
            assert len(media.kept(key)) == facts["bytes"]
    assert kinds == {"original", "preview", "kept"}


def test_the_exports_are_the_same(opened: Store) -> None:
    history = History(opened)
    former = rows_of((WRITTEN / "history.jsonl").read_text("utf-8"))
    now = rows_of(b"".join(jsonl_chunks(history.chunks(Filter(), marks=True), BASE)).decode())
    assert now == former
    table = b"".join(csv_chunks(history.chunks(Filter()), BASE))
    # Version 1.0.0 split a row at a bare carriage return: its file is read by the other rows.
    earlier = pd.read_csv(WRITTEN / "history.csv", lineterminator="\n")
    later = pd.read_csv(io.BytesIO(table))
    assert list(later.columns) == list(earlier.columns)
    assert len(later) == len(former)
    whole = [column for column in later if column != "prompt"]
    pd.testing.assert_frame_equal(later[whole], earlier[whole], check_dtype=False)


def test_the_work_that_was_left_goes_on(folder: Path, tmp_path: Path) -> None:
    after = EXPECTED["after_start"]
    shutil.copy(folder / "triptych.sqlite3", folder / "test.sqlite3")
    with (
        FaultyGateway() as gateway,
        house(folder, gateway.url, aliases=(*BUILT_IN, ODD), sweep_every_s=3600) as at,
    ):
        for name in ("in_hand", "tried"):
            at.when(EXPECTED["named"][name])
        for expected in after["generations"]:
            one = at.store.generation(expected["id"])
            assert one is not None
            assert (one.state.value, one.attempt) == (expected["state"], expected["attempt"])
            # What is sent now is sent to the gateway of now, and says so.
            sent = expected["was"] == "queued"
            assert one.gateway == (gateway.url if sent else expected["gateway"])
            if expected["was"] == "spooled":
                assert one.success is not None
                assert one.success.picture.sha256 == expected["sha256"]
                assert one.latency_s == expected["latency_s"]
                assert one.success.cost_usd == expected["cost_usd"]
                assert [x.sha256 for x in one.success.others] == [
                    x["sha256"] for x in expected["others"]
                ]
            if one.failure is not None:
                assert one.failure.message == expected["error_message"]
        asked = sorted([one.alias, one.prompt] for one in gateway.requests)
        assert asked == after["sent_to_the_gateway"]
        assert at.pictures.sweep() == after["sweep"]["removed"]
        for key in after["sweep"]["still_needed"]:
            assert at.media.has_original(*key.split("."))
        for key in after["sweep"]["gone"]:
            if not key.startswith("kept/"):
                assert not at.media.has_original(*key.split("."))
        with at.store.reading.connect() as connection:
            assert connection.execute(sa.select(leftovers)).all() == []
    assert tmp_path in folder.parents


def test_a_server_shows_and_serves_it(folder: Path) -> None:
    with FaultyGateway() as gateway, Server(folder, gateway_url=gateway.url) as server:
        shown = next(one for one in EXPECTED["generations"] if one["state"] == "succeeded")
        address = f"/app/static/media/{shown['sha256']}.{shown['extension']}"
        answer = httpx.get(server.url + address)
        assert hashlib.sha256(answer.content).hexdigest() == shown["sha256"]
        for path in (
            f"/app/static/preview/{shown['sha256']}",
            f"/app/static/preview/{shown['sha256']}.webp",
            f"/app/static/thumb/{shown['sha256']}.webp",
            f"/download/generation/{shown['id']}",
            f"/download/comparison/{shown['comparison_id']}.zip",
            f"/download/comparison/{shown['comparison_id']}.html",
            f"/live/{shown['comparison_id']}?once=1",
            "/export/history.csv",
        ):
            assert httpx.get(server.url + path, timeout=30).status_code == 200, path
        # Those that were put aside may be gone by now.
        gone = set(EXPECTED["after_start"]["sweep"]["gone"])
        for key, facts in EXPECTED["media"].items():
            kind, name = key.partition("/")[0], key.rpartition("/")[2]
            if key in gone or any(one.startswith(name.partition(".")[0]) for one in gone):
                continue
            path = {
                "original": f"/app/static/media/{name}",
                "preview": f"/app/static/preview/{name.partition('.')[0]}",
                "kept": f"/download/kept/{name}",
            }[kind]
            answer = httpx.get(server.url + path)
            assert answer.status_code == 200, path
            expected = facts.get("sha256_of_preview", name.partition(".")[0])
            assert hashlib.sha256(answer.content).hexdigest() == expected, path
            assert answer.headers["content-type"] == facts.get(
                "type", answer.headers["content-type"]
            )


def test_a_database_of_the_first_schema_is_found_whole(tmp_path: Path) -> None:
    file = tmp_path / "first.sqlite3"
    shutil.copy(WRITTEN / "schema-1.sqlite3", file)
    store = Store(f"sqlite:///{file}")
    first = EXPECTED["schema_1"]
    assert found_by(store, "") == first["generations"]
    for one in first["filters"]:
        assert found_by(store, one["query"]) == one["generations"], one["query"]
    for comparison_id in first["comparisons"]:
        assert all(one.state.ended for one in store.comparison(comparison_id).generations)
    store.close()


def test_its_zip_is_taken_in_twice_and_gives_the_same_zip(store: Store) -> None:
    media = Media("memory:///")
    limits = Limits(pixels=10**7, bytes=10**7)
    for time in ("first", "again"):
        with (WRITTEN / "history.zip").open("rb") as file:
            done = import_history(file, store, media, limits)
        expected = EXPECTED["imported"][time]
        assert {name: getattr(done, name) for name in expected} == expected, time
    assert sorted(found_by(store, "")) == sorted(EXPECTED["imported"]["generations"])
    for generation_id in EXPECTED["imported"]["generations"]:
        one, expected = store.generation(generation_id), OF[generation_id]
        assert one is not None
        assert (one.state.value, one.latency_s, one.text) == (
            expected["state"], expected["latency_s"], expected["text"],
        )  # fmt: skip
        if one.state is State.SUCCEEDED:
            assert one.success is not None
            assert one.success.picture.sha256 == expected["sha256"]
            assert media.original(expected["sha256"], expected["extension"])
    assert Pictures(store, media).sweep() == 0
    packed = b"".join(history_zip(store, media, History(store), Filter(), BASE))
    assert import_history(io.BytesIO(packed), store, media, limits).added == 0


def test_every_setting_is_still_there() -> None:
    assert set(Settings.model_fields) >= SETTINGS


def test_every_setting_is_accepted_as_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {*AS_VARIABLES, *IN_SECRETS} == SETTINGS
    for name, value in AS_VARIABLES.items():
        monkeypatch.setenv(f"TRIPTYCH_{name.upper()}", value)
    (tmp_path / ".streamlit").mkdir()
    written = "".join(f"{name} = {json.dumps(value)}\n" for name, value in IN_SECRETS.items())
    (tmp_path / ".streamlit/secrets.toml").write_text(f"[triptych]\n{written}", "utf-8")
    settings = read_settings(tmp_path)
    assert settings.gateway_url == "https://gateway.test"
    assert settings.gateway_token is not None
    assert settings.gateway_token.get_secret_value() == "fixture-token"
    assert settings.timeout_s == 240
    assert settings.image_hosts == ("images.test",)
    assert settings.data_dir == tmp_path / "kept here"
    assert settings.public_url == BASE
    assert {one.name for one in settings.alias_table} >= {ODD.name, "image-gen"}
