"""Taking an exported history in: complete, repeatable, and never by the word of a hostile file."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from components.domain.errors import ImportRefused
from components.domain.filters import Filter
from components.domain.model import Ask
from components.storage.annotations import Annotations
from components.storage.archives import add, whole_comparisons
from components.storage.comparisons import Store
from components.storage.deletion import Deletion
from components.storage.history.history import History
from components.storage.media.media import Media
from components.storage.media.object_store import ObjectStore
from components.storage.media.pictures import Pictures, release
from components.storage.schema import generations
from components.transfer.history_import import LONGEST_LINE, Imported, Limits, import_history
from components.transfer.history_zip import history_zip
from tests.support import hostile_archives
from tests.support.archive_samples import comparisons
from tests.support.import_memory import measured
from tests.support.samples import NOON, create

LIMITS = Limits(pixels=1_000_000, bytes=1_000_000)
Change = Callable[[dict[str, bytes]], None]


@pytest.fixture
def media() -> Media:
    return Media("memory:///")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The ZIP of a history of three comparisons with input images, stars, tags and notes."""
    source = Store(f"sqlite:///{tmp_path_factory.mktemp('source') / 'a.sqlite3'}")
    media = Media("memory:///")
    found = comparisons(media, 3, inputs=True)
    add(source, found)
    marks = Annotations(source)
    ids = [one.id for one in found[0].generations]
    marks.star(ids, starred=True)
    marks.tag(ids, ["client"])
    marks.note(ids, "good")
    create(source, Ask("still waiting", ("a",)))
    data = b"".join(history_zip(source, media, History(source), Filter(), "http://x"))
    source.close()
    return data


def take_in(data: bytes, store: Store, media: Media) -> Imported:
    return import_history(io.BytesIO(data), store, media, LIMITS)


