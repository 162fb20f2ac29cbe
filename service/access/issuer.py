"""What an issuer of access tokens publishes: its discovery document, and its keys.

Fetched with the standard library: over https (or on this machine), without following redirects, in
a bounded time and size. Nothing here trusts what a token says.
"""

from __future__ import annotations

import json
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.error import URLError
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from models.errors import ZorgramingError
from service.addresses import is_protected

DISCOVERY = "/.well-known/openid-configuration"
TIMEOUT_SECONDS = 4.0
MOST_BYTES = 1_000_000


class IssuerError(ZorgramingError):
    """The issuer did not answer, or not with what it should; holds no address."""


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow nothing: what is published stands where it was said to stand."""


class Issuer:
    """One issuer.

    Args:
        name: as in the claim ``iss`` of its tokens.
        jwks_url: where its keys are; None = where its discovery document says.
    """

    def __init__(self, name: str, jwks_url: str | None = None) -> None:
        self.name = name
        self._jwks_url = jwks_url
        self._opener: OpenerDirector = build_opener(_NoRedirects)

    def key_set(self) -> dict[str, Any]:
        """Return the set of keys as it is published now (RFC 7517).

        Raises:
            IssuerError: it cannot be had, or is not that of this issuer.
        """
        return self._fetched(self._jwks_url or self._discovered())

    def _discovered(self) -> str:
        found = self._fetched(self.name.rstrip("/") + DISCOVERY)
        if found.get("issuer") != self.name:
            raise IssuerError("the discovery document is that of another issuer")
        url = found.get("jwks_uri")
        if not isinstance(url, str) or not is_protected(url):
            raise IssuerError("the discovery document names no address of keys with https")
        return url

    def _fetched(self, url: str) -> dict[str, Any]:
        asked = Request(url, headers={"Accept": "application/json"})  # noqa: S310 - is protected
        try:
            with self._opener.open(asked, timeout=TIMEOUT_SECONDS) as response:
                content = response.read(MOST_BYTES + 1)
            found = json.loads(content) if len(content) <= MOST_BYTES else None
        except (URLError, HTTPException, OSError, ValueError) as error:
            raise IssuerError(f"no answer: {type(error).__name__}") from None
        if not isinstance(found, dict):
            raise IssuerError("an answer that is no JSON object of a fair size")
        return found
