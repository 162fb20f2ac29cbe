"""Signing in at an OIDC issuer: the authorisation code flow, with PKCE, state and nonce.

What one attempt needs is made of one random secret, which only the browser that began it holds, in
a cookie of ten minutes. So the server stores nothing before somebody has signed in, it does not
matter which worker is returned to, and an answer meant for another browser is refused.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode

from service.access.issuer import Issuer, IssuerError
from service.addresses import is_protected
from service.settings import Settings

SECRET_BYTES = 32
SECRET_LENGTH = 43
SCOPE = "openid profile"
RETURN_PATH = "/sign-in/return"
FRESH = 3_600.0  # seconds after which the addresses of the issuer are asked again
AT_ONCE = 2  # sign-ins per process that may wait for the issuer; the other threads go on answering
PATIENCE = 2.0  # seconds that a further one waits for its turn
BASIC = "client_secret_basic"


@dataclass(frozen=True)
class Attempt:
    """One attempt to sign in, known by its secret."""

    secret: str

    @classmethod
    def begun(cls) -> Attempt:
        """Return a new one."""
        return cls(secrets.token_urlsafe(SECRET_BYTES))

    @property
    def state(self) -> str:
        """What the issuer sends back to the browser."""
        return self._made("state")

    @property
    def nonce(self) -> str:
        """What the ID token repeats."""
        return self._made("nonce")

    @property
    def verifier(self) -> str:
        """What proves that the code is redeemed by who asked for it (RFC 7636)."""
        return self._made("verifier")

    @property
    def challenge(self) -> str:
        """What the issuer is told of that beforehand (S256)."""
        return _text(hashlib.sha256(self.verifier.encode()).digest())

    def _made(self, what: str) -> str:
        return _text(hmac.new(self.secret.encode(), what.encode(), hashlib.sha256).digest())


@dataclass(frozen=True)
class _Addresses:
    authorize: str
    token: str
    end: str | None
    methods: tuple[str, ...]


class SignIn:
    """The pages as a client of one issuer.

    Args:
        settings: with an issuer and a client.
        monotonic: a clock that never goes back, in seconds.
    """

    def __init__(self, settings: Settings, monotonic: Callable[[], float] = time.monotonic) -> None:
        if settings.oidc_issuer is None or settings.oidc_client_id is None:
            raise ValueError("no issuer or no client is set")
        self.client = settings.oidc_client_id
        self.origin = settings.public_url or settings.local_address
        self._issuer = Issuer(settings.oidc_issuer)
        self._secret = settings.oidc_client_secret
        self._monotonic = monotonic
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._known: tuple[float, _Addresses] | None = None

    @property
    def is_secure(self) -> bool:
        """Whether the pages are reached over https; if not, from this machine only."""
        return self.origin.startswith("https://")

    def is_issuer(self, name: str | None) -> bool:
        """Tell whether an answer that names who gave it (RFC 9207) is not another's."""
        return name is None or name == self._issuer.name

    def address(self, attempt: Attempt) -> str:
        """Return where a browser is sent to sign in.

        Raises:
            IssuerError: the issuer does not say where.
        """
        question = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": self.origin + RETURN_PATH,
            "scope": SCOPE,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": attempt.challenge,
            "code_challenge_method": "S256",
        }
        return _asked(self._addresses().authorize, question)

    def end_address(self) -> str | None:
        """Return where somebody signs out at the issuer as well, where that is known."""
        end = self._known[1].end if self._known else None
        return None if end is None else _asked(end, {"client_id": self.client})

    def redeemed(self, code: str, attempt: Attempt) -> str:
        """Return the ID token that is given for a code; it has not been checked.

        Raises:
            IssuerError: the issuer refuses, or does not answer.
        """
        addresses = self._addresses()
        sent, headers = self._as_client(addresses.methods)
        sent |= {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.origin + RETURN_PATH,
            "code_verifier": attempt.verifier,
        }
        with self._turn():
            found = self._issuer.sent(addresses.token, urlencode(sent).encode(), headers)
        token = found.get("id_token")
        if not isinstance(token, str):
            raise IssuerError("no ID token came for a code")
        return token

    def _as_client(self, methods: tuple[str, ...]) -> tuple[dict[str, str], dict[str, str]]:
        """Return what is sent to say who we are: in the body, and as headers (RFC 6749, 2.3.1)."""
        if self._secret is None:
            return {"client_id": self.client}, {}
        secret = self._secret.get_secret_value()
        if BASIC not in methods:
            return {"client_id": self.client, "client_secret": secret}, {}
        pair = f"{quote_plus(self.client)}:{quote_plus(secret)}"
        return {}, {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}

    def _addresses(self) -> _Addresses:
        known = self._known
        if known is not None and self._monotonic() < known[0] + FRESH:
            return known[1]
        try:
            with self._turn():
                found = _addresses_in(self._issuer.discovered())
        except IssuerError:
            if known is None:
                raise
            found = known[1]  # where they were is where they are, most likely
        self._known = (self._monotonic(), found)
        return found

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=PATIENCE):
            raise IssuerError("others wait for an answer")
        try:
            yield
        finally:
            self._turns.release()


def _addresses_in(document: Mapping[str, Any]) -> _Addresses:
    """Return the addresses in a discovery document.

    Raises:
        IssuerError: one is missing, or may be read on its way.
    """
    places = [document.get(f"{name}_endpoint") for name in ("authorization", "token")]
    if not all(isinstance(place, str) and is_protected(place) for place in places):
        raise IssuerError("the discovery document names no address to sign in with https")
    end = document.get("end_session_endpoint")
    usable = isinstance(end, str) and is_protected(end)
    methods = document.get("token_endpoint_auth_methods_supported")
    return _Addresses(
        authorize=str(places[0]),
        token=str(places[1]),
        end=end if usable else None,
        methods=tuple(methods) if isinstance(methods, list) else (BASIC,),
    )


def _asked(address: str, question: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(question)}"


def _text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
