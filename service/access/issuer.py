"""What an issuer of tokens publishes, its discovery document and its keys, and what it is sent.

Fetched with the standard library: over https (or on this machine), without following redirects, in
a bounded time and size. Nothing here trusts what a token says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from models.errors import ZorgramingError
from service.access.oidc_settings import DISCOVERY
from service.addresses import is_protected

TIMEOUT_SECONDS = 4.0
MOST_BYTES = 1_000_000


class IssuerError(ZorgramingError):
    """The issuer did not answer, or not with what it should; holds no address."""


class IssuerRefusedError(IssuerError):
    """The issuer answered, and refuses what was sent."""


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
        return self._answer(Request(self._jwks_url or self._keys_url()))  # noqa: S310 - protected

    def discovered(self) -> dict[str, Any]:
        """Return the discovery document (OpenID Connect Discovery 1.0).

        Raises:
            IssuerError: it cannot be had, or is not that of this issuer.
        """
        found = self._answer(Request(self.name.rstrip("/") + DISCOVERY))  # noqa: S310 - protected
        if found.get("issuer") != self.name:
            raise IssuerError("the discovery document is that of another issuer")
        return found

    def sent(self, url: str, form: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        """Return the answer to a form.

        Args:
            url: an address of the discovery document; protected.
            form: the fields, encoded.
            headers: beside those of every request.

        Raises:
            IssuerError: it was refused, or there is no answer.
        """
        return self._answer(Request(url, form, dict(headers)))  # noqa: S310 - protected

    def _keys_url(self) -> str:
        url = self.discovered().get("jwks_uri")
        if not isinstance(url, str) or not is_protected(url):
            raise IssuerError("the discovery document names no address of keys with https")
        return url

    def _answer(self, asked: Request) -> dict[str, Any]:
        asked.add_header("Accept", "application/json")
        try:
            with self._opener.open(asked, timeout=TIMEOUT_SECONDS) as response:
                content = response.read(MOST_BYTES + 1)
            found = json.loads(content) if len(content) <= MOST_BYTES else None
        except HTTPError as error:
            with error:  # what it says is not repeated: it may hold what was sent
                raise _refusal(error.code) from None
        except (URLError, HTTPException, OSError, ValueError) as error:
            raise IssuerError(f"no answer: {type(error).__name__}") from None
        if not isinstance(found, dict):
            raise IssuerError("an answer that is no JSON object of a fair size")
        return found


def _refusal(status: int) -> IssuerError:
    away = status < HTTPStatus.BAD_REQUEST or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    kind = IssuerError if away else IssuerRefusedError
    return kind(f"no answer: HTTP {status}")
