"""Every setting, read and validated once. Secrets are of a type that cannot print.

Order of precedence: environment variable `TRIPTYCH_…`, then the `[triptych]` table of
`.streamlit/secrets.toml` beside `app.py`, then the default here.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from components.domain.aliases import Alias, AliasEntry, alias_table
from components.domain.errors import SettingsInvalid
from components.storage.database import with_driver

MB = 1024 * 1024
DEMO_GATEWAY = "demo (synthetic)"


class _SecretsFile(PydanticBaseSettingsSource):
    """The `[triptych]` table of a secrets.toml; an absent file or table is an empty one."""

    def __init__(self, settings_cls: type[BaseSettings], file: Path) -> None:
        super().__init__(settings_cls)
        try:
            document = tomllib.loads(file.read_text("utf-8"))
        except FileNotFoundError:
            document = {}
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
            # The parser's own words may quote a line of the file, and the token is in it.
            raise SettingsInvalid(f"{file.name} cannot be read as TOML.") from exc
        table = document.get("triptych", {})
        if not isinstance(table, dict):
            raise SettingsInvalid(f"[triptych] in {file.name} must be a table.")
        self._table: dict[str, Any] = table

    def get_field_value(self, _field: Any, field_name: str) -> tuple[Any, str, bool]:
        return self._table.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return dict(self._table)


class Settings(BaseSettings):
    """All settings of one server. The description of each is what the README says of it."""

    model_config = SettingsConfigDict(
        env_prefix="TRIPTYCH_",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        env_ignore_empty=True,
        enable_decoding=False,  # lists are read below, where a wrong one is told by its name
    )

    gateway_url: str | None = Field(
        None,
        description="Base URL of the gateway, with or without `/v1`. Unset: the demo gateway.",
    )
    gateway_token: SecretStr | None = Field(
        None, description="Sent to the gateway as `Authorization: Bearer …`, and nowhere else."
    )
    timeout_s: float = Field(
        300.0,
        gt=0,
        le=3600,
        description="Wall-clock deadline of one request, in seconds. Under 240 is warned of: "
        "slow aliases regularly take 150 s and more.",
    )
    max_body_bytes: int = Field(
        32 * MB,
        ge=64 * 1024,
        description="Largest request body that the gateway takes; input images are shrunk to fit.",
    )
    max_reply_bytes: int = Field(
        64 * MB, ge=64 * 1024, description="Largest reply that is read, in bytes, decompressed."
    )
    max_picture_pixels: int = Field(
        100_000_000, ge=1_000_000, description="Largest picture that is decoded, in pixels."
    )
    max_inputs: int = Field(8, ge=0, le=16, description="Most input images of one comparison.")
    max_upload_bytes: int = Field(
        50 * MB, ge=64 * 1024, description="Largest input image as uploaded, in bytes."
    )
    max_running: int = Field(
        64, ge=1, description="Most requests that one server has at the gateway at once."
    )
    max_queued: int = Field(
        48,
        ge=1,
        description="Most generations that one visitor may have unfinished at once.",
    )
    image_hosts: tuple[str, ...] = Field(
        (),
        description="Further hosts from which an `https://` picture URL in a reply may be fetched "
        "(JSON list). The gateway's own origin always may.",
    )
    data_dir: Path = Field(
        Path("data"), description="Folder of the database and the pictures, made if absent."
    )
    database_url: SecretStr | None = Field(
        None,
        description="SQLAlchemy URL of the database, for example "
        "`postgresql+psycopg://user:password@host/name`. Unset: SQLite in the data folder.",
    )
    media_url: str | None = Field(
        None,
        description="Where pictures live: `s3://bucket/prefix` (credentials and endpoint from the "
        "usual `AWS_…` variables) or `file:///folder`. Unset: `media/` in the data folder.",
    )
    public_url: str | None = Field(
        None,
        description="Address under which people reach this server, for links in exports made "
        "behind a proxy. Unset: taken from each request.",
    )
    demo_time_scale: float = Field(
        0.05,
        ge=0,
        le=10,
        description="Latencies of the demo gateway as a share of the real ones.",
    )
    aliases: tuple[AliasEntry, ...] = Field(
        (),
        description="Aliases to add to the built-in table, to change in it or to take out "
        "(JSON list).",
    )

    @field_validator("gateway_url", "public_url")
    @classmethod
    def _is_a_base_url(cls, url: str | None) -> str | None:
        if url is None:
            return None
        try:
            parts = urlsplit(url.strip())
            httpx.URL(url.strip())  # which is what will be asked
            _ = parts.port
        except (ValueError, httpx.InvalidURL):
            raise ValueError("must be a valid URL, its port a number") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must begin with http:// or https:// and name a host")
        if parts.username or parts.password:
            raise ValueError("must not hold a user name or password")
        if parts.query or parts.fragment:
            raise ValueError("must not hold a query or a fragment")
        path = parts.path.rstrip("/")
        for tail in ("/chat/completions", "/v1"):
            path = path.removesuffix(tail)
        return urlunsplit((parts.scheme, parts.netloc, path.rstrip("/"), "", ""))

    @field_validator("image_hosts", "aliases", mode="before")
    @classmethod
    def _is_a_list(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise ValueError("must be a list in JSON") from None

    @field_validator("database_url")
    @classmethod
    def _is_a_database(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            with_driver(url.get_secret_value())
        return url

    @field_validator("gateway_token")
    @classmethod
    def _fits_a_header(cls, token: SecretStr | None) -> SecretStr | None:
        if token is None:
            return None
        text = token.get_secret_value().strip()
        if not text:
            return None
        if not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError("must be printable ASCII without spaces")
        return SecretStr(text)

    @property
    def is_demo(self) -> bool:
        """Whether requests go to the embedded demo gateway."""
        return self.gateway_url is None

    @property
    def gateway_name(self) -> str:
        """What rows and pages call the gateway: its base URL, or that it is the demo."""
        return self.gateway_url or DEMO_GATEWAY

    @property
    def alias_table(self) -> tuple[Alias, ...]:
        """The aliases that can be asked, in the order of the grid."""
        return alias_table(self.aliases)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What works but is probably not meant, as sentences."""
        found = []
        if self.timeout_s < 240:
            found.append(
                f"TRIPTYCH_TIMEOUT_S is {self.timeout_s:g} s. Slow aliases regularly take 150 s "
                "and more; 240 s or more is advised."
            )
        if self.gateway_url is None and self.gateway_token is not None:
            found.append(
                "TRIPTYCH_GATEWAY_TOKEN is set but TRIPTYCH_GATEWAY_URL is not, so the demo "
                "gateway is used."
            )
        if self.gateway_url is not None and self.gateway_token is None:
            found.append(
                "TRIPTYCH_GATEWAY_TOKEN is not set: requests go to the gateway without one."
            )
        return tuple(found)


