"""Settings: where they come from, what is refused, and that a secret never prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from components.domain.aliases import BUILT_IN
from components.domain.errors import SettingsInvalid
from components.settings import read_settings


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a newcomer."""
    import os

    for name in tuple(os.environ):
        if name.startswith("TRIPTYCH_"):
            monkeypatch.delenv(name)


def secrets(root: Path, text: str) -> None:
    (root / ".streamlit").mkdir(exist_ok=True)
    (root / ".streamlit" / "secrets.toml").write_text(text, "utf-8")


def test_with_nothing_set_the_demo_gateway_answers(tmp_path: Path) -> None:
    settings = read_settings(tmp_path)
    assert settings.is_demo
    assert settings.gateway_name == "demo (synthetic)"
    assert settings.timeout_s == 300
    assert settings.data_dir == tmp_path / "data"
    assert settings.alias_table == BUILT_IN
    assert settings.warnings == ()


def test_the_environment_outranks_the_file_and_the_file_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets(tmp_path, '[triptych]\ngateway_url = "https://file.test"\ntimeout_s = 250\n')
    assert read_settings(tmp_path).gateway_url == "https://file.test"
    monkeypatch.setenv("TRIPTYCH_GATEWAY_URL", "https://environment.test")
    settings = read_settings(tmp_path)
    assert settings.gateway_url == "https://environment.test"
    assert settings.timeout_s == 250


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://gateway.test", "https://gateway.test"),
        ("https://gateway.test/", "https://gateway.test"),
        ("https://gateway.test/v1", "https://gateway.test"),
        ("https://gateway.test/v1/", "https://gateway.test"),
        (" http://127.0.0.1:4000/v1/chat/completions ", "http://127.0.0.1:4000"),
        ("https://gateway.test/team/v1", "https://gateway.test/team"),
    ],
)
def test_the_gateways_url_is_taken_with_or_without_its_tail(
    tmp_path: Path, given: str, kept: str
) -> None:
    assert read_settings(tmp_path, gateway_url=given).gateway_url == kept


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gateway_url", "gateway.test"),
        ("gateway_url", "ftp://gateway.test"),
        ("gateway_url", "https://user:secret-word@gateway.test"),
        ("gateway_url", "https://gateway.test/?key=secret-word"),
        ("gateway_token", "secret-word with spaces"),
        ("gateway_token", "secret-wörd"),
        ("gateway_token", "secret-word\nX-Header: 1"),
        ("timeout_s", "soon"),
        ("timeout_s", "0"),
        ("max_body_bytes", "-1"),
        ("aliases", "nano"),
        ("aliases", '[{"name": "a b"}]'),
        ("aliases", '[{"name": "a", "expected_s": [5, 1]}]'),
        ("aliases", '[{"name": "a", "secret-word": 1}]'),
    ],
)
def test_an_unusable_setting_is_named_and_its_value_is_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"TRIPTYCH_{name.upper()}", value)
    with pytest.raises(SettingsInvalid) as invalid:
        read_settings(tmp_path)
    said = str(invalid.value)
    assert name in said.lower() or "takes a list" in said
    if name != "aliases":
        assert "secret-w" not in str(invalid.value)


@pytest.mark.parametrize(
    "text", ["[triptych", '[triptych]\ngateway_token = "secret-word', "triptych = 1"]
)
def test_a_broken_file_is_told_without_quoting_it(tmp_path: Path, text: str) -> None:
    secrets(tmp_path, text)
    with pytest.raises(SettingsInvalid) as invalid:
        read_settings(tmp_path)
    assert "secrets.toml" in str(invalid.value)
    assert "secret-word" not in str(invalid.value)


def test_a_misspelt_setting_in_the_file_is_told(tmp_path: Path) -> None:
    secrets(tmp_path, '[triptych]\ngateway_ulr = "https://gateway.test"\n')
    with pytest.raises(SettingsInvalid, match="no setting called gateway_ulr"):
        read_settings(tmp_path)


def test_the_token_cannot_print(tmp_path: Path) -> None:
    settings = read_settings(
        tmp_path, gateway_url="https://g.test", gateway_token="secret-word",
        database_url="postgresql://me:secret-word@host/name",
    )  # fmt: skip
    assert "secret-word" not in f"{settings!r} {settings} {settings.model_dump()}"
    assert "secret-word" not in settings.model_dump_json()
    assert settings.gateway_token is not None
    assert settings.gateway_token.get_secret_value() == "secret-word"


def test_what_is_probably_not_meant_is_warned_of(tmp_path: Path) -> None:
    found = read_settings(tmp_path, timeout_s=60, gateway_token="x").warnings
    assert any("TRIPTYCH_TIMEOUT_S" in one for one in found)
    assert any("TRIPTYCH_GATEWAY_URL is not" in one for one in found)
    assert read_settings(tmp_path, gateway_url="https://g.test").warnings


def test_aliases_are_added_changed_and_taken_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [
        {"name": "flux", "expected_s": 8, "pick_for": "People."},
        {"name": "gpt-image", "usd_per_image": [0.1, 0.2]},
        {"name": "image-gen", "enabled": False},
    ]
    monkeypatch.setenv("TRIPTYCH_ALIASES", json.dumps(entries))
    table = {alias.name: alias for alias in read_settings(tmp_path).alias_table}
    assert list(table) == ["nano-banana", "gpt-image", "flux"]
    assert table["flux"].expected_s == (8, 8)
    assert table["gpt-image"].usd_per_image == (0.1, 0.2)
    assert table["gpt-image"].expected_s == (100, 180)
    assert {name: alias.source for name, alias in table.items()} == {
        "nano-banana": BUILT_IN[0].source,
        "gpt-image": "as TRIPTYCH_ALIASES says",
        "flux": "as TRIPTYCH_ALIASES says",
    }
