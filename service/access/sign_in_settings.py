"""The settings of sign-in on the pages: none of them, or all that it takes."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from service.access.oidc_settings import OidcSettings
from service.addresses import is_loopback, is_protected

IDLE_MINUTES, LONGEST_HOURS = 60, 8


class SignInSettings(OidcSettings):
    """As whom the service stands at the issuer, and how long somebody stays signed in."""

    oidc_client_id: str | None = Field(
        None, min_length=1, description="Name of the pages as a client of the issuer."
    )
    oidc_client_secret: SecretStr | None = Field(
        None, min_length=1, description="Secret of that client; a public client has none."
    )
    session_idle_minutes: int = Field(
        IDLE_MINUTES, ge=5, le=1_440, description="Minutes without a request that end a session."
    )
    session_hours: int = Field(
        LONGEST_HOURS, ge=1, le=24, description="Hours after which a session ends, used or not."
    )

    def sign_in_faults(self, public_url: str | None, host: str, proxies: int) -> list[str]:
        """Return what is missing for sign-in; nothing where it is not wanted.

        Args:
            public_url: address by which others reach the service.
            host: address that it listens on.
            proxies: number of proxies in front.
        """
        if self.oidc_client_id is None:
            return ["sign-in is half configured: set oidc_client_id too"] * self._wants_sign_in
        faults = []
        if self.oidc_issuer is None:
            faults.append("sign-in is half configured: set oidc_issuer and what belongs to it too")
        if public_url is None and (proxies or not is_loopback(host)):
            faults.append("sign-in is half configured: set public_url, to which the issuer returns")
        if public_url is not None and (not is_protected(public_url) or urlsplit(public_url).path):
            faults.append("sign-in needs a public_url with https and without a path")
        return faults

    @property
    def _wants_sign_in(self) -> bool:
        chosen = (self.session_idle_minutes, self.session_hours)
        return self.oidc_client_secret is not None or chosen != (IDLE_MINUTES, LONGEST_HOURS)
