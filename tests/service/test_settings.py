"""Settings: refused when half given, documented every one, silent about secrets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from service.settings import PREFIX, Settings, SettingsError, is_loopback, read_settings

pytestmark = pytest.mark.unit
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRETS_DIR", *(field.upper() for field in Settings.model_fields)):
        monkeypatch.delenv(PREFIX + name, raising=False)


def test_defaults_listen_to_this_machine_only() -> None:
    settings = read_settings()
    assert is_loopback(settings.host)
    assert not settings.demo
    assert settings.base_path == "/v1"


def test_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZORGRAMING_CORS_ORIGINS", "https://a.example.nl, https://b.example.nl")
    monkeypatch.setenv("ZORGRAMING_PORT", "8123")
    settings = read_settings()
    assert settings.cors_origins == ("https://a.example.nl", "https://b.example.nl")
    assert settings.port == 8123


def test_an_option_wins_over_the_environment_and_that_over_a_secret_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "zorgraming_port").write_text("8001")
    (tmp_path / "zorgraming_workers").write_text("3")
    monkeypatch.setenv("ZORGRAMING_SECRETS_DIR", str(tmp_path))
    assert read_settings().port == 8001
    monkeypatch.setenv("ZORGRAMING_PORT", "8002")
    assert read_settings().port == 8002
    assert read_settings(port=8003).port == 8003
    assert read_settings(port=None).workers == 3


def test_a_missing_secrets_folder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZORGRAMING_SECRETS_DIR", "/nowhere/at/all")
    with pytest.raises(SettingsError, match="SECRETS_DIR"):
        read_settings()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"demo": True, "host": "0.0.0.0"}, "this machine only"),  # noqa: S104 - is refused
        ({"demo": True, "public_url": "https://raming.example.nl"}, "public_url"),
        ({"demo": True, "trusted_proxies": 1}, "trusted_proxies"),
        ({"contact_name": "Team"}, "contact_email and contact_url"),
        ({"contact_name": "T", "contact_email": "t@example.nl"}, "contact_url"),
        ({"database_url": "mysql://x"}, "DATABASE_URL"),
        ({"cors_origins": ("https://x.nl/path",)}, "CORS_ORIGINS"),
        ({"cors_origins": ("*",)}, "CORS_ORIGINS"),
        ({"public_url": "raming.example.nl"}, "PUBLIC_URL"),
        ({"port": 0}, "PORT"),
        ({"log_level": "LOUD"}, "LOG_LEVEL"),
    ],
)
def test_half_or_wrong_configuration_is_refused_by_name(given: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read_settings(**given)


def test_every_wrong_setting_is_named_at_once() -> None:
    with pytest.raises(SettingsError, match=r"PORT.*WORKERS"):
        read_settings(port=0, workers=0)


def test_a_refusal_does_not_repeat_the_password() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(database_url="mysql://user:geheim123@host/name")
    assert "geheim123" not in str(caught.value)
    assert "geheim123" not in repr(read_settings(database_url="sqlite:///geheim123"))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - is no loopback
        ("10.0.0.1", False),
        ("example.nl", False),
    ],
)
def test_loopback_addresses_are_known(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 - nothing listens
        ("::1", "http://[::1]:8000"),
    ],
)
def test_the_address_on_this_machine_can_be_pasted(host: str, address: str) -> None:
    assert read_settings(host=host).local_address == address


def test_every_setting_is_documented_with_its_default() -> None:
    rows = dict(
        re.findall(r"^\| `ZORGRAMING_(\w+)` \| (?:`([^`]*)`)? ?\|", DOCUMENT.read_text(), re.M)
    )
    assert set(rows) == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        default = field.default
        text = default.get_secret_value() if name == "database_url" else default
        shown = "" if text in (None, (), {}) else str(text)
        shown = shown.lower() if isinstance(text, bool) else shown
        assert rows[name.upper()] == shown, name
