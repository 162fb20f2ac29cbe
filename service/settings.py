"""Every setting of the service, read from the environment and from secret files.

A setting ``port`` is set by the variable ``ZORGRAMING_PORT``, or by a file of that name (in lower
case, ``zorgraming_port``) in the folder that ``ZORGRAMING_SECRETS_DIR`` names. ``docs/settings.md``
explains each of them; a test holds the two together.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from models.errors import ZorgramingError
from service.access.sign_in_settings import SignInSettings
from service.addresses import is_loopback

__all__ = ["PREFIX", "Settings", "SettingsError", "is_loopback", "read_settings"]

PREFIX = "ZORGRAMING_"
SECRETS_VARIABLE = f"{PREFIX}SECRETS_DIR"
EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened to
LOOPBACK = "127.0.0.1"
DATABASES = ("sqlite", "postgresql")

Origins = Annotated[tuple[str, ...], NoDecode]


class SettingsError(ZorgramingError):
    """The settings do not fit together; the message names each one that is wrong."""


class Settings(SignInSettings):
    """The settings, checked together; half a configuration is refused."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    editions: Path = Field(Path("editions"), description="Folder with the published editions.")
    database_url: SecretStr = Field(
        SecretStr("sqlite:///state/zorgraming.sqlite"),
        description="Database of keys and other state: sqlite:///… or postgresql://….",
    )
    demo: bool = Field(
        False,
        description="Serve synthetic editions, drafts too, without sign-in, to this machine only.",
    )
    host: str = Field(LOOPBACK, min_length=1, description="Address to listen on.")
    port: int = Field(8000, ge=1, le=65535, description="Port to listen on.")
    workers: int = Field(2, ge=1, le=64, description="Processes that answer.")
    threads: int = Field(4, ge=1, le=64, description="Threads per process.")
    queue_seconds: float = Field(
        2.0, gt=0, le=60, description="How long at most a request waits for a thread; then 503."
    )
    public_url: str | None = Field(
        None, description="Address by which others reach the service, without /v1."
    )
    contact_name: str | None = Field(
        None, min_length=1, description="Who answers questions about the API."
    )
    contact_email: str | None = Field(
        None, pattern=r"^[^@\s]+@[^@\s]+$", description="Mail address of that contact."
    )
    contact_url: str | None = Field(
        None, pattern=r"^https://", description="Web page of that contact."
    )
    theme_css: Path | None = Field(
        None, description="Style sheet with the design tokens of the municipality, for the pages."
    )
    cors_origins: Origins = Field(
        (), description="Web pages that may read the answers in a browser; comma-separated."
    )
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="Number of proxies in front whose X-Forwarded headers count."
    )
    forwarded_allow_ips: str = Field(
        "127.0.0.1", description="Addresses of those proxies; comma-separated."
    )
    refresh_seconds: float = Field(
        1.0, ge=0, le=3600, description="How often at most to look for new or recalled editions."
    )
    key_cache_seconds: float = Field(
        2.0, ge=0, le=60, description="How long at most a revoked key still works."
    )
    rate_per_minute: int = Field(
        1_200,
        ge=0,
        le=10_000_000,
        description="Questions per key and minute, over all workers; 0 = no limit.",
    )
    rate_anonymous_per_minute: int = Field(
        120,
        ge=0,
        le=10_000_000,
        description="Requests without a key per address and minute; 0 = no limit.",
    )
    rate_refused_per_minute: int = Field(
        20,
        ge=0,
        le=10_000_000,
        description="Refused keys per address and minute; 0 = no limit.",
    )
    audit_dir: Path = Field(
        Path("state/audit"), description="Folder of the audit trail; unused in demo mode."
    )
    audit_required: bool = Field(
        True, description="Answer 503 where an access cannot be put on record."
    )
    audit_sync_milliseconds: int = Field(
        500,
        ge=10,
        le=60_000,
        description="How long at most a line of the audit trail waits to be brought to disk.",
    )
    audit_activity: str | None = Field(
        None,
        pattern=r"^(https?|urn):\S+$",
        max_length=500,
        description="Address of the processing activity in the register, noted with each access.",
    )
    metrics_port: int | None = Field(
        None, ge=1, le=65535, description="Port of the metrics; without it there are none."
    )
    metrics_host: str = Field(
        LOOPBACK, min_length=1, description="Address on which the metrics are."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least serious message that is logged."
    )

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            parts = urlsplit(origin)
            if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path:
                raise ValueError(f"{origin!r} is no origin such as https://dashboard.example.nl")
        return origins

    @field_validator("public_url")
    @classmethod
    def _is_address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query:
            raise ValueError("an address such as https://raming.example.nl is expected")
        return url.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _is_known_database(cls, url: SecretStr) -> SecretStr:
        scheme = url.get_secret_value().partition(":")[0].partition("+")[0]
        if scheme not in DATABASES:
            raise ValueError(f"the address must begin with one of {', '.join(DATABASES)}")
        return url

    @model_validator(mode="after")
    def _fits_together(self) -> Settings:
        faults = [
            *self._demo_faults(),
            *self._contact_faults(),
            *self.oidc_faults,
            *self.sign_in_faults(self.public_url, self.host, self.trusted_proxies),
            *self._metrics_faults(),
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _demo_faults(self) -> list[str]:
        if not self.demo:
            return []
        faults = []
        if not is_loopback(self.host):
            faults.append(
                "demo mode has no sign-in and so listens to this machine only: leave host at "
                f"127.0.0.1 (it is {self.host}), or serve without demo and make keys"
            )
        if self.public_url or self.trusted_proxies:
            faults.append(
                "demo mode has no sign-in and so is never put behind a proxy: "
                "leave out public_url and trusted_proxies"
            )
        if self.oidc_issuer:
            faults.append("demo mode has no sign-in: leave out oidc_issuer and what belongs to it")
        return faults

    def _metrics_faults(self) -> list[str]:
        if self.metrics_port == self.port:
            return ["the metrics have a port of their own: metrics_port is that of the service"]
        if self.metrics_port is None and self.metrics_host != LOOPBACK:
            return ["the metrics are half configured: set metrics_port too"]
        return []

    def _contact_faults(self) -> list[str]:
        parts = {name: getattr(self, f"contact_{name}") for name in ("name", "email", "url")}
        missing = [f"contact_{name}" for name, value in parts.items() if value is None]
        if 0 < len(missing) < len(parts):
            return [f"the contact is half configured: set {' and '.join(missing)} too"]
        return []

    @property
    def local_address(self) -> str:
        """The address of the service for who is on this machine."""
        host = "127.0.0.1" if self.host in EVERY_ADDRESS else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def base_path(self) -> str:
        """The address of version 1 of the API, absolute where the public address is known."""
        return f"{self.public_url or ''}/v1"


def _complaint(location: tuple[int | str, ...], message: str) -> str:
    name = f"{PREFIX}{str(location[0]).upper()}: " if location else ""
    return name + message.removeprefix("Value error, ")


def read_settings(**given: object) -> Settings:
    """Read the settings; arguments win over the environment, which wins over secret files.

    Args:
        given: settings by name; None means not given.

    Raises:
        SettingsError: naming every setting that is wrong, never its value.
    """
    secrets = os.environ.get(SECRETS_VARIABLE)
    if secrets is not None and not Path(secrets).is_dir():
        raise SettingsError(f"{SECRETS_VARIABLE} names no folder: {secrets}")
    values: dict[str, Any] = {k: v for k, v in given.items() if v is not None}
    try:
        return Settings(_secrets_dir=secrets, **values)
    except ValidationError as error:
        faults = [_complaint(e["loc"], e["msg"]) for e in error.errors(include_input=False)]
        raise SettingsError("the settings do not fit: " + "; ".join(faults)) from None
