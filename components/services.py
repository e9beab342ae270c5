"""The one place that puts the parts together; handed to routes and pages alike."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from components.demo.gateway import DemoGateway, usual_latency_s
from components.domain.aliases import Alias
from components.domain.clock import utc_now
from components.domain.errors import StorageUnavailable
from components.domain.estimates import Expected, expected
from components.engine.admission import Limits
from components.engine.engine import Engine
from components.engine.notifications import Notifications
from components.engine.reply_spool import ReplySpool
from components.engine.worker import Worker, WorkerStorages
from components.gateway.client import Gateway
from components.settings import Settings, read_settings
from components.storage.annotations import Annotations
from components.storage.comparisons import Store
from components.storage.database import with_driver
from components.storage.deletion import Deletion
from components.storage.history.history import History
from components.storage.job_queue import JobQueue
from components.storage.media.media import Media
from components.storage.media.pictures import Pictures
from components.storage.server_locks import FileServerLock, PostgresServerLock, ServerLock

log = logging.getLogger("triptych")
_EXPECTED_FOR_S = 2.0


@dataclass(frozen=True)
class Services:
    """Everything that a running server has; one of it per process."""

    settings: Settings
    aliases: tuple[Alias, ...]
    store: Store
    history: History
    media: Media
    engine: Engine
    notifications: Notifications
    annotations: Annotations
    deletion: Deletion
    pictures: Pictures
    demo: DemoGateway | None  # None: a real gateway is configured
    _expected: dict[str, tuple[float, dict[str, Expected]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def expected(self) -> dict[str, Expected]:
        """What each alias usually takes and costs here, from the team's own results if it can.

        Looked up anew after two seconds: each rerun asks, also the one that a click waits for.
        Raises StorageUnavailable.
        """
        known = self._expected.get("")
        if known is None or time.monotonic() - known[0] > _EXPECTED_FOR_S:
            known = self._expected[""] = (time.monotonic(), self._look_up_expected())
        return known[1]

    def _look_up_expected(self) -> dict[str, Expected]:
        settings = self.settings
        return {
            alias.name: expected(
                alias,
                self.history.usual(settings.gateway_name, alias.name),
                usual_latency_s(alias.name, settings.demo_time_scale) if settings.is_demo else None,
            )
            for alias in self.aliases
        }

    def close(self) -> None:
        """Stop working and let go of everything."""
        self.notifications.close()
        self.engine.stop()
        self.store.close()


def build(settings: Settings) -> Services:
    """Open the storages and make the engine, not started yet.

    Raises StorageUnavailable when the data folder, the database or the media store cannot be used,
    and SettingsInvalid for a media store of an unknown kind.
    """
    aliases = settings.alias_table
    server = secrets.token_hex(8)
    store, media = open_storages(settings)
    with _data_folder():
        spool = ReplySpool(settings.data_dir / "arrived")
        server_lock = _server_lock(settings, store, server)
    notifications = Notifications()
    job_queue = JobQueue(store)
    pictures = Pictures(store, media)
    demo = (
        DemoGateway(
            [alias.name for alias in aliases],
            time_scale=settings.demo_time_scale,
            max_body_bytes=settings.max_body_bytes,
        )
        if settings.is_demo
        else None
    )

    token = None if settings.is_demo else settings.gateway_token
    gateway = Gateway(
        base_url=settings.gateway_url or "http://demo.invalid",
        token=token,
        timeout_s=settings.timeout_s,
        max_reply_bytes=settings.max_reply_bytes,
        image_hosts=settings.image_hosts,
        transport=httpx.ASGITransport(app=demo) if demo else None,
    )
    worker = Worker(
        WorkerStorages(store, job_queue, media, pictures, spool, notifications),
        gateway,
        server=server,
        gateway_name=settings.gateway_name,
        token=token,
        aliases=aliases,
        max_pixels=settings.max_picture_pixels,
        now=utc_now,
    )
    engine = Engine(
        store=store,
        job_queue=job_queue,
        worker=worker,
        spool=spool,
        pictures=pictures,
        notifications=notifications,
        server_lock=server_lock,
        aliases=aliases,
        gateway_name=settings.gateway_name,
        server=server,
        limits=Limits(settings.max_running, settings.max_queued, settings.max_inputs),
    )
    return Services(
        settings=settings,
        aliases=aliases,
        store=store,
        history=History(store),
        media=media,
        engine=engine,
        notifications=notifications,
        annotations=Annotations(store),
        deletion=Deletion(store),
        pictures=pictures,
        demo=demo,
    )


@contextmanager
def _data_folder() -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise StorageUnavailable(
            f"The data folder cannot be used: {exc.strerror}. Set TRIPTYCH_DATA_DIR."
        ) from exc


def open_storages(settings: Settings) -> tuple[Store, Media]:
    """The database and the media store of these settings.

    Raises StorageUnavailable where one of them cannot be used, SettingsInvalid for a media store
    of an unknown kind.
    """
    with _data_folder():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    store = Store(_database_url(settings))
    return store, Media(settings.media_url or (settings.data_dir / "media").resolve().as_uri())


def _database_url(settings: Settings) -> str:
    if settings.database_url is None:
        return f"sqlite:///{settings.data_dir / 'triptych.sqlite3'}"
    return with_driver(settings.database_url.get_secret_value())


def _server_lock(settings: Settings, store: Store, server: str) -> ServerLock:
    if store.is_sqlite:
        return FileServerLock(settings.data_dir / "servers", server)
    return PostgresServerLock(store.reading, server)


class _Running:
    prepared: Services | None = None
    services: Services | None = None


def prepare(root: Path) -> None:
    """Build this process's services from the settings found at `root`, for `start`.

    Raises SettingsInvalid or StorageUnavailable with what keeps the server from starting.
    """
    _Running.prepared = build(read_settings(root))


def start(root: Path) -> Services:
    """Start this process's services: those that are prepared, or new ones from `root`.

    Raises SettingsInvalid and StorageUnavailable.
    """
    services = _Running.prepared or build(read_settings(root))
    _Running.prepared = None
    for sentence in services.settings.warnings:
        log.warning(sentence)
    services.engine.start()
    _Running.services = services
    return services


def stop() -> None:
    """Stop this process's services, if they run."""
    services, _Running.services = _Running.services, None
    if services is not None:
        services.close()


def running_services() -> Services:
    """This process's running services. Raises RuntimeError before `start`."""
    if _Running.services is None:
        raise RuntimeError("The server has not started its services yet.")
    return _Running.services
