"""The settings of sign-in by access token (OIDC): all that is needed, or none of it."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from service.access.roles import Role
from service.addresses import is_protected

EVERY = "*"  # of municipalities: every one
DISCOVERY = "/.well-known/openid-configuration"  # below the address of an issuer
NEEDED = ("oidc_issuer", "oidc_audience", "oidc_roles")
PLACES = ("oidc_municipalities", "oidc_municipalities_claim")
DEFAULTS = {"oidc_roles_claim": "roles", "oidc_name_claim": "sub"}

Listed = Annotated[tuple[str, ...], NoDecode]
Mapped = Annotated[dict[str, Role], NoDecode]
Placed = Annotated[dict[str, tuple[str, ...]], NoDecode]


class OidcSettings(BaseSettings):
    """Who issues access tokens, for whom, and what their holders may see."""

    oidc_issuer: str | None = Field(
        None, description="Who issues access tokens; compared letter by letter."
    )
    oidc_audience: Listed = Field(
        (), description="Name of this service at the issuer; several comma-separated."
    )
    oidc_jwks_url: str | None = Field(
        None, description="Where the issuer's keys are; without it they are discovered."
    )
    oidc_roles_claim: str = Field(
        DEFAULTS["oidc_roles_claim"],
        min_length=1,
        description="Claim with what decides on the role; dots lead into it.",
    )
    oidc_roles: Mapped = Field({}, description="Role by value of that claim.")
    oidc_municipalities_claim: str | None = Field(
        None, min_length=1, description="Claim with what decides on the municipalities."
    )
    oidc_municipalities: Placed = Field(
        {}, description="Municipalities by value of that claim; * = every one."
    )
    oidc_name_claim: str = Field(
        DEFAULTS["oidc_name_claim"],
        min_length=1,
        description="Claim by which somebody is named in the audit trail.",
    )
    oidc_authorization_uri: str | None = Field(
        None, description="Where Power Query is sent to sign in with Entra ID."
    )

    @field_validator("oidc_audience", mode="before")
    @classmethod
    def _split_audience(cls, value: object) -> object:
        return _parts(value, ",") if isinstance(value, str) else value

    @field_validator("oidc_roles", mode="before")
    @classmethod
    def _read_roles(cls, value: object) -> object:
        return _pairs(value) if isinstance(value, str) else value

    @field_validator("oidc_municipalities", mode="before")
    @classmethod
    def _read_places(cls, value: object) -> object:
        pairs = _pairs(value) if isinstance(value, str) else value
        if not isinstance(pairs, dict):
            return pairs
        return {k: _parts(v, None) if isinstance(v, str) else v for k, v in pairs.items()}

    @field_validator("oidc_municipalities")
    @classmethod
    def _name_places(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        if any(not codes or (EVERY in codes and len(codes) > 1) for codes in value.values()):
            raise ValueError(f"each value has one or more codes, or {EVERY} alone")
        return value

    @field_validator("oidc_issuer", "oidc_jwks_url", "oidc_authorization_uri")
    @classmethod
    def _is_protected(cls, url: str | None) -> str | None:
        if url is not None and not (is_protected(url) and not set(url) & set('",#?')):
            raise ValueError("an address that begins with https:// is expected")
        return url

    @property
    def oidc_faults(self) -> list[str]:
        """What is missing of the settings for tokens; nothing where none of them is given."""
        given = {name: self._is_given(name) for name in OidcSettings.model_fields}
        if not any(given.values()):
            return []
        missing = [name for name in NEEDED if not given[name]]
        if not any(given[name] for name in PLACES):
            missing.append(" or ".join(PLACES))
        return [f"sign-in by token is half configured: set {', '.join(missing)} too"] * bool(
            missing
        )

    def _is_given(self, name: str) -> bool:
        value = getattr(self, name)
        return value not in (None, (), {}) and value != DEFAULTS.get(name)


def _parts(text: str, separator: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(separator) if part.strip())


def _pairs(text: str) -> dict[str, Any]:
    """Read ``value=meaning, value=meaning``, or the same as a JSON object.

    Raises:
        ValueError: a part without ``=``, or a value that occurs twice.
    """
    if text.lstrip().startswith("{"):
        found = json.loads(text, object_pairs_hook=_unique)
        return dict(found)
    return _unique([_pair(part) for part in _parts(text, ",")])


def _pair(part: str) -> tuple[str, str]:
    value, sign, meaning = part.rpartition("=")
    if not sign or not value.strip() or not meaning.strip():
        raise ValueError("pairs such as group=reader are expected, comma-separated")
    return value.strip(), meaning.strip()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a value occurs twice")
    return found