def read_settings(root: Path, **given: Any) -> Settings:
    """The settings of a server whose `app.py` is in `root`; `given` outranks everything else.

    Raises SettingsInvalid with one sentence per unusable setting; no value is quoted in it.
    """

    class Here(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            # pydantic hands these over by name
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            secrets = _SecretsFile(settings_cls, root / ".streamlit" / "secrets.toml")
            return init_settings, env_settings, secrets

    try:
        settings = Here(**given)
    except ValidationError as exc:
        raise SettingsInvalid(_sentences(exc)) from None
    if not settings.data_dir.is_absolute():
        settings = settings.model_copy(update={"data_dir": root / settings.data_dir})
    return settings


def _sentences(invalid: ValidationError) -> str:
    lines = []
    for error in invalid.errors(include_input=False, include_url=False, include_context=False):
        name, *parts = (
            f"entry {part + 1}" if isinstance(part, int) else part for part in error["loc"]
        )
        where = ", ".join([f"TRIPTYCH_{name.upper()}", *parts])
        if error["type"] != "extra_forbidden":
            said = error["msg"].removeprefix("Value error, ")
            lines.append(f"{where}: {said}.")
        elif parts:
            lines.append(f"{where}: there is no such field.")
        else:
            lines.append(f"There is no setting called {name}.")
    return " ".join(lines)