def changed(data: bytes, change: Change, compress: int = zipfile.ZIP_STORED) -> bytes:
    """The same ZIP with its entries changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compress) as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress)
    return out.getvalue()


def manifest_with(change: Callable[[dict[str, Any]], None]) -> Change:
    def apply(entries: dict[str, bytes]) -> None:
        first, *others = entries["manifest.jsonl"].splitlines()
        document = json.loads(first)
        change(document)
        entries["manifest.jsonl"] = b"\n".join([json.dumps(document).encode(), *others, b""])

    return apply


def test_everything_comes_back_with_its_ids_and_twice_changes_nothing(
    exported: bytes, store: Store, media: Media, tmp_path: Path
) -> None:
    done = take_in(exported, store, media)
    assert (done.added, done.known, done.unfinished, done.without_picture) == (6, 0, 1, 0)
    assert done.pictures == 9
    again = take_in(exported, store, media)
    assert (again.added, again.known, again.pictures) == (0, 6, 0)
    source = Store(f"sqlite:///{tmp_path / 'again.sqlite3'}")
    add(source, comparisons(Media("memory:///"), 3, inputs=True))
    (here,) = whole_comparisons(store, Filter())
    (there,) = whole_comparisons(source, Filter())
    marks = {"starred": False, "tags": (), "note": ""}
    plain = [
        one.model_copy(
            update={"generations": tuple(x.model_copy(update=marks) for x in one.generations)}
        )
        for one in here
    ]
    assert plain == there
    source.close()
    assert History(store).count(Filter(q="hummingbird", starred=True, tags=("client",))).number == 2
    for picture in (one for each in here for one in each.pictures):
        assert media.original(picture.sha256, "png")
        with Image.open(io.BytesIO(media.preview(picture.sha256))) as preview:
            assert preview.size == (picture.width, picture.height)


def test_a_part_adds_only_what_is_missing(exported: bytes, store: Store, media: Media) -> None:
    take_in(exported, store, media)
    gone = History(store).page(Filter(), offset=0, limit=1)["generation_id"][0]
    Deletion(store).delete([gone])
    done = take_in(exported, store, media)
    assert (done.added, done.known) == (1, 5)
    assert store.generation(gone) is not None


def test_a_generation_without_its_picture_is_left_out(
    exported: bytes, store: Store, media: Media
) -> None:
    def drop(entries: dict[str, bytes]) -> None:
        document = json.loads(entries["manifest.jsonl"].splitlines()[0])
        del entries[f"originals/{document['generations'][0]['picture']['sha256']}.png"]

    done = take_in(changed(exported, drop), store, media)
    assert (done.added, done.without_picture) == (5, 1)


def swap_a_picture(entries: dict[str, bytes]) -> None:
    names = [name for name in entries if name.startswith("originals/")]
    entries[names[0]] = entries[names[1]]


def truncate_a_picture(entries: dict[str, bytes]) -> None:
    name = next(name for name in entries if name.startswith("originals/"))
    entries[name] = entries[name][:-1]


def no_manifest(entries: dict[str, bytes]) -> None:
    del entries["manifest.jsonl"]


def manifest_is(text: bytes) -> Change:
    def apply(entries: dict[str, bytes]) -> None:
        entries["manifest.jsonl"] = text

    return apply


def twice(entries: dict[str, bytes]) -> None:
    entries["manifest.jsonl"] = entries["manifest.jsonl"].splitlines()[0] + b"\n"
    entries["manifest.jsonl"] *= 2


def entry(name: str) -> Change:
    def apply(entries: dict[str, bytes]) -> None:
        entries[name] = b"x"

    return apply


def set_(*path: Any, to: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return manifest_with(change)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(swap_a_picture, id="another picture under a hash"),
        pytest.param(truncate_a_picture, id="a picture cut short"),
        pytest.param(no_manifest, id="no manifest"),
        pytest.param(manifest_is(b"not json\n"), id="no JSON"),
        pytest.param(manifest_is(b"[" * 100_000), id="JSON without an end"),
        pytest.param(manifest_is(b'{"prompt": "foreign"}\n'), id="foreign JSON"),
        pytest.param(manifest_is(b" " * (17 * 1024 * 1024)), id="an endless line"),
        pytest.param(twice, id="a comparison twice"),
        pytest.param(entry("../../etc/passwd"), id="a path upwards"),
        pytest.param(entry("/etc/passwd"), id="an absolute path"),
        pytest.param(entry("a\\..\\b"), id="a path of Windows"),
        pytest.param(set_("id", to="../../etc"), id="an id that is a path"),
        pytest.param(set_("triptych", to=99), id="a format of the future"),
        pytest.param(set_("more", to=1), id="a field too many"),
        pytest.param(set_("prompt", to="a\0b"), id="a NUL"),
        pytest.param(set_("generations", 0, "tags", to=["a\0b"]), id="a NUL in a tag"),
        pytest.param(set_("prompt", to="\ud800"), id="a lone surrogate"),
        pytest.param(set_("generations", 0, "latency_s", to=float("nan")), id="not a number"),
        pytest.param(set_("generations", 0, "latency_s", to=-1), id="a negative latency"),
        pytest.param(set_("generations", 0, "state", to="melted"), id="an unknown state"),
        pytest.param(set_("generations", 0, "picture", to=None), id="a success without picture"),
        pytest.param(set_("generations", 0, "picture", "width", to=9), id="another width"),
        pytest.param(set_("generations", 0, "picture", "bytes", to=10**15), id="a huge picture"),
        pytest.param(set_("generations", 0, "picture", "extension", to="svg"), id="a drawing"),
        pytest.param(set_("generations", 0, "total_tokens", to=10**30), id="a huge number"),
        pytest.param(set_("created_at", to="0001-01-01T00:00:00+23:00"), id="before all time"),
        pytest.param(set_("inputs", 0, "sha256", to="A" * 64), id="no hash"),
    ],
)
def test_a_hostile_or_damaged_file_is_refused_and_nothing_is_taken_in(
    exported: bytes, store: Store, media: Media, change: Change
) -> None:
    with pytest.raises(ImportRefused, match=r"[.!]$"):
        take_in(changed(exported, change), store, media)
    assert History(store).count(Filter()).number == 0
    Pictures(store, media).sweep()
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        for name in archive.namelist():
            if name.startswith("originals/"):
                assert not media.has_original(name[10:74], "png")


def originals_in(exported: bytes) -> set[str]:
    """The hashes of all pictures that a file holds."""
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        return {name[10:74] for name in archive.namelist() if name.startswith("originals/")}


def test_an_import_that_is_refused_at_its_rows_leaves_no_picture_behind(
    exported: bytes, store: Store, media: Media
) -> None:
    with zipfile.ZipFile(io.BytesIO(exported)) as archive:
        first = json.loads(archive.read("manifest.jsonl").splitlines()[0])
    store.create(
        Ask("another prompt", ("a",)),
        comparison_id=first["id"],
        new_id=lambda: "f" * 32,
        gateway="g",
        server="s",
        visitor="v",
        at=NOON,
    )
    with pytest.raises(ImportRefused):
        take_in(exported, store, media)
    Pictures(store, media).sweep()
    assert [one for one in originals_in(exported) if media.has_original(one, "png")] == []


def test_what_a_left_out_generation_brought_is_not_kept(
    exported: bytes, store: Store, media: Media
) -> None:
    """Of a generation with two pictures one is not in the file: the other one is of no use."""
    alone: list[str] = []

    def two_pictures_and_one_file(entries: dict[str, bytes]) -> None:
        first, *rest = entries["manifest.jsonl"].splitlines()
        document = json.loads(first)
        shown, other = document["generations"][:2]
        document["generations"] = [shown | {"others": [other["picture"]]}]
        alone.append(shown["picture"]["sha256"])
        del entries[f"originals/{other['picture']['sha256']}.png"]
        entries["manifest.jsonl"] = b"\n".join([json.dumps(document).encode(), *rest, b""])

    done = take_in(changed(exported, two_pictures_and_one_file), store, media)
    assert done.without_picture == 1
    Pictures(store, media).sweep()
    assert not media.has_original(alone[0], "png")


class Swept(ObjectStore):
    """An object store in memory from which a deletion removes a picture before the rows come."""

    def __init__(self, store: Store) -> None:
        super().__init__("memory:///")
        self._rows = store
        self.asked: set[str] = set()
        self.removed: set[str] = set()

    def put(self, key: str, data: bytes) -> None:
        super().put(key, data)
        if key.startswith("original/") and not self.removed:
            sha256, _, extension = key.rpartition("/")[2].partition(".")
            self.removed.add(sha256)
            with self._rows.change() as connection:
                release(connection, [f"{sha256}.{extension}"])
            Pictures(self._rows, Media("memory:///", objects=self)).sweep()


def test_an_import_that_meets_a_deletion_has_all_its_pictures(
    exported: bytes, store: Store
) -> None:
    objects = Swept(store)
    media = Media("memory:///", objects=objects)
    take_in(exported, store, media)
    assert len(objects.removed) == 1
    with store.reading.connect() as connection:
        shown = connection.execute(
            sa.select(generations.c.sha256, generations.c.extension).where(
                generations.c.state == "succeeded"
            )
        ).all()
    assert shown
    assert [one for one in shown if not media.has_original(*one)] == []


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x89PNG", b"<html>" * 100])
def test_what_is_no_zip_is_refused(data: bytes, store: Store, media: Media) -> None:
    with pytest.raises(ImportRefused, match="not a ZIP file, or it is damaged"):
        take_in(data, store, media)


def test_a_zip_bomb_is_refused_without_being_unpacked(
    exported: bytes, store: Store, media: Media
) -> None:
    def bomb(entries: dict[str, bytes]) -> None:
        name = next(name for name in entries if name.startswith("originals/"))
        entries[name] = bytes(50_000_000)

    data = changed(exported, bomb, zipfile.ZIP_DEFLATED)
    assert len(data) < 200_000
    with pytest.raises(ImportRefused, match="size"):
        take_in(data, store, media)


# What an import says that it takes at most, in MB.
BOUND_MB = 8 * LONGEST_LINE / 1e6


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What came of every hostile ZIP and what memory it took, in a process of its own."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, lines in hostile_archives.MANIFESTS.items():
        hostile_archives.with_manifest(folder / name, lines())
    hostile_archives.with_entries(folder / "entries", 100_000)
    for count in (500, 5_000):
        lines = (hostile_archives.usual_comparison(n) for n in range(count))
        hostile_archives.with_manifest(folder / f"usual {count}", lines)
    files = sorted(folder.iterdir())
    assert all(file.stat().st_size < 7_000_000 for file in files)
    return {one["file"]: one for one in measured(*files)}


@pytest.mark.parametrize("name", [*hostile_archives.MANIFESTS, "entries"])
def test_no_small_file_takes_much_memory(taken: dict[str, dict[str, Any]], name: str) -> None:
    assert taken[name]["mb"] <= BOUND_MB


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("too_many_generations", "Line 1 of manifest.jsonl holds far too much."),
        ("too_many_headers", "Line 1 of manifest.jsonl holds far too much."),
        ("too_many_tags", "Line 1 of manifest.jsonl holds far too much."),
        ("empty_lists", "Line 1 of manifest.jsonl holds far too much."),
        ("open_lists", "Line 1 of manifest.jsonl holds far too much."),
        ("very_many_long_prompts", "manifest.jsonl unpacks to far more than a history would."),
        ("blanks", "manifest.jsonl unpacks to far more than a history would."),
    ],
)
def test_what_no_export_holds_is_refused_with_a_sentence(
    taken: dict[str, dict[str, Any]], name: str, sentence: str
) -> None:
    assert taken[name]["refused"] == sentence


def test_entries_that_nothing_names_take_no_memory(taken: dict[str, dict[str, Any]]) -> None:
    assert taken["entries"]["added"] == 0
    assert taken["entries"]["mb"] <= 16


def test_a_large_history_takes_no_more_memory_than_a_small_one(
    taken: dict[str, dict[str, Any]],
) -> None:
    small, large = taken["usual 500"], taken["usual 5000"]
    assert (small["added"], large["added"]) == (1_500, 15_000)
    assert large["mb"] <= small["mb"] + 16


def test_an_id_that_is_taken_by_something_else_is_refused(
    exported: bytes, store: Store, media: Media
) -> None:
    take_in(exported, store, media)
    with pytest.raises(ImportRefused, match="another prompt or time"):
        take_in(changed(exported, set_("prompt", to="another")), store, media)
    with store.change() as connection:
        prompts = sa.select(sa.func.count()).select_from(generations)
        assert connection.execute(prompts).scalar_one() == 6
